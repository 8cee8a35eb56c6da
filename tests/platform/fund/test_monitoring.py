"""Reports: planned beside actual, kept while they are written, checked by the desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.fund.monitoring import actions, periods
from ensemblier.fund.monitoring.actions import ReportRefused, StaleReport
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.monitoring.received import reports_received
from ensemblier.fund.review.checks import BLOCKING, OK, Check
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import sign_in
from tests.platform.fund.test_review_checks import GOOD

pytestmark = pytest.mark.django_db
NOW = money.NOW


def start(case) -> Report:
    return actions.start_report(
        agreement=case.agreement,
        kind=Report.Kind.FINAL,
        actor=case.representative,
        day=date(2028, 1, 5),
    )


def save(report: Report, case, **fields) -> Report:
    full = {
        "narrative": "Fait.",
        "variance_note": "",
        "people_count": None,
        "actuals": {line.pk: line.planned_cents for line in report.lines.all()},
        "version": report.version,
        "actor": case.representative,
    } | fields
    return actions.save_report(report=report, **full)


def test_a_report_opens_with_the_planned_budget_and_the_grant() -> None:
    case = money.signed()
    report = start(case)
    planned = sum(line.planned_cents for line in report.lines.filter(side="resource"))
    own = sum(line.amount_cents for line in case.application.lines.filter(side="resource"))
    assert planned == own + 20_000_00
    assert report.due_on == date(2028, 6, 30)
    assert start(case).pk == report.pk


def test_it_does_not_open_before_the_signature() -> None:
    with pytest.raises(ReportRefused, match="signée"):
        start(money.sent())


def test_two_people_do_not_overwrite_each_other() -> None:
    case = money.signed()
    report = start(case)
    save(report, case, narrative="La première")
    with pytest.raises(StaleReport):
        save(report, case, narrative="La seconde")
    assert Report.objects.get().narrative == "La première"


def test_a_variance_has_to_be_explained() -> None:
    case = money.signed()
    report = start(case)
    lines = {line.pk: 0 for line in report.lines.all()}
    report = save(report, case, actuals=lines)
    with pytest.raises(ReportRefused, match="expliquez"):
        actions.file_report(report=report, actor=case.representative, now=NOW)


def test_every_line_has_an_actual_amount() -> None:
    case = money.signed()
    report = start(case)
    report = save(report, case, actuals={})
    with pytest.raises(ReportRefused, match="chaque ligne"):
        actions.file_report(report=report, actor=case.representative, now=NOW)


def test_a_filed_report_does_not_change_and_a_returned_one_does() -> None:
    case = money.reported()
    with pytest.raises(ReportRefused, match="déposé"):
        save(case.report, case)
    with pytest.raises(ReportRefused, match="ce qui manque"):
        actions.return_report(report=case.report, note="", actor=case.desk, now=NOW)
    report = actions.return_report(
        report=case.report, note="Il manque les factures.", actor=case.desk, now=NOW
    )
    assert save(report, case, narrative="Complété").narrative == "Complété"


def test_no_more_than_the_grant_is_justified() -> None:
    case = money.reported()
    with pytest.raises(ReportRefused, match="montant accordé"):
        actions.accept_report(
            report=case.report, justified_cents=20_000_01, note="", actor=case.desk, now=NOW
        )


def test_the_form_saves_then_files(client: Client) -> None:
    case = money.signed()
    sign_in(client, case.representative)
    answer = client.post(
        reverse("monitoring:start", args=[case.agreement.number]), {"kind": "final"}
    )
    report = Report.objects.get()
    page = reverse("monitoring:report", args=[report.pk])
    assert answer.url == page
    url = reverse("monitoring:save", args=[report.pk])
    typed = {
        "version": report.version,
        "narrative": "Un récit bien écrit",
        "variance_note": "",
        "people_count": "12",
    }
    typed |= {f"line_{line.pk}": str(line.planned_cents // 100) for line in report.lines.all()}
    bad = client.post(url, {**typed, f"line_{report.lines.first().pk}": "beaucoup"})
    assert bad.status_code == 422
    assert "Un récit bien écrit" in bad.content.decode()
    assert client.post(url, {**typed, "save": ""}).status_code == 302
    stale = client.post(url, {**typed, "narrative": "Écrit dans un autre onglet"})
    assert stale.status_code == 409
    assert "Écrit dans un autre onglet" in stale.content.decode()
    assert "Un récit bien écrit" in stale.content.decode()
    report.refresh_from_db()
    assert client.post(url, {**typed, "version": report.version, "file": ""}).status_code == 302
    report.refresh_from_db()
    assert report.state == Report.State.FILED


def test_the_desk_checks_on_the_page(client: Client) -> None:
    case = money.reported()
    sign_in(client, case.desk)
    page = client.get(reverse("monitoring:report", args=[case.report.pk])).content.decode()
    assert "Contrôler ce bilan" in page
    url = reverse("monitoring:check", args=[case.report.pk])
    assert client.post(url, {"return": "", "note": ""}).status_code == 422
    client.post(url, {"accept": "", "justified_cents": "18 000", "note": "Bien."})
    case.report.refresh_from_db()
    assert case.report.justified_cents == 18_000_00
    sign_in(client, case.representative)
    assert client.post(url, {"accept": "", "justified_cents": "20 000"}).status_code == 403


def test_a_report_is_not_accepted_without_an_amount(client: Client) -> None:
    case = money.reported()
    sign_in(client, case.desk)
    url = reverse("monitoring:check", args=[case.report.pk])
    answer = client.post(url, {"accept": "", "justified_cents": "", "note": "Très bien."})
    assert answer.status_code == 422
    assert "Écrivez le montant des dépenses admises" in answer.content.decode()
    case.report.refresh_from_db()
    assert case.report.state == Report.State.FILED


def test_the_report_of_a_year_that_ends_early_is_awaited_as_the_agreement_says() -> None:
    """An agreement until 30 September 2027 is reported by 30 June 2028: not missing before."""
    case = money.signed_of(money.prepared(ends_on=date(2027, 9, 30)))
    asks_again = fund.filed(by=case.application.organisation)
    (final,) = periods.periods(case.agreement)

    def check(day: date) -> Check:
        (found,) = reports_received(asks_again, replace(GOOD, day=day))
        return found

    assert final.due_on == date(2028, 6, 30)
    assert check(date(2028, 6, 30)).level == OK
    late = check(date(2028, 7, 1))
    assert late.level == BLOCKING and "30\u00a0juin\u00a02028" in late.sentence
