"""Applications: what a project is, whom it serves, who pays, and what it asks of the fund."""

from ensemblier.fund.applications.models.answers import Answer
from ensemblier.fund.applications.models.application import Application, NumberSeries
from ensemblier.fund.applications.models.company import (
    Comment,
    Presence,
    Seat,
    SeatInvitation,
    SeatRole,
)
from ensemblier.fund.applications.models.filing import Attachment, Receipt
from ensemblier.fund.applications.models.help import HelpMandate
from ensemblier.fund.applications.models.rows import (
    AskedAmount,
    BudgetLine,
    GroupMember,
    LocalFrame,
    ParticipationMeans,
    Partner,
    PathAmount,
    Pooling,
    UsefulEffect,
)
from ensemblier.fund.applications.models.terms import (
    EDITABLE,
    LEFT,
    MOVES,
    Certainty,
    Effect,
    FrameKind,
    Goal,
    Nature,
    Participation,
    PublicKind,
    Quality,
    Sector,
    Side,
    Situation,
    Stage,
    State,
)
from ensemblier.fund.applications.models.versions import Carryover, Snapshot

__all__ = [
    "EDITABLE",
    "LEFT",
    "MOVES",
    "Answer",
    "Application",
    "AskedAmount",
    "Attachment",
    "BudgetLine",
    "Carryover",
    "Certainty",
    "Comment",
    "Effect",
    "FrameKind",
    "Goal",
    "GroupMember",
    "HelpMandate",
    "LocalFrame",
    "Nature",
    "NumberSeries",
    "Participation",
    "ParticipationMeans",
    "Partner",
    "PathAmount",
    "Pooling",
    "Presence",
    "PublicKind",
    "Quality",
    "Receipt",
    "Seat",
    "SeatInvitation",
    "SeatRole",
    "Sector",
    "Side",
    "Situation",
    "Snapshot",
    "Stage",
    "State",
    "UsefulEffect",
]
