"""A prepared query answers as the ORM does, whatever the values; it refuses what cannot fit."""

from datetime import date

import pytest
from django.db.models import QuerySet

from ensemblier.base.people.models import Mandate, Role
from ensemblier.base.prepared import DAY, KEY, Prepared
from tests import factories_fund as fund

pytestmark = pytest.mark.django_db
TODAY = date(2027, 1, 15)


def begun(day: date, person: int, rows: list[int]) -> QuerySet:
    held = Mandate.objects.filter(starts__lte=day, user=person, pk__in=rows)
    return held.order_by("pk").values_list("pk", "role")


def test_it_answers_as_the_orm_with_other_values_each_time(django_assert_num_queries):
    query = Prepared(begun, day=DAY, person=KEY, rows=5)
    people = [fund.user(Role.PROGRAMME), fund.user(Role.AUDITOR)]
    every = list(Mandate.objects.values_list("pk", flat=True))
    seen = set()
    for person in people:
        for day in (TODAY, date(1999, 1, 1)):
            for rows in (every, every[:1], []):
                expected = list(begun(day, person.pk, rows))
                with django_assert_num_queries(1):
                    found = query.rows(day=day, person=person.pk, rows=rows)
                assert found == expected
                seen.update(found)
    assert len(seen) == 2  # the values were heard: not always the same answer, nor always none


def test_a_list_too_long_is_refused():
    with pytest.raises(ValueError, match="3 values where the query takes 2"):
        Prepared(begun, day=DAY, person=KEY, rows=2).rows(day=TODAY, person=1, rows=[1, 2, 3])


def test_a_value_that_the_query_forgets_is_refused():
    def deaf(day: date, person: int) -> QuerySet:
        return Mandate.objects.filter(user=person).values_list("pk")

    with pytest.raises(ValueError, match="does not use"):
        Prepared(deaf, day=DAY, person=KEY).rows(day=TODAY, person=1)
