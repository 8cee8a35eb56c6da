"""The whole of monitoring: who certifies, what is due when, invoices twice, dedicated funds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements.actions import Planned
from ensemblier.fund.monitoring import actions, funds, invoices, periods, reminders
from ensemblier.fund.monitoring.models import DeclaredInvoice, Reminder, Report
from ensemblier.fund.monitoring.report_pdf import facts, report_pdf
from ensemblier.fund.monitoring.rules import Variance, needs_auditor, public_grants, whole_euros
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = money.NOW
LATER = NOW + timedelta(days=260)
SIREN = "732829320"


def opened(case=None, kind: str = "final") -> tuple:
    case = case or money.paid()
    report = actions.start_report(
        agreement=case.agreement, kind=kind, actor=case.representative, day=date(2028, 1, 5)
    )
    return case, report


def filled(case, report, **more):
    fields = {
        "narrative": "Livré chaque semaine.",
        "variance_note": "",
        "people_count": 200,
        "actuals": {line.pk: line.planned_cents for line in report.lines.all()},
    } | more
    return actions.save_report(
        report=report, version=report.version, actor=case.representative, **fields
    )


# Rules


@pytest.mark.parametrize(
    ("cents", "euros"),
    [
        ([100_50, 100_50], [101, 100]),
        ([33_33, 33_33, 33_34], [33, 33, 34]),
        ([0, 0], [0, 0]),
        ([99, 99, 99], [1, 1, 1]),
        ([49], [0]),
        ([], []),
    ],
)
def test_whole_euros_add_up_to_the_total(cents, euros):
    assert whole_euros(cents) == euros
    assert sum(euros) == (sum(cents) + 50) // 100


@pytest.mark.parametrize(
    ("planned", "actual", "percent", "far"),
    [
        (1_000_00, 925_00, "92,5\u00a0%", False),  # 7,5 %: not far
        (1_000_00, 400_00, "40\u00a0%", True),
        (1_000_00, 501_00, "50,1\u00a0%", False),  # less than 500 €
        (0, 600_00, "—", True),  # not planned at all
        (0, 0, "—", False),
    ],
)
def test_a_variance_in_euros_and_per_cent(planned, actual, percent, far):
    variance = Variance(planned, actual)
    assert variance.percent == percent
    assert variance.is_significant(date(2027, 1, 1)) is far


def test_public_money_leaves_out_europe_and_foundations():
    lines = [("74E", 100_000_00), ("74U", 90_000_00), ("74P", 9), ("70", 5), ("74C", None)]
    assert public_grants(lines) == 100_000_00
    assert needs_auditor(153_000_00, date(2027, 1, 1))
    assert not needs_auditor(152_999_99, date(2027, 1, 1))


# Certification


def test_only_the_legal_representative_certifies(client: Client) -> None:
    case, report = opened()
    filled(case, report)
    applicant = fund.user(Role.APPLICANT, case.application.organisation)
    with pytest.raises(actions.NotTheCertifier, match="représentant légal"):
        actions.file_report(report=report, actor=applicant, now=NOW)
    sign_in(client, applicant)
    page = client.get(reverse("monitoring:report", args=[report.pk])).content.decode()
    assert "Certifier et déposer" not in page
    assert "Le représentant légal certifie le bilan" in page
    report = actions.file_report(report=report, actor=case.representative, now=NOW)
    assert report.certified_by == case.representative
    assert report.pdf.sha256 and report.pdf.media_type == "application/pdf"


def test_the_desk_alone_checks_even_by_the_action() -> None:
    case = money.reported()
    for person in (case.representative, case.payer):
        with pytest.raises(actions.NotTheCertifier):
            actions.accept_report(
                report=case.report, justified_cents=0, note="", actor=person, now=NOW
            )
    assert Report.objects.get().state == Report.State.FILED


def test_an_auditor_is_named_from_the_threshold_on() -> None:
    case, report = opened()
    report = filled(case, report, story={"public_grants_cents": 153_000_00})
    with pytest.raises(actions.ReportRefused, match="commissaire") as refused:
        actions.file_report(report=report, actor=case.representative, now=NOW)
    assert refused.value.field == "auditor_name"
    story = {"auditor_name": "Cabinet d'exemple", "auditor_on": date(2028, 3, 1)}
    report = filled(case, report, story=story)
    report = actions.file_report(report=report, actor=case.representative, now=NOW)
    assert "Cabinet d'exemple" in facts(report)["certification"][1]


def test_the_form_is_a_tagged_pdf_without_cents() -> None:
    case, report = opened()
    amounts = {line.pk: 3_333_33 for line in report.lines.all()}
    report = filled(case, report, actuals=amounts, variance_note="Tout a changé.")
    said = facts(report)
    for table in said["tables"]:
        for rank in (1, 2):
            shown = [_euros(row[rank]) for row in table["rows"]]
            assert sum(shown) == _euros(table["total"][rank])
    assert not any("," in row[2] for table in said["tables"] for row in table["rows"])
    content = report_pdf(report, made_at=NOW)
    assert content.startswith(b"%PDF") and b"/StructTreeRoot" in content
    assert content == report_pdf(report, made_at=NOW)


def _euros(text: str) -> int:
    plain = text.replace("\u00a0", "").replace("€", "").replace("\u2212", "-")
    return int(plain)


def test_the_desk_says_what_may_be_kept() -> None:
    case = money.reported()
    fields = {"justified_cents": 15_000_00, "note": "", "actor": case.desk, "now": NOW}
    with pytest.raises(actions.ReportRefused, match="ne laisse rien garder"):
        actions.accept_report(report=case.report, kept_cents=1_00, **fields)
    case.agreement.surplus_clause = "Jusqu'à 10 % pour le même objet."
    case.agreement.save()
    with pytest.raises(actions.ReportRefused, match="n'est pas justifié"):
        actions.accept_report(report=case.report, kept_cents=6_000_00, **fields)
    report = actions.accept_report(report=case.report, kept_cents=2_000_00, **fields)
    assert report.kept_cents == 2_000_00


# Periods and reminders


def test_final_report_is_due_six_months_after_the_last_year() -> None:
    case = money.signed()
    found = periods.periods(case.agreement)
    assert [(p.kind, p.due_on) for p in found] == [("final", date(2028, 6, 30))]
    assert periods.overdue(case.agreement, date(2028, 6, 30)) == []
    assert periods.overdue(case.agreement, date(2028, 7, 1)) == found


def test_a_grant_of_several_years_is_reported_each_year() -> None:
    case = money.prepared(ends_on=date(2029, 12, 31))
    case = _sign(case)
    found = periods.periods(case.agreement)
    assert [(p.kind, p.year, p.due_on) for p in found] == [
        ("yearly", 2027, date(2028, 6, 30)),
        ("final", 0, date(2030, 6, 30)),
    ]
    report = actions.start_report(
        agreement=case.agreement,
        kind="yearly",
        year=2027,
        actor=case.representative,
        day=date(2028, 1, 5),
    )
    assert (report.name, report.due_on) == ("bilan annuel 2027", date(2028, 6, 30))
    with pytest.raises(actions.ReportRefused, match="cette année"):
        actions.start_report(
            agreement=case.agreement,
            kind="yearly",
            year=2035,
            actor=case.representative,
            day=date(2028, 1, 5),
        )


def _sign(case):
    from uuid import uuid4

    from ensemblier.fund.agreements import actions as agreements

    case.agreement = agreements.send(agreement=case.agreement, actor=case.desk, now=NOW)
    application = case.application
    for who, person in (
        (application.organisation, case.representative),
        (application.call.owner, case.signatory),
    ):
        case.agreement = agreements.sign(
            agreement=case.agreement, organisation=who, actor=person, now=NOW, key=uuid4()
        )
    return case


def test_an_instalment_that_waits_asks_for_an_intermediate_report() -> None:
    plan = (
        Planned("Versement 1", "signature", 12_000_00, date(2027, 7, 1)),
        Planned("Versement 2", "intermediate_report", 4_000_00, date(2027, 10, 1)),
        Planned("Solde", "final_report", 4_000_00, date(2028, 6, 1)),
    )
    case = money.prepared(instalments=plan)
    found = periods.periods(_sign(case).agreement)
    assert [(p.kind, p.due_on) for p in found] == [
        ("intermediate", date(2027, 10, 1)),
        ("final", date(2028, 6, 30)),
    ]


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 8, tzinfo=UTC)


def test_reminders_leave_once_at_each_step() -> None:
    case = money.signed()
    steps = {
        date(2028, 5, 30): 0,
        date(2028, 5, 31): 1,  # thirty days before 30 June
        date(2028, 6, 1): 0,
        date(2028, 6, 23): 1,
        date(2028, 7, 1): 1,
        date(2028, 7, 14): 0,
        date(2028, 7, 15): 1,
        date(2028, 8, 15): 0,
    }
    for day, expected in steps.items():
        assert reminders.remind(at(day)) == expected, day
        assert reminders.remind(at(day)) == 0
    assert sorted(Reminder.objects.values_list("step", flat=True)) == [-30, -7, 1, 15]
    assert Message.objects.filter(template="monitoring/emails/reminder.txt").count() >= 4
    assert (
        "la date est passée"
        in Message.objects.filter(template="monitoring/emails/reminder.txt").last().subject
    )
    assert case.agreement.number in Message.objects.last().subject


def test_a_report_with_the_desk_is_not_reminded() -> None:
    money.reported()
    assert reminders.remind(at(date(2028, 7, 15))) == 0


def test_a_late_report_blocks_later_instalments_and_says_so() -> None:
    from uuid import uuid4

    from ensemblier.fund.payments import actions as payments

    case = money.prepared(ends_on=date(2029, 12, 31))
    case = _sign(case)
    first, second = list(case.agreement.instalments.all())
    late = NOW + timedelta(days=700)
    assert periods.blocking(first, late.date()) is None
    assert periods.blocking(second, late.date()).name == "bilan annuel 2027"
    with pytest.raises(payments.NotDueYet):
        payments.certify(key=uuid4(), instalment=second, actor=case.desk, now=late)


# Invoices


def declare(case, report, **more) -> DeclaredInvoice:
    fields = {
        "supplier": "Les Jardins d'exemple",
        "siren": SIREN,
        "number": "FA-0012",
        "dated_on": date(2027, 4, 1),
        "amount_cents": 1_234_50,
        "code": "60",
    } | more
    return invoices.declare(report=report, actor=case.representative, now=NOW, **fields)


def test_the_same_invoice_in_two_reports_is_shown(client: Client) -> None:
    case, report = opened()
    declare(case, report)
    other = actions.start_report(
        agreement=case.agreement,
        kind="intermediate",
        actor=case.representative,
        day=date(2027, 9, 1),
    )
    declare(case, other, number="fa 12")
    sign_in(client, case.desk)
    sign_in(client, case.representative)
    page = client.get(reverse("monitoring:invoices", args=[other.pk])).content.decode()
    assert "comptée deux fois" in page
    assert "bilan final" in page


@pytest.mark.parametrize(
    ("more", "same"),
    [
        ({"number": "fa 12"}, True),
        ({"number": "FA/0012"}, True),
        ({"number": "FA-0013"}, False),
        ({"amount_cents": 1_234_51}, False),
        ({"dated_on": date(2027, 4, 2)}, False),
        ({"siren": "552100554"}, False),
    ],
)
def test_an_invoice_is_known_however_it_is_typed(more, same) -> None:
    base = {"siren": SIREN, "number": "FA-0012", "dated_on": date(2027, 4, 1)}
    base["amount_cents"] = 1_234_50
    assert (invoices.digest_of(**base) == invoices.digest_of(**{**base, **more})) is same


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"siren": "123456789"}, "sa clé"),
        ({"siren": "12"}, "9 chiffres"),
        ({"dated_on": date(2030, 1, 1)}, "futur"),
    ],
)
def test_a_wrong_invoice_is_refused(more, said) -> None:
    case, report = opened()
    with pytest.raises(invoices.InvoiceRefused, match=said):
        declare(case, report, **more)


def test_an_invoice_counts_once_in_a_report_and_leaves_while_it_is_open() -> None:
    case, report = opened()
    row = declare(case, report)
    with pytest.raises(invoices.InvoiceRefused, match="déjà"):
        declare(case, report, number="FA 12")
    invoices.withdraw(invoice=row, actor=case.representative, now=NOW)
    assert not report.invoices.exists()
    row = declare(case, report)
    filled(case, report)
    actions.file_report(report=report, actor=case.representative, now=NOW)
    with pytest.raises(invoices.InvoiceRefused, match="déposé"):
        invoices.withdraw(invoice=row, actor=case.representative, now=NOW)


def test_a_bad_invoice_keeps_what_was_typed(client: Client) -> None:
    case, report = opened()
    sign_in(client, case.representative)
    url = reverse("monitoring:declare", args=[report.pk])
    typed = {"supplier": "Ferme du Bocage", "siren": "1", "number": "A1", "amount_cents": "12"}
    answer = client.post(url, {**typed, "dated_on": "2027-04-01"})
    assert answer.status_code == 422
    assert "Ferme du Bocage" in answer.content.decode()
    sign_in(client, case.desk)
    assert client.post(url, typed).status_code == 404  # not filed: the desk does not see it


# Dedicated funds


def test_what_is_received_comes_from_the_books(client: Client) -> None:
    case = money.paid()
    (year,) = funds.years_of(case.agreement)
    assert (year.year, year.received_cents) == (NOW.year, 12_000_00)
    funds.state_use(
        agreement=case.agreement,
        year=NOW.year,
        used_cents=7_500_00,
        actor=case.representative,
        now=NOW,
    )
    moves, wrong = funds.fund_of(case.agreement)
    assert (moves[0].closing_cents, wrong) == (4_500_00, "")
    with pytest.raises(funds.UseRefused, match="que reçus"):
        funds.state_use(
            agreement=case.agreement,
            year=NOW.year,
            used_cents=13_000_00,
            actor=case.representative,
            now=NOW,
        )
    assert case.agreement.uses.get().used_cents == 7_500_00
    sign_in(client, case.representative)
    page = client.get(reverse("monitoring:fund", args=[case.agreement.number])).content.decode()
    assert "débit 6894, crédit 194" in page
