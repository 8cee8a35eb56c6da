"""What billing forgets: bank statements that were read and never applied, for they name people."""

from __future__ import annotations

from datetime import datetime, timedelta

from ensemblier.base.journal.retention import Rule, register
from ensemblier.chain.billing.statements import forget_unapplied

WAITING = timedelta(days=30)


def purge_statements(now: datetime) -> int:
    return forget_unapplied(before=now - WAITING)


def register_rules() -> None:
    register(
        Rule(
            "bank_statements",
            "Relevés de banque d'une filière : libellés des opérations",
            "jusqu'à leur application, 30 jours au plus ; de ce qui ne règle aucune pièce, il ne "
            "reste que le jour et le montant",
            "RGPD, article 5 : le libellé ne sert qu'à trouver la pièce réglée",
            purge_statements,
        )
    )
