"""Files: pages saved without overwriting, completeness, sending once, and what is refused."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from ensemblier.base.files.models import StoredFile
from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import Role
from ensemblier.fund.applications import actions
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.applications.rules import NAMES
from tests import factories_fund as make

pytestmark = pytest.mark.django_db
NOW = make.NOW


@pytest.fixture(autouse=True)
def files_apart(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def events(application: Application, action: str) -> int:
    return Event.objects.filter(action=action, subject=f"application:{application.pk}").count()


def save(row: Application, step: str, version: int | None = None, page: str = "", **values):
    return actions.save_step(
        application=row,
        step=step,
        values=values,
        version=row.version if version is None else version,
        actor=row.created_by,
        page=page,
    )


# Starting


def test_a_draft_takes_the_next_number_of_the_year_and_the_commune_of_its_organisation():
    first, second = make.draft(), make.draft()
    assert first.number == "2027-00001"
    assert second.number == "2027-00002"
    assert first.department_id == "62"
    assert first.state == State.DRAFT
    assert events(first, "application.start") == 1


def test_a_draft_may_start_from_a_sheet():
    by = make.organisation()
    actor = make.user(Role.APPLICANT, by)
    row = actions.start(
        actor=actor,
        organisation=by,
        call=make.call(),
        title="Comme à Audruicq",
        now=NOW,
        from_sheet={"slug": "fiche-05", "projet": {"links": ["production"], "length": "local"}},
    )
    assert (row.sheet_slug, row.links, row.length) == ("fiche-05", ["production"], "local")


def test_starting_needs_a_mandate_a_title_and_an_open_call():
    by, call = make.organisation(), make.call()
    member = make.user(Role.APPLICANT, by)
    arguments = {"organisation": by, "call": call, "title": "Titre", "now": NOW}
    for stranger in (make.user(), make.user(Role.APPLICANT), make.user(Role.INSTRUCTOR, by)):
        with pytest.raises(actions.NoMandate, match="Demandez une invitation"):
            actions.start(actor=stranger, **arguments)
    with pytest.raises(actions.InvalidStep, match="titre"):
        actions.start(actor=member, **{**arguments, "title": "  "})
    with pytest.raises(actions.CallClosed, match="a fermé le"):
        actions.start(actor=member, **{**arguments, "now": call.closes_at})
    with pytest.raises(actions.CallClosed, match="ouvre le"):
        actions.start(actor=member, **{**arguments, "now": call.opens_at - timedelta(seconds=1)})


def test_a_mandate_that_ended_gives_nothing():
    by = make.organisation()
    past = make.user(Role.REPRESENTATIVE, by, ends=NOW.date() - timedelta(days=1))
    with pytest.raises(actions.NoMandate):
        make.draft(by=by, actor=past)


# Saving


def test_a_saved_page_comes_back_as_it_was_typed():
    row = save(make.draft(), "projet", **make.STEPS["projet"])
    row = Application.objects.get(pk=row.pk)
    assert row.links == ["production", "distribution"]
    assert row.quality == make.STEPS["projet"]["quality"]
    assert row.version == 2


def test_two_tabs_on_the_same_page_never_overwrite_each_other():
    row = make.draft()
    opened = row.version
    save(row, "projet", opened, title="Titre du premier")
    with pytest.raises(actions.StaleVersion) as stale:
        save(row, "projet", opened, title="Titre du second")
    assert stale.value.saved["title"] == "Titre du premier"
    assert stale.value.yours["title"] == "Titre du second"
    row.refresh_from_db()
    assert row.title == "Titre du premier"
    save(row, "projet", stale.value.version, title="Titre choisi")
    row.refresh_from_db()
    assert row.title == "Titre choisi"


def test_two_people_on_different_pages_do_not_disturb_each_other():
    row = make.draft()
    opened = row.version
    save(row, "projet", opened, title="Autre titre")
    save(row, "publics", opened, needs="Des légumes frais")
    row.refresh_from_db()
    assert (row.title, row.needs) == ("Autre titre", "Des légumes frais")


def test_one_open_page_saves_itself_as_often_as_it_likes():
    row = make.draft()
    opened = row.version
    for text in ("Titre A", "Titre AB", "Titre ABC"):
        save(row, "projet", opened, page="onglet-1", title=text)
    assert row.title == "Titre ABC"
    with pytest.raises(actions.StaleVersion):
        save(row, "projet", opened, page="onglet-2", title="Autre")


def test_saving_the_same_content_changes_nothing():
    row = save(make.draft(), "projet", title="Titre")
    version = row.version
    save(row, "projet", 1, title="Titre")
    assert row.version == version


def test_autosave_leaves_one_line_in_the_journal():
    row = make.draft()
    for rank in range(5):
        save(row, "projet", title=f"Titre {rank}")
    assert events(row, "application.save") == 1
    save(row, "publics", needs="Des légumes")
    assert events(row, "application.save") == 2


@pytest.mark.parametrize(
    ("step", "values", "field"),
    [
        ("projet", {"stage": "other"}, "stage"),
        ("projet", {"title": ""}, "title"),
        ("projet", {"title": "x" * 161}, "title"),
        ("publics", {"people_count": "beaucoup"}, "people_count"),
        ("partenaires", {"partners": [{"name": "CCAS", "sector": "other"}]}, "sector"),
        ("modele", {"effects": [{"effect": "", "certainty": "asked"}]}, "effect"),
    ],
)
def test_a_page_refuses_what_it_cannot_hold(step, values, field):
    row = make.draft()
    with pytest.raises(actions.InvalidStep) as refusal:
        save(row, step, **values)
    assert refusal.value.field == field
    row.refresh_from_db()
    assert row.version == 1


def test_a_page_refuses_words_outside_its_lists():
    with pytest.raises(ValueError, match="nothing"):
        save(make.draft(), "projet", links=["nothing"])


def test_the_department_follows_the_commune():
    row = save(make.draft(), "territoire", commune=make.place("25"))
    assert row.department_id == "25"
    assert save(row, "territoire", commune=None).department_id is None


def test_a_budget_line_must_be_in_the_form_and_in_whole_euros():
    row = make.draft()
    arguments = {"application": row, "version": 1, "actor": row.created_by}
    for line in (
        {"side": "charge", "code": "74D", "amount_cents": 100},
        {"side": "charge", "code": "60", "amount_cents": 150},
        {"side": "other", "code": "60", "amount_cents": 100},
    ):
        with pytest.raises(actions.InvalidStep):
            actions.set_budget_lines(lines=[line], **arguments)


def test_the_database_refuses_cents_in_a_budget():
    row = make.draft()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.lines.create(side="charge", code="60", label="Achats", amount_cents=150)


def test_the_fund_takes_the_gap_when_the_rules_allow():
    row = make.complete()
    lines = [line | {"amount_cents": 33_200_00} if line["code"] == "64" else line
             for line in make.LINES]  # fmt: skip
    actor = row.created_by
    actions.set_budget_lines(application=row, lines=lines, version=row.version, actor=actor)
    assert [gap.field for gap in actions.gaps(row)] == ["gap"]
    actions.balance_with_the_fund(application=row, version=row.version, actor=actor)
    assert actions.gaps(row) == []
    asked = {(part.expense_class, part.amount_cents) for part in row.asked.all()}
    assert asked == {("engineering", 21_200_00), ("operation", 10_000_00)}


def test_the_fund_does_not_take_a_gap_beyond_its_rules():
    row = make.draft()
    lines = [{"side": "charge", "code": "64", "amount_cents": 10_000_00}]
    actor = row.created_by
    actions.set_budget_lines(application=row, lines=lines, version=row.version, actor=actor)
    with pytest.raises(actions.CannotBalance):
        actions.balance_with_the_fund(application=row, version=row.version, actor=actor)
    assert not row.asked.exists()


# Papers


def test_a_paper_is_kept_with_its_digest_and_leaves_until_the_file_is_sent():
    row = make.draft()
    paper = actions.attach(
        application=row, kind="statutes", checked=make.paper(), actor=row.created_by
    )
    assert paper.file.organisation_id == row.organisation_id
    actions.detach(attachment=paper, actor=row.created_by)
    assert not row.attachments.exists()
    assert not StoredFile.objects.filter(about=f"application:{row.pk}").exists()


def test_a_paper_already_sent_stays():
    row = make.filed()
    with pytest.raises(actions.NotEditable):
        actions.detach(attachment=row.attachments.first(), actor=row.created_by)
    with pytest.raises(actions.NotEditable):
        actions.attach(application=row, kind="other", checked=make.paper(), actor=row.created_by)


# Completeness


def test_an_empty_draft_lacks_something_on_every_page():
    found = actions.gaps(make.draft())
    assert {gap.step for gap in found} == set(NAMES) - {"questions"}  # this call asks none
    assert [gap.field for gap in found if gap.step == "territoire"] == ["territory_note"]
    pages = [name for name in NAMES if name != "questions"]
    assert list(dict.fromkeys(gap.step for gap in found)) == pages
    assert all(gap.sentence.endswith((".", "?")) for gap in found)


def test_a_complete_draft_lacks_nothing():
    assert actions.gaps(make.complete()) == []


@pytest.mark.parametrize(
    ("step", "field", "empty"),
    [
        (step, field, empty)
        for step, fields in {
            "projet": {"summary": "", "stage": "", "links": [], "length": "", "quality": ""},
            "publics": {
                "publics": [],
                "people_count": None,
                "needs": "",
                "participation": "",
                "participation_how": "",
            },
            "territoire": {"commune": None, "territory_note": ""},
            "partenaires": {"partners": []},
            "modele": {"model_path": "", "effects": []},
            "envoi": {"accepts_commitments": False},
        }.items()
        for field, empty in fields.items()
    ],
)
def test_each_thing_left_out_is_told_with_its_page(step, field, empty):
    row = save(make.complete(), step, **{field: empty})
    assert [(gap.step, gap.field) for gap in actions.gaps(row)] == [(step, field)]


def test_a_public_body_has_no_statutes_to_join():
    row = make.draft(by=make.organisation(kind="public"))
    assert "statutes" not in {gap.field for gap in actions.gaps(row)}
    assert "statutes" in {gap.field for gap in actions.gaps(make.draft())}
