"""Monitoring: reports, evaluations with the people concerned, and end sheets."""

from ensemblier.fund.monitoring.models.evaluation import Evaluation, Mark, VoiceCount
from ensemblier.fund.monitoring.models.reports import (
    DeclaredInvoice,
    Reminder,
    Report,
    ReportLine,
    YearUse,
)
from ensemblier.fund.monitoring.models.sheets import EndSheet

__all__ = [
    "DeclaredInvoice",
    "EndSheet",
    "Evaluation",
    "Mark",
    "Reminder",
    "Report",
    "ReportLine",
    "VoiceCount",
    "YearUse",
]
