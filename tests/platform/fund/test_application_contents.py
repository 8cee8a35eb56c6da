"""What a file says beyond its first lines: publics, means, group, frames, path, answers, papers."""

from datetime import date

import pytest
from django.template import Context, Template
from django.urls import reverse
from django.utils import timezone

from ensemblier.fund.applications import actions, answers, showing
from ensemblier.fund.applications.models import Application, Certainty, Effect
from ensemblier.fund.applications.path import from_budget
from ensemblier.fund.applications.reading import filled, with_papers
from ensemblier.fund.applications.report import examples, funders
from ensemblier.fund.applications.tables import ALL
from ensemblier.fund.calls.models import Paper, Question
from tests import factories_fund as make
from tests.factories_applications import (  # noqa: F401
    HTMX,
    draft,
    files_apart,
    ready,
    rows,
    step,
    text,
)
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
PAGE = {"version": 1, "page": "a"}


def save(row: Application, name: str, **values) -> Application:
    return actions.save_step(
        application=row, step=name, values=values, version=row.version, actor=row.created_by
    )


def gaps_of(row: Application, name: str) -> list[str]:
    return [gap.sentence.replace("\u00a0", " ") for gap in actions.gaps(row) if gap.step == name]


def call_that_asks(**fields):
    """A call with two questions, the second on a condition, and two papers of its own."""
    now = timezone.now()
    call = make.call_open_now(published=False, **fields)
    ask = {"call": call, "required": True}
    Question.objects.create(
        position=1, code="outre-mer", label="Agissez-vous outre-mer ?", kind="choice",
        options=["oui", "non"], **ask,
    )  # fmt: skip
    Question.objects.create(
        position=2, code="version", label="Combien d'îles ?", kind="number",
        shown_when_code="outre-mer", shown_when_value="oui", **ask,
    )  # fmt: skip
    Question.objects.create(
        position=3, code="plan", label="Votre plan d'approvisionnement", kind="file", **ask
    )
    Paper.objects.create(call=call, position=90, kind="quote", label="devis du camion")
    Paper.objects.create(call=call, position=91, kind="other", label="lettre du maire")
    type(call).objects.filter(pk=call.pk).update(published_at=now)
    call.refresh_from_db()
    return call


# Publics


def test_each_public_has_its_number_and_the_total_is_added_up(client, draft):
    sign_in(client, draft.created_by)
    sent = {"publics": ["edge"], "people_edge": "120", "people_emergency": "30"}
    assert client.post(step(draft, "publics"), {**sent, **PAGE}).status_code == 302
    draft.refresh_from_db()
    assert draft.publics == ["edge", "emergency"]  # a number ticks its box
    assert (draft.people_edge, draft.people_emergency, draft.people_count) == (120, 30, 150)
    assert showing.publics(draft)[0][1] == 120


def test_a_total_smaller_than_one_public_is_told_and_kept(client, draft):
    sign_in(client, draft.created_by)
    sent = {"publics": ["edge"], "people_edge": "120", "people_count": "80", **PAGE}
    response = client.post(step(draft, "publics"), sent)
    assert response.status_code == 422
    assert "Le total (80) est plus petit que l'un des publics (120)." in text(response)
    assert 'value="80"' in text(response)


def test_with_one_public_its_number_is_not_asked_twice():
    row = save(make.complete(), "publics", publics=["edge"], people_edge=None)
    assert gaps_of(row, "publics") == []
    row = save(row, "publics", publics=["edge", "emergency"], people_edge=12)
    assert gaps_of(row, "publics") == ["Donnez le nombre de personnes aidées dans l'urgence."]


# Participation and its means


def test_participation_without_means_is_not_complete():
    row = save(make.complete(), "publics", means=[])
    assert "Dites ce qui permet aux personnes de participer" in gaps_of(row, "publics")[0]
    row = save(row, "publics", participation="informed")
    assert gaps_of(row, "publics") == []


