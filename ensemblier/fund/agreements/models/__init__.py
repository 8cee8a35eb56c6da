"""Everything that an agreement is made of; one file for each part of its life."""

from ensemblier.fund.agreements.models.agreement import Agreement, Instalment, Party, PartyPayment
from ensemblier.fund.agreements.models.aid import AidCount, AidDeclaration
from ensemblier.fund.agreements.models.amendment import Amendment, AmendmentLine
from ensemblier.fund.agreements.models.content import (
    Annex,
    Article,
    ArticleTemplate,
    Indicator,
    Measure,
)
from ensemblier.fund.agreements.models.following import Evidence, Suspension
from ensemblier.fund.agreements.models.recovery import Recovery, RecoveryStage, WithdrawnShare
from ensemblier.fund.agreements.models.signing import Signature, SignedScan

__all__ = [
    "Agreement",
    "AidCount",
    "AidDeclaration",
    "Amendment",
    "AmendmentLine",
    "Annex",
    "Article",
    "ArticleTemplate",
    "Evidence",
    "Indicator",
    "Instalment",
    "Measure",
    "Party",
    "PartyPayment",
    "Recovery",
    "RecoveryStage",
    "Signature",
    "SignedScan",
    "Suspension",
    "WithdrawnShare",
]
