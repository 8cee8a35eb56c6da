"""Each euro told once: what the reports of a chain froze, beside the shares that they tell."""

from __future__ import annotations

from ensemblier.base.chains.models import Chain
from ensemblier.chain.cofinancing.models import Share
from ensemblier.reports.models import ReportKind, SentReport
from ensemblier.web.demo.year.totals import reported


def twice_told() -> list[int]:
    """Numbers of the shares that the reports sent tell more than once, read in what they froze."""
    seen: dict[tuple[str, int, str, str], int] = {}
    for report in SentReport.objects.filter(kind=ReportKind.FUNDER):
        for row in report.content["rows"] + report.content["late_rows"]:
            told = (row["line"], row["step"], row["reason"], report.recipient.name)
            seen[told] = seen.get(told, 0) + row["share_cents"]
    faults = []
    for share in Share.objects.filter(reported__isnull=False).select_related("line", "payer"):
        told = (
            str(share.line.key), share.step, share.reason, share.payer.organisation.name,
        )  # fmt: skip
        if seen.get(told) != share.cents:
            faults.append(share.pk)
    return faults


def check_told_once(chain: Chain) -> None:
    """Told and waiting make all of a funder's shares, and the frozen reports say the same sums."""
    frozen: dict[str, int] = {}
    for report in chain.reports.filter(kind=ReportKind.FUNDER).select_related("recipient"):
        rows = report.content["rows"] + report.content["late_rows"]
        assert sum(row["share_cents"] for row in rows) == report.content["total_cents"]
        frozen[report.recipient.name] = (
            frozen.get(report.recipient.name, 0) + report.content["total_cents"]
        )
    for name, (told, left, whole) in reported(chain).items():
        assert told + left == whole, name
        assert frozen.get(name, 0) == told, name
