"""A prepared query answers as the ORM does, whatever the values; it refuses what cannot fit."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.sessions.models import Session
from django.db.models import F, QuerySet

from ensemblier.base.people.kept_sessions import SessionStore
from ensemblier.base.people.models import Mandate, Role, User
from ensemblier.base.prepared import DAY, KEY, MOMENT, TEXT, Prepared
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


def with_house(person: int) -> QuerySet[Mandate]:
    held = Mandate.objects.filter(user=person).select_related("organisation", "department")
    return held.annotate(house=F("organisation__name")).order_by("pk")


def test_found_gives_the_objects_of_the_orm_with_what_they_lead_to(django_assert_num_queries):
    query = Prepared(with_house, person=KEY)
    north = fund.place("62").department
    people = [fund.user(Role.PROGRAMME), fund.user(Role.INSTRUCTOR, department=north)]
    for person in people:
        expected = list(with_house(person.pk))
        with django_assert_num_queries(1):
            found = query.found(person=person.pk)
            places = [(m.organisation.name, m.department and m.department.name) for m in found]
        assert found == expected and len(found) == 1
        assert [m.house for m in found] == [name for name, _ in places]
        assert [m.starts for m in found] == [m.starts for m in expected]
        found[0].role = "changed"  # what a page does to its row reaches no other page
        assert query.found(person=person.pk)[0].role == expected[0].role
    assert places[0][1] == north.name


def test_found_gives_the_values_of_the_orm():
    query = Prepared(begun, day=DAY, person=KEY, rows=1)
    named = Prepared(
        lambda person: Mandate.objects.filter(user=person).values_list("role", named=True),
        person=KEY,
    )
    person = fund.user(Role.AUDITOR)
    rows = list(Mandate.objects.filter(user=person).values_list("pk", flat=True))
    assert query.found(day=TODAY, person=person.pk, rows=rows) == [(rows[0], Role.AUDITOR)]
    assert [row.role for row in named.found(person=person.pk)] == [Role.AUDITOR]
    assert named.found(person=0) == []


def test_a_text_is_a_value_and_never_sql():
    query = Prepared(lambda email: User.objects.filter(email=email), email=TEXT)
    person = fund.user(Role.PROGRAMME)
    assert query.found(email=person.email) == [person]
    for other in ("", "' OR '1'='1", "%", person.email + "'"):
        assert query.found(email=other) == []


def test_rows_of_other_tables_are_refused():
    query = Prepared(lambda key: User.objects.filter(pk=key).prefetch_related("mandates"), key=KEY)
    with pytest.raises(ValueError, match="prefetch_related"):
        query.found(key=1)


def test_an_instant_is_compared_as_the_orm_does():
    query = Prepared(lambda now: Session.objects.filter(expire_date__gt=now), now=MOMENT)
    ends = datetime(2027, 1, 15, 12, tzinfo=UTC)
    Session.objects.create(session_key="k" * 32, session_data="", expire_date=ends)
    assert [row.session_key for row in query.found(now=ends.replace(hour=11))] == ["k" * 32]
    assert query.found(now=ends) == []


def test_a_session_is_read_until_it_expires_and_no_longer():
    kept = SessionStore()
    kept["word"] = "garden"
    kept.save()
    assert SessionStore(kept.session_key)["word"] == "garden"
    Session.objects.filter(pk=kept.session_key).update(expire_date=datetime(2020, 1, 1, tzinfo=UTC))
    late = SessionStore(kept.session_key)
    assert late.get("word") is None and late.session_key is None
    assert SessionStore("unknown").get("word") is None


def test_an_account_is_found_by_key_as_by_anything_else(django_assert_num_queries):
    person = fund.user(Role.PROGRAMME)
    with django_assert_num_queries(1):
        assert User.objects.get(pk=person.pk).email == person.email
    assert User.objects.get(pk=str(person.pk)) == User.objects.get(email=person.email) == person
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=person.pk + 1000)
