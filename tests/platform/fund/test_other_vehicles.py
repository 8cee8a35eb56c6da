"""A refusal letter says where else to look: the vehicles of the orientation guide that fit."""

from datetime import date

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