def test_the_cost_of_participation_is_found_in_the_budget():
    means = [
        {"label": "Animation", "code": "64", "amount_cents": 30_000_00},
        {"label": "Trajets", "code": "64", "amount_cents": 3_000_00},
    ]
    row = save(make.complete(), "publics", means=means)
    assert gaps_of(row, "publics") == [
        "La participation coûte 33 000 € sur la ligne 64 du budget, qui n'en compte que 32 000 € : "
        "complétez le budget, ou corrigez ce coût."
    ]
    row = save(row, "publics", means=means[:1])
    assert gaps_of(row, "publics") == []


def test_a_cost_names_its_line_of_the_budget(client, draft):
    sign_in(client, draft.created_by)
    sent = rows("means", {"label": "Trajets", "amount_cents": "300", "code": ""})
    response = client.post(step(draft, "publics"), {**sent, **PAGE})
    assert response.status_code == 422
    assert "Choisissez la ligne du budget qui paie ce coût." in text(response)
    assert not draft.means.exists()
    sent = rows("means", {"label": "Trajets", "amount_cents": "300", "code": "62"})
    client.post(step(draft, "publics"), {**sent, **PAGE, "version": 9})
    assert draft.means.get().amount_cents == 300_00


# Who with


def test_the_eight_links_show_who_is_missing(client, draft):
    sign_in(client, draft.created_by)
    sent = rows(
        "partners", {"name": "CPTS", "sector": "health", "since": "2021", "role": "atelier"}
    )
    assert client.post(step(draft, "partenaires"), {**sent, **PAGE}).status_code == 302
    found = {label: [row.name for row in who] for label, who in showing.ecosystem(draft)}
    assert len(found) == 8
    assert found["santé"] == ["CPTS"]
    assert found["aménagement du territoire"] == []
    page = text(client.get(reverse("applications:detail", args=[draft.number])))
    assert "CPTS, depuis 2021 : atelier" in page


@pytest.mark.parametrize("year", ["21", "l'an dernier", "3021"])
def test_a_year_is_written_in_four_digits(client, draft, year):
    sign_in(client, draft.created_by)
    sent = rows("partners", {"name": "CPTS", "sector": "health", "since": year, "role": ""})
    response = client.post(step(draft, "partenaires"), {**sent, **PAGE})
    assert response.status_code == 422
    assert "Écrivez l'année en quatre chiffres" in text(response)


def test_a_member_of_the_group_has_a_siret_that_is_right(client, draft):
    sign_in(client, draft.created_by)
    good = make.siret(41_000_001)
    wrong = {"name": "La Ferme", "siret": good[:-1] + str((int(good[-1]) + 1) % 10), "role": "x"}
    response = client.post(step(draft, "partenaires"), {**rows("group_members", wrong), **PAGE})
    assert response.status_code == 422
    assert "sa clé de contrôle est fausse" in text(response)
    spaced = f"{good[:3]} {good[3:6]} {good[6:9]} {good[9:]}"
    right = rows("group_members", {**wrong, "siret": spaced})
    client.post(step(draft, "partenaires"), {**right, **PAGE, "version": 9})
    assert draft.group_members.get().siret == good


def test_each_member_of_the_group_sends_a_letter():
    member = {"name": "La Ferme", "siret": make.siret(41_000_002), "role": "cultive"}
    row = save(make.complete(), "partenaires", group_members=[member])
    assert gaps_of(row, "pieces") == ["Joignez la lettre de « La Ferme », membre du groupement."]
    actions.attach(
        application=row, kind="partner_letter", about="La Ferme", checked=make.paper(),
        actor=row.created_by,
    )  # fmt: skip
    assert gaps_of(row, "pieces") == []


def test_frames_and_pooled_expenses_are_read(client, draft):
    save(draft, "territoire", frames=[
        {"kind": "pat", "name": "PAT d'Audruicq", "role": "membre", "follows": True}
    ])  # fmt: skip
    save(draft, "partenaires", poolings=[
        {"what": "Un camion froid", "with_whom": "L'épicerie", "gain": "300 € par mois"}
    ])  # fmt: skip
    sign_in(client, draft.created_by)
    page = text(client.get(reverse("applications:detail", args=[draft.number])))
    assert "PAT d'Audruicq" in page
    assert 'data-label="Suivra le projet">oui' in page
    assert "Un camion froid" in page
    assert "300 € par mois" in page


