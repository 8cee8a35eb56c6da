"""Open data: official schemas, thresholds, nobody's name, history, addresses, totals."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.base.ledger.queries import balance
from ensemblier.base.people.models import OrganisationKind, Role
from ensemblier.fund.agreements import actions as agreements
from ensemblier.fund.agreements.actions import Planned
from ensemblier.fund.publication import actions, reading, rows, statistics
from ensemblier.fund.publication.entries import publish_by
from ensemblier.fund.publication.models import Edition, Entry, EntryVersion
from ensemblier.fund.publication.parameters import is_natural_person
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_review as review
from tests.factories_people import sign_in

NOW = money.NOW
SCHEMA = Path(__file__).parents[4] / "shared/data/scdl-subventions-2.1.1.json"


def officer():
    return fund.user(Role.PROGRAMME)


def sign(case, now, amendment=None) -> None:
    """By both parties."""
    application = case.application
    for who, person in (
        (application.organisation, case.representative),
        (application.call.owner, case.signatory),
    ):
        case.agreement = agreements.sign(
            agreement=case.agreement,
            organisation=who,
            actor=person,
            amendment=amendment,
            now=now,
            key=uuid4(),
        )


def signed(cents: int = 25_000_00):
    """A grant above the threshold, signed."""
    case = review.proposed()
    case.application.asked.update(amount_cents=cents)
    case = money.granted(cents, case=case)
    plan = (
        Planned("Versement 1", "signature", cents - 5_000_00, date(2027, 7, 1)),
        Planned("Solde", "final_report", 5_000_00, date(2028, 6, 1)),
    )
    case.agreement = money.prepare(case, instalments=plan)
    case.agreement = agreements.send(agreement=case.agreement, actor=case.desk, now=NOW)
    sign(case, NOW)
    return case


def published(cents: int = 25_000_00):
    case = signed(cents)
    owner = case.application.call.owner
    if not owner.siret:
        owner.siret = fund.siret(40_000_000 + owner.pk)
        owner.save()
    actions.refresh(actor=None, now=NOW)
    return case


def read(profile: str) -> list[dict[str, str]]:
    edition = Edition.objects.filter(profile=profile).order_by("-number").first()
    return list(csv.DictReader(io.StringIO(edition.content, newline="")))


# The official schemas


def luhn(number: str) -> bool:
    digits = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(number))]
    return sum(d // 10 + d % 10 for d in digits) % 10 == 0


def faults(schema: dict, table: list[dict[str, str]], columns: list[str]) -> list[str]:
    """The Table Schema of SCDL, read as it is written, and its custom checks."""
    found = []
    if columns != [field["name"] for field in schema["fields"]]:
        found.append("columns")
    for row in table:
        for field in schema["fields"]:
            value, rules = row[field["name"]], field.get("constraints", {})
            if not value:
                found += [f"{field['name']} required"] if rules.get("required") else []
                continue
            found += [f"{field['name']} {fault}" for fault in cell_faults(field, value, rules)]
        for name in ("idAttribuant", "idBeneficiaire"):
            if row[name] and not luhn(row[name]):
                found.append(f"{name} Luhn")
        if not row["idBeneficiaire"] and not row["rnaBeneficiaire"]:
            found.append("one of idBeneficiaire and rnaBeneficiaire")
    return found


def cell_faults(field: dict, value: str, rules: dict) -> list[str]:
    found = []
    kind = field["type"]
    if kind == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        found.append("date")
    if kind in ("number", "integer") and not re.fullmatch(r"\d+(\.\d+)?", value):
        found.append("number")
    if "pattern" in rules and not re.fullmatch(rules["pattern"], value):
        found.append("pattern")
    if kind == "boolean" and value not in [*field["trueValues"], *field["falseValues"]]:
        found.append("boolean")
    if "enum" in rules and value not in rules["enum"]:
        found.append("enum")
    if "maxLength" in rules and len(value) > rules["maxLength"]:
        found.append("maxLength")
    return found + bounds(kind, value, rules)


def bounds(kind: str, value: str, rules: dict) -> list[str]:
    if kind != "number" or not re.fullmatch(r"\d+(\.\d+)?", value):
        return []
    low, high = rules.get("minimum", 0), rules.get("maximum", 10**12)
    return [] if low <= float(value) <= high else ["bounds"]


@pytest.mark.shared_data
@pytest.mark.django_db
def test_scdl_passes_its_official_schema() -> None:
    published()
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    table = read(Edition.Profile.SCDL)
    assert len(table) == 1
    assert faults(schema, table, list(rows.SCDL)) == []
    # Negative control: each of these is seen.
    bad = table[0] | {"idBeneficiaire": "12345678901234", "montant": "1,5", "notificationUE": "x"}
    seen = " ".join(faults(schema, [bad], list(rows.SCDL)))
    assert all(word in seen for word in ("Luhn", "montant number", "notificationUE boolean"))
    assert faults(schema, table, list(rows.REGULATORY)) == ["columns"]


@pytest.mark.django_db
def test_the_regulatory_file_has_its_14_columns() -> None:
    case = published()
    (row,) = read(Edition.Profile.REGULATORY)
    assert list(row) == list(rows.REGULATORY) and len(row) == 14
    assert row["datesPeriodeVersement"] == "2027-07-01_2028-06-01"
    assert read(Edition.Profile.SCDL)[0]["datesPeriodeVersement"] == "2027-07-01/2028-06-01"
    assert (row["montant"], row["nature"]) == ("25000.00", "aide en numéraire")
    assert (row["conditionsVersement"], row["pourcentageSubvention"]) == ("échelonné", "1")
    assert row["dateConvention"] == NOW.date().isoformat()
    assert row["nomBeneficiaire"] == case.application.organisation.name


@pytest.mark.parametrize(
    ("bp", "said"), [(10_000, "1"), (2_500, "0.25"), (3_333, "0.3333"), (1, "0.01")]
)
def test_a_part_is_from_one_hundredth_to_one(bp, said) -> None:
    assert rows.share(bp) == said


@given(st.text(max_size=400))
def test_no_cell_is_a_live_formula(text) -> None:
    said = rows.quiet(text)
    assert not said.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert len(said) <= 256 and "\n" not in said
    found = rows.as_csv(["a"], [[said], ["b"]])
    assert list(csv.reader(io.StringIO(found, newline="")))[1:] == [
        [said] if said else [],
        ["b"],
    ] or (said == "")


# What is published, and what never is


@pytest.mark.django_db
def test_below_the_threshold_a_grant_is_on_the_page_only() -> None:
    published(23_000_00)
    assert Entry.objects.get().is_due is False
    assert read(Edition.Profile.REGULATORY) == []
    assert reading.total(reading.shown()).count == 1


@pytest.mark.django_db
def test_a_natural_person_is_never_named(client: Client) -> None:
    case = signed()
    organisation = case.application.organisation
    organisation.kind, organisation.legal_form = OrganisationKind.FARM, "entrepreneur individuel"
    organisation.save()
    actions.refresh(actor=None, now=NOW)
    assert not Entry.objects.exists()
    page = client.get(reverse("publication:grants")).content.decode()
    assert organisation.name not in page
    assert reading.total(reading.shown()).unnamed_cents == 25_000_00
    assert actions.overdue(NOW.date() + timedelta(days=365)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "form", "natural"),
    [
        ("farm", "", True),
        ("farm", "E.A.R.L.", False),
        ("company", "micro-entreprise", True),
        ("company", "SAS", False),
        ("association", "", False),
    ],
)
def test_in_doubt_a_farm_is_a_person(kind, form, natural) -> None:
    from ensemblier.base.people.models import Organisation

    assert is_natural_person(Organisation(kind=kind, legal_form=form)) is natural


@pytest.mark.django_db
def test_three_months_after_the_signature() -> None:
    assert publish_by(date(2027, 5, 12)) == date(2027, 8, 12)
    case = signed()
    assert actions.overdue(date(2027, 8, 12)) == []
    assert actions.overdue(date(2027, 8, 13)) == [case.agreement]
    actions.refresh(actor=None, now=NOW)
    assert actions.overdue(date(2027, 8, 13)) == []


@pytest.mark.django_db
def test_totals_equal_the_ledger() -> None:
    first = published()
    total = reading.total(reading.shown())
    assert total.cents == total.all_cents == balance(first.decision.account).posted
    assert total.unnamed_cents == 0


@pytest.mark.django_db
def test_twice_writes_once() -> None:
    published()
    again = actions.refresh(actor=None, now=NOW + timedelta(days=1))
    assert again == (0, 0, 0)


# Corrections


@pytest.mark.django_db
def test_a_correction_keeps_its_history(client: Client) -> None:
    published()
    entry, person = Entry.objects.get(), officer()
    change = {"objet": "Objet exact"}
    with pytest.raises(actions.PublicationRefused, match="pourquoi"):
        actions.correct(entry=entry, fields=change, reason=" ", actor=person, now=NOW)
    with pytest.raises(actions.PublicationRefused, match="avenant"):
        actions.correct(
            entry=entry, fields={"montant": "1.00"}, reason="Erreur", actor=person, now=NOW
        )
    actions.correct(entry=entry, fields=change, reason="Faute de frappe", actor=person, now=NOW)
    assert [v.number for v in reading.history(entry)] == [2, 1]
    assert read(Edition.Profile.SCDL)[0]["objet"] == "Objet exact"
    assert Edition.objects.filter(profile=Edition.Profile.SCDL).count() == 2
    # The night does not undo what was corrected by hand.
    assert actions.refresh(actor=None, now=NOW) == (0, 0, 0)
    page = client.get(reverse("publication:entry", args=[entry.code])).content.decode()
    assert "Faute de frappe" in page and "Première publication" in page


@pytest.mark.django_db
def test_a_withdrawn_line_leaves_the_files_and_keeps_its_number(client: Client) -> None:
    case = published()
    entry, person = Entry.objects.get(), officer()
    actions.withdraw(entry=entry, reason="Demande fondée", actor=person, now=NOW)
    assert read(Edition.Profile.REGULATORY) == []
    page = client.get(reverse("publication:entry", args=[entry.code])).content.decode()
    assert case.application.organisation.name not in page
    actions.restore(entry=entry, reason="Erreur", actor=person, now=NOW)
    assert len(read(Edition.Profile.REGULATORY)) == 1
    assert [v.number for v in reading.history(entry)] == [3, 2, 1]


@pytest.mark.django_db
def test_the_programme_alone_publishes_even_by_the_action() -> None:
    case = published()
    for person in (case.desk, case.payer, case.representative, case.signatory):
        with pytest.raises(actions.NotYourPublication):
            actions.withdraw(entry=Entry.objects.get(), reason="x", actor=person, now=NOW)
        with pytest.raises(actions.NotYourPublication):
            actions.refresh(actor=person, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("model", [EntryVersion, Edition])
def test_what_was_published_only_grows(model) -> None:
    published()
    for verb in (lambda r: r.update(made_at=NOW), lambda r: r._raw_delete("default")):
        with pytest.raises(DatabaseError), transaction.atomic():
            verb(model.objects.all())


# Addresses


@pytest.mark.django_db
def test_files_have_stable_addresses_and_say_when_they_changed(client: Client) -> None:
    published()
    answer = client.get("/donnees/subventions-2027.csv")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv; charset=utf-8")
    etag, changed = answer["ETag"], answer["Last-Modified"]
    assert client.get("/donnees/subventions-2027.csv", HTTP_IF_NONE_MATCH=etag).status_code == 304
    again = client.get("/donnees/subventions-2027.csv", HTTP_IF_MODIFIED_SINCE=changed)
    assert again.status_code == 304
    assert client.get("/donnees/subventions-2027-scdl.csv").status_code == 200
    assert client.get("/donnees/subventions-1999.csv").status_code == 404
    actions.withdraw(entry=Entry.objects.get(), reason="x", actor=officer(), now=NOW)
    new = client.get("/donnees/subventions-2027.csv", HTTP_IF_NONE_MATCH=etag)
    assert new.status_code == 200 and new["ETag"] != etag
    first = client.get("/donnees/versions/2027/1/subventions.csv")
    assert first.content == answer.content


@pytest.mark.django_db
def test_the_public_page_filters(client: Client) -> None:
    case = published()
    name = case.application.organisation.name
    region = case.application.department.region_id
    url = reverse("publication:grants")
    assert name in client.get(url).content.decode()
    assert name in client.get(url, {"annee": "2027", "region": region}).content.decode()
    other = "national" if case.application.call.strand == "local" else "local"
    assert name not in client.get(url, {"volet": other}).content.decode()
    assert client.get(url, {"annee": "jadis"}).status_code == 200


@pytest.mark.django_db
def test_an_officer_corrects_on_the_page(client: Client) -> None:
    published()
    entry = Entry.objects.get()
    sign_in(client, officer())
    url = reverse("publication:edit", args=[entry.code])
    typed = {"objet": "Nouvel objet", "conditionsVersement": "unique", "notificationUE": "non"}
    bad = client.post(url, typed)
    assert bad.status_code == 422 and "Nouvel objet" in bad.content.decode()
    assert client.post(url, {**typed, "reason": "Plus clair"}).status_code == 302
    assert "Plus clair" in client.get(url).content.decode()
    assert client.post(reverse("publication:refresh")).status_code == 302


# Statistics


@pytest.mark.django_db
def test_a_small_number_of_people_is_hidden(client: Client) -> None:
    case = money.reported()
    case.report.people_count = 4
    case.report.save()
    money.accept(case)
    year = case.agreement.signed_at.year
    content = statistics.statistics_csv(year)
    table = list(csv.DictReader(io.StringIO(content, newline="")))
    assert table and {row["valeur"] for row in table} == {"secret"}
    actions.refresh(actor=None, now=NOW)
    page = client.get(reverse("publication:statistics")).content.decode()
    assert "secret" in page
    case.report.people_count = 200
    case.report.save()
    people = statistics.people_facts(year)
    assert people[0].units == 200


@pytest.mark.django_db
def test_two_editions_of_statistics_do_not_tell_one_report() -> None:
    case = money.reported()
    case.report.people_count = 40
    case.report.save()
    money.accept(case)
    actions.refresh(actor=None, now=NOW)
    first = Edition.objects.get(profile=Edition.Profile.STATISTICS)
    case.report.people_count = 43
    case.report.save()
    actions.refresh(actor=None, now=NOW + timedelta(days=1))
    assert Edition.objects.filter(profile=Edition.Profile.STATISTICS).get() == first
    actions.refresh(actor=None, now=NOW + timedelta(days=366))
    assert Edition.objects.filter(profile=Edition.Profile.STATISTICS).count() == 2
