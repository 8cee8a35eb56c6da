"""Gives a result to the separate checker, which shares no code with what made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ensemblier.base.refusal import Refusal
from ensemblier.engines.allocation.certify import verdict


class NotCertified(Refusal):
    """The checker does not accept this result: nothing is kept."""


def certify(inputs: str, result: Mapping[str, Any]) -> str:
    """What the checker says of a result it accepts; raises what it says of one it refuses."""
    said = json.loads(json.dumps(result))  # as it will be read back
    try:
        false, refused = verdict(inputs.encode(), False, said)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise NotCertified(
            f"Le vérificateur ne peut pas lire ce résultat : {error!r:.200}"
        ) from error
    if false:
        raise NotCertified(
            f"Le vérificateur refuse ce résultat : il a trouvé autre chose pour {', '.join(false)}."
        )
    bought, left = len(said["payments"]), len(refused)
    return f"Résultat certifié : {bought} achats refaits un à un, {left} refus expliqués."
