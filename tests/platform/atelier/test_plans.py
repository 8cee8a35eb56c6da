"""Plans kept in versions: who writes, who reads which version, what is refused, what is merged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ensemblier.atelier import access, actions
from ensemblier.atelier.models import EconomicPlan, PlanVersion
from ensemblier.atelier.queries import shown
from ensemblier.atelier.rows import row_of, values_of
from ensemblier.atelier.starting import models
from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.access import actor_on
from ensemblier.fund.applications.models import Application
from tests import factories_fund as fund
from tests.factories_atelier import make_plan

pytestmark = pytest.mark.django_db
NOW = fund.NOW
DAY = NOW.date()


@pytest.fixture
def world(db):
    class World:
        organisation = fund.organisation("Jardin de Blois")
        person = fund.user(Role.APPLICANT, organisation)
        stranger = fund.user(Role.APPLICANT, fund.organisation())

    World.plan = make_plan(World.organisation, World.person)
    World.scenario = World.plan.scenarios.get()
    return World


def change(world, item, key, value, *, opened=1, actor=None, table="resource"):
    last = world.scenario.versions.last()
    row = {**row_of(values_of(last.text), table, item), key: value}
    return actions.change_row(
        scenario=world.scenario,
        table=table,
        item=item,
        row=row,
        opened=opened,
        actor=actor or world.person,
        now=NOW,
        why="réponse du Département",
    )


def yearly(world, item):
    return row_of(values_of(world.scenario.versions.last().text), "resource", item)["yearly"]


class TestVersions:
    def test_each_change_is_a_version_with_who_and_why_and_nothing_is_lost(self, world):
        kept = change(world, "departement", "yearly", 9000)
        assert (kept.number, kept.made_by, kept.why) == (2, world.person, "réponse du Département")
        first = world.scenario.versions.get(number=1)
        assert (
            first.text == models()[3].text
            and row_of(values_of(first.text), "resource", "departement")["yearly"] == 12000
        )
        events = Event.objects.filter(subject=f"economicplan:{world.plan.pk}")
        done = list(events.order_by("pk").values_list("action", "actor_id"))
        assert [name for name, _ in done] == [
            "economic_plan.save",
            "economic_plan.start",
            "economic_plan.save",
        ]
        assert {who for _, who in done} == {world.person.pk}
        assert change(world, "departement", "yearly", 9000, opened=2).number == 2

    def test_two_people_who_change_different_rows_both_keep_their_change(self, world):
        change(world, "departement", "yearly", 9000)
        assert change(world, "fonds", "yearly", 50000, opened=1).number == 3
        assert (yearly(world, "departement"), yearly(world, "fonds")) == (9000, 50000)

    def test_the_same_row_changed_meanwhile_is_never_overwritten_unseen(self, world):
        change(world, "departement", "yearly", 9000)
        with pytest.raises(actions.StalePlan, match="Rien n'est perdu") as stale:
            change(world, "departement", "yearly", 7000, opened=1)
        assert stale.value.saved.number == 2 and yearly(world, "departement") == 9000
        assert change(world, "departement", "yearly", 7000, opened=2).number == 3
        with pytest.raises(actions.StalePlan):
            actions.save_text(
                scenario=world.scenario,
                text=models()[3].text,
                opened=1,
                actor=world.person,
                now=NOW,
            )
        assert PlanVersion.objects.count() == 3

    @pytest.mark.parametrize(
        "text, line, words",
        [
            ('name = "Plan"\nstart = "2027-13"\n', 2, "mois"),
            ('name = "Plan"\nstart = ', 2, "TOML"),
            ('name = "Plan"\nstart = "2027-01"\n', None, "vide"),
        ],
    )
    def test_a_text_that_does_not_compute_is_refused_at_its_line(self, world, text, line, words):
        with pytest.raises(actions.PlanRefused, match=words) as refused:
            actions.save_text(
                scenario=world.scenario, text=text, opened=1, actor=world.person, now=NOW
            )
        assert refused.value.line == line and PlanVersion.objects.count() == 1

    def test_a_row_that_another_one_needs_is_not_taken_out(self, world):
        volume = values_of(models()[3].text)["volume"][0]["id"]
        facts = {"scenario": world.scenario, "opened": 1, "actor": world.person, "now": NOW}
        with pytest.raises(actions.PlanRefused, match=volume):
            actions.change_row(table="volume", item=volume, row=None, **facts)
        assert actions.change_row(table="resource", item="fonds", row=None, **facts).number == 2

    def test_scenarios_live_apart_and_are_named_once(self, world):
        facts = {"plan": world.plan, "text": models()[3].text, "actor": world.person, "now": NOW}
        other = actions.add_scenario(name="Sans fonds", **facts)
        change(world, "fonds", "yearly", 1)
        assert other.versions.count() == 1
        with pytest.raises(actions.NameTaken):
            actions.add_scenario(name="Sans fonds", **facts)
        for rank in range(actions.MOST_SCENARIOS - 2):
            actions.add_scenario(name=f"Essai {rank}", **facts)
        with pytest.raises(actions.TooManyScenarios):
            actions.add_scenario(name="De trop", **facts)


class TestWho:
    def test_a_stranger_neither_reads_nor_writes(self, world):
        actor = actor_on(world.stranger, DAY)
        assert access.may_read(actor, world.plan) == (False, "")
        with pytest.raises(actions.NotYourPlan):
            change(world, "fonds", "yearly", 1, actor=world.stranger)
        with pytest.raises(actions.NotYourPlan):
            make_plan(world.organisation, world.stranger)
        with pytest.raises(actions.NotYourPlan):
            actions.comment(
                version=world.scenario.versions.get(), body="Bonjour", actor=world.stranger, now=NOW
            )
        assert PlanVersion.objects.count() == 1

    def test_who_instructs_reads_the_version_that_was_sent_and_no_other(self, world):
        officer = fund.user(Role.INSTRUCTOR, department=fund.place().department)
        file = fund.complete(fund.draft(by=world.organisation, actor=world.person))
        actions.attach(plan=world.plan, application=file, chain=None, actor=world.person, now=NOW)
        world.plan.refresh_from_db()
        reader = actor_on(officer, DAY)
        assert not access.may_read(reader, world.plan).allowed
        change(world, "fonds", "yearly", 50000)
        fund.filed(file, now=NOW + timedelta(hours=1))
        plan = EconomicPlan.objects.get()
        (annex,) = file.snapshots.get().content["annexes"]
        assert annex["rows"][plan.title].startswith("version 2, empreinte ")
        assert access.may_read(reader, plan).allowed
        assert "lire seulement" in access.may_write(reader, plan).reason
        later = NOW + timedelta(hours=2)
        actions.change_row(
            scenario=world.scenario,
            table="resource",
            item="fonds",
            row=None,
            opened=2,
            actor=world.person,
            now=later,
        )
        found = shown(plan, reader)
        assert (found.version.number, found.writes, len(found.scenarios)) == (2, False, 1)
        assert shown(plan, actor_on(world.person, DAY)).version.number == 3
        with pytest.raises(actions.CannotAttach, match="est envoyé"):
            actions.attach(plan=plan, application=None, chain=None, actor=world.person, now=later)

    def test_a_plan_joins_only_files_and_chains_of_its_organisation(self, world):
        theirs = fund.draft()
        facts = {"plan": world.plan, "actor": world.person, "now": NOW}
        with pytest.raises(actions.CannotAttach, match="autre organisation"):
            actions.attach(application=theirs, chain=None, **facts)
        assert EconomicPlan.objects.get().application is None


class TestBudget:
    def test_a_year_of_the_plan_becomes_the_budget_of_the_file(self, world):
        file = fund.draft(by=world.organisation, actor=world.person)
        actions.attach(plan=world.plan, application=file, chain=None, actor=world.person, now=NOW)
        world.plan.refresh_from_db()
        version = world.scenario.versions.select_related("scenario__plan__application").get()
        facts = {"version": version, "year": 0, "actor": world.person, "now": NOW}
        with pytest.raises(actions.CannotAttach, match="Relisez"):
            actions.take_into_budget(opened=file.version + 1, **facts)
        assert not file.lines.exists()
        actions.take_into_budget(opened=file.version, **facts)
        file = Application.objects.get(pk=file.pk)
        lines = {(row.side, row.code, row.payer): row for row in file.lines.all()}
        county = lines["resource", "74D", "Département de Loir-et-Cher"]
        assert (county.amount_cents, county.effect) == (1_200_000, "health")
        assert lines["charge", "60", ""].amount_cents == 6_500_000
        assert sum(row.amount_cents for row in file.asked.all()) == 5_550_000
        assert {row.year for row in file.asked.all()} == {2027}
        Application.objects.filter(pk=file.pk).update(state="filed", filed_at=NOW)
        version.refresh_from_db()
        sent = PlanVersion.objects.select_related("scenario__plan__application").get()
        with pytest.raises(actions.CannotAttach, match="est envoyé"):
            actions.take_into_budget(**facts | {"version": sent, "opened": file.version})
