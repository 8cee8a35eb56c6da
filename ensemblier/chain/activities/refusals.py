"""What is refused about a dated thing, its agreement and its state."""

from __future__ import annotations

from ensemblier.base.refusal import Refusal


class BadActivity(Refusal):
    """A word, a date or a place of the activity is wrong."""


class NoAgreement(Refusal):
    """Nobody gleans without a signed agreement that insures the gleaners that day (report, sheet
    19)."""


class NotPlanned(Refusal):
    """The activity was done, cancelled or moved."""

    status = 409
