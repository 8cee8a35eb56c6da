"""What billing forgets: bank statements never applied and tills' files never imported."""

from __future__ import annotations

from datetime import datetime, timedelta

from ensemblier.base.journal.retention import Rule, register
from ensemblier.chain.billing.statements import forget_unapplied
from ensemblier.chain.billing.tills import forget_unwritten

WAITING = timedelta(days=30)


def purge_statements(now: datetime) -> int:
    return forget_unapplied(before=now - WAITING)


def purge_tills(now: datetime) -> int:
    return forget_unwritten(before=now - WAITING)


def register_rules() -> None:
    register(
        Rule(
            "till_files",
            "Fichiers de caisse d'une filière : lignes lues, avec le numéro des cartes",
            "jusqu'à leur import, 30 jours au plus ; les lignes écrites gardent leur lien à une "
            "carte comme celles du comptoir",
            "RGPD, article 5 : le fichier ne sert qu'à écrire les lignes",
            purge_tills,
        )
    )
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
