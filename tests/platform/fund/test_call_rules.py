"""The rules of a call: templates, questions, grid, papers, desks, seal, notices and copies."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError

from ensemblier.base.territory.models import Region
from ensemblier.fund.applications.models import Attachment
from ensemblier.fund.calls import actions, desks, questions
from ensemblier.fund.calls.copies import copy_call
from ensemblier.fund.calls.defaults import TEMPLATES, template, templates
from ensemblier.fund.calls.frozen import protect, release, rules
from ensemblier.fund.calls.grid import Row, set_grid
from ensemblier.fund.calls.models import Call, Criterion, Desk, Paper, Question, Watch
from ensemblier.fund.calls.notices import publish_notice
from ensemblier.fund.calls.rules import canonical, days_to_answer, first_fault, shown
from ensemblier.fund.calls.sealed import rules_of
from tests import factories_fund as make


@dataclass
class Asked:
    code: str
    kind: str = "text"
    options: tuple[str, ...] = ()
    shown_when_code: str = ""
    shown_when_value: str = ""

    @property
    def label(self) -> str:
        return self.code


AXIS = Asked("axe", "choice", ("PAT", "Zone blanche"))
PAT = Asked("pat", shown_when_code="axe", shown_when_value="PAT")
MAIN = Asked("suite", "multiple", ("a", "b"), "axe", "PAT")
LAST = Asked("fin", shown_when_code="suite", shown_when_value="b")


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ({}, ["axe"]),
        ({"axe": "Zone blanche"}, ["axe"]),
        ({"axe": "PAT"}, ["axe", "pat", "suite"]),
        ({"axe": "PAT", "suite": ["a", "b"]}, ["axe", "pat", "suite", "fin"]),
        # What was answered before the first answer changed no longer shows the next one.
        ({"axe": "Zone blanche", "suite": ["b"]}, ["axe"]),
    ],
)
def test_a_question_is_shown_when_the_one_it_waits_for_is(answers, codes):
    assert [row.code for row in shown([AXIS, PAT, MAIN, LAST], answers)] == codes


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([AXIS, PAT, MAIN, LAST], ""),
        ([PAT, AXIS], "ne vient pas avant elle"),
        ([Asked("a", "choice", ("seul",))], "de 2 à 30 choix"),
        ([Asked("a", "choice", ("x", "x"))], "sont les mêmes"),
        ([Asked("a", "text", ("x", "y"))], "n'a pas de liste"),
        ([Asked("a"), Asked("b", "text", (), "a", "x")], "Seule une question à choix"),
        ([AXIS, Asked("b", "text", (), "axe", "Ailleurs")], "n'est pas un choix"),
        ([Asked("b", "text", (), "", "x")], "de quelle question"),
    ],
)
def test_wrong_questions_are_named(rows, words):
    fault = first_fault(rows)
    assert (words in fault) if words else fault == ""


@pytest.mark.parametrize("key", TEMPLATES)
def test_every_template_is_sound(key):
    model = template(key)
    asked = [Question(position=rank, **row) for rank, row in enumerate(model.questions, 1)]
    assert first_fault(asked) == ""
    assert {row.kind for row in model.papers} <= set(Paper.Kind.values)
    assert set(model.watch) <= set(Watch.values)
    assert model.source


def test_papers_are_of_the_kinds_the_applications_know():
    assert set(Paper.Kind.values) <= set(Attachment.Kind.values)


def test_the_strands_have_opposite_priorities_and_the_pna_pays_seventy_percent():
    """Q13: food purchase is the core of one strand and subsidiary in the other."""
    rank = {model.key: {row.expense_class: row for row in model.expenses} for model in templates()}
    assert rank["national"]["food_purchase"].priority == 1
    assert rank["national"]["food_purchase"].condition == ""
    assert rank["local"]["food_purchase"].priority == 4
    assert rank["local"]["food_purchase"].condition == "subsidiary"
    assert rank["local"]["investment"].condition == "envelope"
    assert "food_purchase" not in rank["pna"]
    assert template("pna").max_rate_bp == 7000


def test_days_to_answer_start_when_the_call_is_known():
    """50 days in 2023; published late, an open call leaves less."""
    opens, closes = make.OPENS, make.CLOSES
    early = opens - timedelta(days=90)
    assert days_to_answer(published=early, opens=opens, closes=closes) == 60
    late = opens + timedelta(days=40)
    assert days_to_answer(published=late, opens=opens, closes=closes) == 20
    assert days_to_answer(published=closes, opens=opens, closes=closes) == 0


@pytest.mark.django_db
class TestWriting:
    def test_a_template_gives_everything(self):
        call = make.call(published=False, kind_template="local")
        assert call.watch == ["qpv", "frr", "overseas"]
        assert [row.code for row in call.questions.all()][:2] == ["axe", "pat"]
        assert call.papers.filter(required=True).count() == 3
        assert call.grid_version == "2026-11"
        first = call.criteria.first()
        assert (first.word(0), first.word(4), first.word(5)) == (
            "pas de réponse",
            "exemplaire",
            "",
        )

    def test_a_template_of_another_strand_is_refused(self):
        with pytest.raises(actions.CallRefused, match="autre volet"):
            make.call(published=False, kind_template="national")
        with pytest.raises(actions.CallRefused, match="n'existe pas"):
            make.call(published=False, kind_template="europe")

    def test_a_watch_that_does_not_exist_is_refused(self):
        with pytest.raises(actions.CallRefused, match="attention"):
            make.call(published=False, watch=["paris"])

    def test_an_address_taken_at_the_same_instant_is_drawn_again(self, monkeypatch):
        """Two people write a call of one title: the second insert meets the first one's address."""
        first = make.call(slug="paniers")
        drawn = iter(["paniers", "paniers-2"])
        monkeypatch.setattr(actions, "free_slug", lambda title: next(drawn))
        monkeypatch.setattr(actions, "_check", lambda call: None)
        second = make.call(envelopes=[first.envelopes.get()], slug="")
        assert second.slug == "paniers-2"
        with pytest.raises(actions.CallRefused, match="vient de prendre"):
            make.call(envelopes=[first.envelopes.get()], slug="paniers")

    def test_questions_are_added_moved_changed_and_removed(self):
        call = make.call(published=False)
        axis = questions.add_question(
            actor=None, call=call, label="Quel axe ?", kind="choice", options=["PAT", "Autre"]
        )
        which = questions.add_question(
            actor=None,
            call=call,
            label="Quel PAT ?",
            kind="text",
            shown_when_code=axis.code,
            shown_when_value="PAT",
        )
        free = questions.add_question(actor=None, call=call, label="Quel axe ?", kind="number")
        assert [row.code for row in call.questions.all()] == [
            "quel-axe",
            "quel-pat",
            "quel-axe-2",
        ]
        with pytest.raises(actions.CallRefused, match="ne vient pas avant"):
            questions.move_question(actor=None, question=which, up=True)
        questions.move_question(actor=None, question=free, up=True)
        questions.move_question(actor=None, question=free, up=True)
        questions.move_question(actor=None, question=free, up=True)
        assert [row.code for row in call.questions.all()] == [
            "quel-axe-2",
            "quel-axe",
            "quel-pat",
        ]
        axis.refresh_from_db()
        with pytest.raises(actions.CallRefused, match="attend une réponse"):
            questions.change_question(actor=None, question=axis, options=["Oui", "Non"])
        axis.refresh_from_db()
        with pytest.raises(actions.CallRefused, match="attend la réponse"):
            questions.remove_question(actor=None, question=axis)
        which.refresh_from_db()
        questions.remove_question(actor=None, question=which)
        axis.refresh_from_db()
        questions.remove_question(actor=None, question=axis)
        assert [row.position for row in call.questions.all()] == [1]

    def test_a_question_is_never_named_like_a_page(self):
        call = make.call(published=False)
        asked = questions.add_question(actor=None, call=call, label="Ajouter", kind="text")
        assert asked.code == "ajouter-2"

    def test_the_grid_is_rewritten_and_says_so(self):
        call = make.call(published=False)
        kept = call.criteria.first()
        rows = [
            Row(kept.pk, "Précarité", "", 3, 2, ("non", "un peu", "oui")),
            Row(None, "Écologie", "Sols vivants", 1, 4),
        ]
        set_grid(actor=None, call=call, rows=rows)
        found = [(row.code, row.label, row.weight, row.levels) for row in call.criteria.all()]
        assert found == [
            ("C1", "Précarité", 3, ["non", "un peu", "oui"]),
            ("C2", "Écologie", 1, []),
        ]
        assert kept.parts.exists()
        call.refresh_from_db()
        assert call.grid_version == "2026-11 modifiée"

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            (Row(None, "x", "", 1, 4, ("un", "deux")), "5 mots"),
            (Row(None, "x", "", 0, 4), "poids"),
            (Row(None, "x", "", 1, 99), "note maximale"),
            (Row(999_999, "x", "", 1, 4), "Rechargez"),
        ],
    )
    def test_a_wrong_grid_is_refused(self, row, words):
        call = make.call(published=False)
        with pytest.raises(actions.CallRefused, match=words):
            set_grid(actor=None, call=call, rows=[row])
        assert call.criteria.count() == 6

    def test_a_region_is_read_by_its_desk_and_the_others_by_the_national_one(self):
        call = make.call(published=False)
        north, south = make.place("62").department, make.place("13").department
        service = make.organisation("DREETS du Nord", kind="state")
        chosen = {Region.objects.get(code="32"): service, None: make.state()}
        desks.set_desks(actor=None, call=call, desks=chosen)
        assert desks.desk_of(call, north).organisation == service
        assert desks.desk_of(call, south).organisation == make.state()
        assert desks.desk_of(call, None).organisation == make.state()
        with pytest.raises(actions.CallRefused, match="service de l'État"):
            desks.set_desks(actor=None, call=call, desks={None: make.organisation()})

    def test_the_same_paper_is_not_asked_twice(self):
        call = make.call(published=False)
        twice = [Paper(kind="other", label="Devis"), Paper(kind="other", label="Devis")]
        with pytest.raises(actions.CallRefused, match="deux fois"):
            desks.set_papers(actor=None, call=call, papers=twice)