# The model


def test_the_path_is_typed_year_by_year_and_drawn(client, draft):
    sign_in(client, draft.created_by)
    sent = {"fund-2027": "20 000", "sales-2027": "5 000", "sales-2031": "40 000", **PAGE}
    assert client.post(step(draft, "modele"), sent).status_code == 302
    assert sorted(draft.path.values_list("year", "nature", "amount_cents")) == [
        (2027, "fund", 20_000_00),
        (2027, "sales", 5_000_00),
        (2031, "sales", 40_000_00),
    ]
    page = text(client.get(reverse("applications:detail", args=[draft.number])))
    assert "Le fonds paie 80 % des ressources en 2027, et plus rien en 2031." in page


def test_an_amount_of_the_path_that_cannot_be_read_keeps_the_one_saved(client, draft):
    save(draft, "modele", path=[{"year": 2027, "nature": "fund", "amount_cents": 9_000_00}])
    sign_in(client, draft.created_by)
    sent = {"fund-2027": "beaucoup", "sales-2027": "5 000", **PAGE, "version": 9}
    response = client.post(step(draft, "modele"), sent)
    assert response.status_code == 422
    assert "« beaucoup » n'est pas un montant." in text(response)
    assert set(draft.path.values_list("nature", "amount_cents")) == {
        ("fund", 9_000_00),
        ("sales", 5_000_00),
    }


def test_the_budget_fills_the_first_year_and_a_refused_resource_does_not():
    call = make.call_open_now(last_year=2027)
    row = make.complete(of=call, now=timezone.now())
    found = {r["nature"]: r["amount_cents"] for r in from_budget(row) if r["year"] == 2027}
    assert found == {"fund": 30_000_00, "sales": 12_000_00, "local": 8_000_00}
    row.lines.filter(code="74D").update(certainty=Certainty.REFUSED)
    row = Application.objects.get(pk=row.pk)
    assert "local" not in {r["nature"] for r in from_budget(row)}


def test_an_old_project_is_pointed_out_by_the_rule_of_the_report():
    row = save(make.draft(), "projet", stage="seeding", starts_on=date(2010, 5, 1))
    assert "plus de 5 ans" in showing.stage_note(row)
    assert showing.stage_note(save(row, "projet", starts_on=timezone.localdate())) == ""


# The top-up on the page


def test_a_refused_resource_pays_nothing_in_the_budget():
    row = make.complete()
    assert gaps_of(row, "budget") == []
    row.lines.filter(code="74D").update(certainty=Certainty.REFUSED)
    row = Application.objects.get(pk=row.pk)
    assert "Il manque 8 000 € pour équilibrer" in gaps_of(row, "budget")[0]


def test_the_request_is_compared_with_the_top_up_and_names_who_to_ask(client):
    row = make.complete(of=make.call_open_now(), now=timezone.now())
    sign_in(client, row.created_by)
    page = text(client.get(step(row, "demande")))
    assert "il manque 30 000 €. Vous demandez 30 000 € au fonds : c'est exactement" in page
    assert "Agence régionale de santé (ARS)" in page
    assert "tableau des effets utiles" in page
    row.asked.filter(expense_class="operation").update(amount_cents=12_000_00)
    page = text(client.get(step(row, "demande")))
    assert "Demandez 2 000 € de moins" in page


# The call's own questions and papers


