"""A refusal letter says where else to look: the vehicles of the orientation guide that fit."""

from datetime import UTC, date, datetime

import pytest

from ensemblier.base.people.models import OrganisationKind
from ensemblier.fund.applications.models import AskedAmount
from ensemblier.fund.decisions.vehicles import answers_of, other_vehicles
from ensemblier.fund.decisions.ways import ALWAYS, ways_on
from tests import factories_fund as fund

pytestmark = pytest.mark.django_db
DAY = date(2027, 3, 1)


def test_a_file_answers_only_what_it_says():
    row = fund.filed()
    row.organisation.kind = OrganisationKind.STATE
    row.qpv_codes = []
    AskedAmount.objects.filter(application=row).delete()
    answers = answers_of(row, DAY)
    assert "carrier" not in answers and "money" not in answers
    assert "qpv" not in answers["zone"] and "people" not in answers


def test_a_district_of_the_city_contract_is_told_in_the_letter():
    row = fund.filed()
    row.qpv_codes = []
    assert not any("Contrat de ville" in way for way in other_vehicles(row, DAY))
    row.qpv_codes = ["QN01001M"]
    found = other_vehicles(row, DAY)
    assert any(way.startswith("Contrat de ville. ") and "À qui parler" in way for way in found)
    told = ways_on(row, fund.NOW)
    assert set(found) <= set(told) and told[-len(ALWAYS) :] == list(ALWAYS)


def test_a_vehicle_that_has_ended_is_not_told():
    row = fund.filed()
    row.organisation.kind = OrganisationKind.PUBLIC
    assert not any("CALPAE)" in way and "appui" in way for way in other_vehicles(row, DAY))
    assert any(way.startswith("Projet alimentaire territorial") for way in other_vehicles(row, DAY))


def test_a_letter_says_when_a_call_closes_by_the_clock_of_its_place(db):
    """23:59 of 30 June in Guadeloupe is 1 July in Paris: the letter says 30 June, and where."""
    fund.call(
        title="Vergers des îles",
        zone="America/Guadeloupe",
        closes_at=datetime(2027, 7, 1, 3, 59, 59, tzinfo=UTC),
    )
    told = ways_on(fund.filed(), fund.NOW)
    assert (
        "L'appel « Vergers des îles » est ouvert jusqu'au 30\u00a0juin\u00a02027 à "
        "23\u00a0h\u00a059 (heure de Guadeloupe)."
    ) in told