@pytest.mark.django_db
class TestPublished:
    def test_a_short_call_says_why_to_everyone(self):
        soon = {"opens_at": make.OPENS, "closes_at": make.OPENS + timedelta(days=21)}
        call = make.call(published=False, **soon)
        with pytest.raises(actions.CallNotReady, match="moins de 30 jours") as refusal:
            actions.publish(call=call, actor=None, now=make.OPENS)
        assert refusal.value.field == "short_reason"
        reason = "Crédits de fin d'année."
        actions.publish(call=call, actor=None, now=make.OPENS, short_reason=reason)
        assert Call.objects.get(pk=call.pk).short_reason == reason

    def test_the_seal_is_the_digest_of_the_public_rules(self):
        call = make.call(kind_template="local")
        fresh = Call.objects.get(pk=call.pk)
        text = canonical(rules_of(fresh))
        assert hashlib.sha256(text).hexdigest() == fresh.grid_digest
        told = json.loads(text)
        assert len(told["criteria"]) == 6
        assert told["questions"][0]["code"] == "axe"
        other = make.call()
        assert other.grid_digest != fresh.grid_digest

    def test_the_database_refuses_what_the_actions_refuse(self):
        call = make.call(kind_template="local")
        draft = make.call(published=False, kind_template="local")
        moved = {"call_id": call.pk}
        criterion = draft.criteria.first()
        writes = [
            lambda: call.papers.update(label="autre"),
            lambda: call.questions.update(required=False),
            lambda: Paper.objects.create(call=call, position=9, kind="other", label="x"),
            lambda: Question.objects.create(call=call, position=9, code="x", kind="text"),
            lambda: Desk.objects.create(call=call, organisation=make.state()),
            lambda: Call.objects.filter(pk=call.pk).update(watch=[]),
            lambda: Call.objects.filter(pk=call.pk).update(grid_digest=""),
            # A row of a draft does not slip into a published call.
            lambda: draft.papers.filter(kind="statutes").update(position=9, label="y", **moved),
            lambda: Criterion.objects.filter(pk=criterion.pk).update(code="C9", **moved),
            lambda: call.envelopes.through.objects.filter(call=call).update(call_id=draft.pk),
        ]
        for rank, write in enumerate(writes):
            with pytest.raises(DatabaseError, match="publié"), transaction.atomic():
                write()
                pytest.fail(f"write {rank} went through")

    def test_without_the_triggers_the_same_writes_go_through(self):
        """The negative control: it is the triggers that refuse."""
        from django.db import connection

        call = make.call(kind_template="local")
        found = rules(connection.vendor)
        with connection.cursor() as cursor:
            for sql in release(connection.vendor, found):
                cursor.execute(sql)
            assert call.questions.update(required=False) > 0
            Paper.objects.create(call=call, position=9, kind="other", label="x")
            for sql in protect(connection.vendor, found):
                cursor.execute(sql)
        with pytest.raises(DatabaseError, match="publié"), transaction.atomic():
            call.questions.update(required=True)

    def test_a_draft_changes_in_every_table(self):
        """The other control: nothing refuses what is not published."""
        call = make.call(published=False, kind_template="local")
        assert call.papers.update(required=False) > 0
        assert call.questions.update(required=False) > 0
        assert Call.objects.filter(pk=call.pk).update(watch=[]) == 1

    def test_every_rule_action_refuses_a_published_call(self):
        call = make.call(kind_template="local")
        asked = call.questions.first()
        for change in (
            lambda: questions.add_question(actor=None, call=call, label="x", kind="text"),
            lambda: questions.change_question(actor=None, question=asked, label="y"),
            lambda: questions.move_question(actor=None, question=asked, up=False),
            lambda: questions.remove_question(actor=None, question=asked),
            lambda: set_grid(actor=None, call=call, rows=[Row(None, "x", "", 1, 4)]),
            lambda: desks.set_papers(actor=None, call=call, papers=[]),
            lambda: desks.set_desks(actor=None, call=call, desks={}),
            lambda: actions.change_call(actor=None, call=call, closes_at=make.CLOSES),
        ):
            with pytest.raises(actions.CallFrozen):
                change()

    def test_a_notice_is_added_and_never_changes(self):
        author = make.user()
        call = make.call()
        notice = publish_notice(actor=author, call=call, text=" Précision. ", now=make.NOW)
        assert notice.text == "Précision."
        with pytest.raises(DatabaseError, match="avis"), transaction.atomic():
            call.notices.update(text="Autre chose")
        with pytest.raises(actions.CallRefused, match="Écrivez"):
            publish_notice(actor=author, call=call, text="  ", now=make.NOW)
        draft = make.call(published=False)
        with pytest.raises(actions.CallRefused, match="n'est pas publié"):
            publish_notice(actor=author, call=draft, text="x", now=make.NOW)

    def test_a_copy_has_the_same_rules_and_is_a_draft(self):
        call = make.call(kind_template="local")
        later = timedelta(days=365)
        new = copy_call(
            actor=None,
            call=call,
            title=call.title,
            opens_at=call.opens_at + later,
            closes_at=call.closes_at + later,
            first_year=2028,
            last_year=2029,
        )
        assert new.published_at is None
        assert new.slug != call.slug
        before, after = rules_of(call), rules_of(new)
        changed = {name for name in before if before[name] != after[name]}
        assert changed == {"opens_at", "closes_at", "first_year", "last_year"}


@pytest.mark.django_db
def test_an_older_call_keeps_the_papers_every_file_had_to_join():
    """What the migration writes on a published call of release 0.1.0; the triggers come back."""
    import importlib
    from types import SimpleNamespace

    from django.apps import apps
    from django.db import connection

    draft = make.call(published=False)
    draft.papers.all().delete()
    older = actions.publish(call=draft, actor=None, now=make.OPENS)
    newer = make.call(kind_template="local")
    name = "ensemblier.fund.calls.migrations.0004_papers_of_older_calls"
    with connection.cursor() as cursor:
        # SQLite has no schema editor inside a test; the migration only asks it to execute.
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        importlib.import_module(name).ask(apps, editor)
    assert [row.kind for row in older.papers.all()] == ["statutes", "accounts", "bank_details"]
    assert newer.papers.count() == 5
    with pytest.raises(DatabaseError, match="publié"), transaction.atomic():
        older.papers.update(required=False)