def test_words_on_access_dignity_and_situations_are_read(client, draft):
    said = {
        "access_how": "Trois prix selon les revenus.",
        "dignity_how": "Chacun choisit ; tous cuisinent ensemble.",
        "situations": ["isolated"],
    }
    save(draft, "publics", **said)
    save(draft, "projet", qualities=["fresh", "agroecological"])
    save(
        draft,
        "modele",
        model_work="Une salariée, payée par la vente.",
        model_value="Légumes",
        model_governance="Les bénévoles et les personnes accueillies votent.",
    )
    sign_in(client, draft.created_by)
    page = text(client.get(reverse("applications:detail", args=[draft.number])))
    for words in (
        "Trois prix selon les revenus.",
        "Chacun choisit ; tous cuisinent ensemble.",
        "Personnes isolées",
        "Frais, issus de l'agroécologie",
        "Qui fait le travail, et qui le paie",
        "Une salariée, payée par la vente.",
        "Les bénévoles et les personnes accueillies votent.",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("effect", "word"),
    [
        ("health", "ARS"),
        ("social_link", "Stratégie pauvreté"),
        ("environment", "PNA"),
        ("territorial_solidarity", "ANCT"),
        ("employment", "DDETS"),
    ],
)
def test_each_pair_of_the_report_may_be_asked(effect, word):
    names = [row.name for row in funders() if row.effect == effect]
    assert any(word in name for name in names)


def test_the_seven_effects_of_the_drawing_may_be_chosen():
    drawing = {
        "health", "democratisation", "relocalisation", "greening", "skills", "social_link",
        "local_activities",
    }  # fmt: skip
    assert drawing <= set(Effect.values)
    assert {row.effect for row in funders()} == set(Effect.values)
    assert all(row.source for row in funders())


@pytest.mark.parametrize(
    ("expense_class", "words"),
    [
        (
            "engineering",
            ["commandes", "factures", "coordonner", "bénévoles", "financeurs", "bilan"],
        ),
        ("operation", ["informer", "former", "services sociaux"]),
        ("support", ["participent", "transporter", "cuisiner"]),
        ("food_purchase", ["prix juste"]),
        (
            "investment",
            ["cuisine", "camion", "en ville", "emballer moins", "tournées", "date limite"],
        ),
    ],
)
def test_each_class_of_expenses_has_the_examples_of_the_report(client, draft, expense_class, words):
    told = " ".join(examples(expense_class))
    assert all(word in told for word in words)
    sign_in(client, draft.created_by)
    page = text(client.get(step(draft, "demande")))
    assert examples(expense_class)[0] in page


# Reading


def test_one_query_reads_every_small_row_as_the_tables_hold_it(django_assert_num_queries):
    row = make.complete(of=call_that_asks(), now=timezone.now())
    row = save(row, "questions", answers={"outre-mer": "oui"})
    files = files_of(row, make.complete())
    with django_assert_num_queries(1):
        files = filled(files)
    for file in files:
        fresh = Application.objects.get(pk=file.pk)
        for table in ALL:
            assert table.rows(file) == table.rows(fresh), table.name
        assert answers.read(file) == answers.read(fresh)


def files_of(*found: Application) -> list[Application]:
    return [Application.objects.get(pk=row.pk) for row in found]


def test_no_file_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert filled([]) == []
    assert list(with_papers(Application.objects.none())) == []


def test_a_whole_file_is_read_and_filled_in_few_queries(client, django_assert_max_num_queries):
    row = make.complete(of=call_that_asks(), now=timezone.now())
    row = save(row, "questions", answers={"outre-mer": "oui"})
    sign_in(client, row.created_by)
    client.get(reverse("applications:mine"))  # the session is written once
    with django_assert_max_num_queries(15):
        client.get(reverse("applications:detail", args=[row.number]))
    with django_assert_max_num_queries(15):
        client.get(reverse("applications:mine"))
    for name in ("publics", "modele", "demande", "questions"):
        with django_assert_max_num_queries(15):
            client.get(step(row, name))


def test_the_desk_reads_the_top_up_the_path_and_the_answers():
    row = make.complete(of=call_that_asks(), now=timezone.now())
    row = save(row, "questions", answers={"outre-mer": "oui", "version": "3"})
    shown = Template("{% load applications %}{% for_desk row %}").render(Context({"row": row}))
    page = shown.replace("\u00a0", " ").replace("&#x27;", "'")
    assert "il manque 30 000 €" in page
    assert "plus rien en 2031" in page
    assert "Animation du comité : 2 000 € (ligne 64)" in page
    assert "Combien d'îles ?" in page
