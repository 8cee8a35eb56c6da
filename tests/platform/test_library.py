"""The library: loading, searching, filtering, reading; on both databases."""

import re
import shutil
from pathlib import Path

import pytest
from django.test import Client

from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import Organisation, Role, User
from ensemblier.fund.applications.actions import start
from ensemblier.fund.applications.models import Application
from ensemblier.library.actions import UnknownDepartment, load_sheets
from ensemblier.library.drafts import draft_from
from ensemblier.library.files import SHEETS
from ensemblier.library.models import Sheet
from ensemblier.library.related import neighbours
from ensemblier.library.stems import stems
from ensemblier.library.views import PARTS
from tests import factories_fund as fund
from tests.factories_library import make_departments, make_library
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> None:
    make_library()


def numbers(response: object) -> list[int]:
    """Numbers of the sheets listed on a page, in order."""
    html = response.content.decode()  # type: ignore[attr-defined]
    results = html.split('id="resultats"')[1].split('id="carte"')[0]
    return [int(number) for number in re.findall(r"Fiche (\d+)</p>", results)]


class TestLoading:
    def test_twice_writes_once(self) -> None:
        make_departments()
        assert load_sheets() == (25, 0, 0)
        before = Event.objects.count()
        assert load_sheets() == (0, 0, 25)
        assert Event.objects.count() == before

    def test_a_changed_file_changes_its_sheet_only(self, library: None, tmp_path: Path) -> None:
        copied = tmp_path / "sheets"
        shutil.copytree(SHEETS, copied)
        file = copied / "07-paniers-de-l-enregado.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('price_forms = ["free"]', 'price_forms = ["cost_price"]'))
        assert load_sheets(folder=copied) == (0, 1, 24)
        seven = Sheet.objects.get(number=7)
        assert [row.form for row in seven.prices.all()] == ["cost_price"]
        assert seven.links.count() == 2 and seven.figures.count() == 3

    def test_without_territories_it_says_what_to_do(self) -> None:
        with pytest.raises(UnknownDepartment, match="Chargez d'abord les territoires"):
            load_sheets()
        assert Sheet.objects.count() == 0


class TestSearching:
    def test_words_meet_whatever_their_accent_number_or_case(self) -> None:
        assert stems("Légumes") == stems("legume") == stems("LÉGUME") == ["legum"]
        assert stems("les œufs de l'épicerie") == stems("oeuf epiceries")
        assert stems("de la des") == []

    @pytest.mark.parametrize("typed", ["legume", "légumes", "LEGUMES"])
    def test_legume_finds_legumes(self, library: None, client: Client, typed: str) -> None:
        found = numbers(client.get("/fiches/", {"q": typed}))
        assert {1, 6, 7} <= set(found) and 23 not in found

    def test_every_word_is_needed_and_the_title_comes_first(
        self, library: None, client: Client
    ) -> None:
        assert numbers(client.get("/fiches/", {"q": "poisson"}))[0] == 25
        assert numbers(client.get("/fiches/", {"q": "poisson surgelé portions"})) == [25]
        assert numbers(client.get("/fiches/", {"q": "poisson lait"})) == []
        assert numbers(client.get("/fiches/", {"q": "lait"}))[0] == 23

    def test_empty_words_are_explained(self, library: None, client: Client) -> None:
        page = client.get("/fiches/", {"q": "de la"})
        assert "trop courants" in page.content.decode()
        assert len(numbers(page)) == 25

    @pytest.mark.parametrize("typed", ["%", "_", "'; drop", "<b>gras</b>", "\x00", "é" * 130])
    def test_hostile_words_do_no_harm(self, library: None, client: Client, typed: str) -> None:
        page = client.get("/fiches/", {"q": typed})
        assert page.status_code == (400 if "\x00" in typed else 200)
        assert "<b>gras" not in page.content.decode()


class TestFiltering:
    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ({"longueur": "long"}, [23, 24, 25]),
            ({"prix": "third_party_gap"}, [20]),
            ({"prix": "cost_price"}, [16]),
            ({"financeur": "social_body"}, [10]),
            ({"departement": "25"}, [2, 13]),
            ({"departement": "83"}, [7, 8]),
            ({"region": "28"}, [10, 25]),
            ({"maillon": "processing", "longueur": "local"}, [5, 8, 9, 11]),
            ({"nationale": "on"}, [17, 18, 19, 22, 23, 24, 25]),
            ({"nationale": "on", "q": "jardins"}, [18]),
        ],
    )
    def test_a_filter_keeps_what_it_says(
        self, library: None, client: Client, asked: dict[str, str], expected: list[int]
    ) -> None:
        assert sorted(numbers(client.get("/fiches/", asked))) == expected

    def test_counts_say_how_many(self, library: None, client: Client) -> None:
        html = client.get("/fiches/").content.decode()
        assert "prix coûtant · 1" in html
        assert "Doubs (25) · 2" in html
        assert re.search(r'href="/fiches/\?departement=25" aria-label="Doubs \(25\)\s:\s2', html)

    def test_an_unknown_choice_is_refused_in_french(self, library: None, client: Client) -> None:
        page = client.get("/fiches/", {"prix": "nimporte"})
        assert page.status_code == 200
        assert "Il reste une chose à corriger" in page.content.decode()

    def test_nothing_found_says_the_way_out(self, library: None, client: Client) -> None:
        html = client.get("/fiches/", {"q": "trottinette"}).content.decode()
        assert "Aucune fiche ne répond" in html and "Voir toutes les fiches" in html

    def test_few_queries(
        self, library: None, client: Client, django_assert_max_num_queries: object
    ) -> None:
        with django_assert_max_num_queries(14):  # type: ignore[operator]
            page = client.get("/fiches/")
        assert len(page.content) < 200_000


class TestReading:
    def test_every_sheet_opens_in_the_format_of_the_report(
        self, library: None, client: Client
    ) -> None:
        headings = (
            *("Porteur(s)", "Territoire", "Type de projet", "Objectif", "Public"),
            *("Détail de l&#x27;action", "Financement", "Accompagnement", "Difficultés"),
            *("Points positifs et enseignements", "Liens utiles"),
        )
        for sheet in Sheet.objects.all():
            html = client.get(f"/fiches/{sheet.slug}/").content.decode()
            places = [html.index(f"<h3>{heading}</h3>") for heading in headings]
            assert places == sorted(places)
            assert html.count("<h1") == 1 and "Hypothèse" in html

    def test_our_own_words_never_say_beneficiaire(self, library: None, client: Client) -> None:
        for sheet in Sheet.objects.all():
            for page in ("", "facile/"):
                html = client.get(f"/fiches/{sheet.slug}/{page}").content.decode()
                ours = re.sub(r'<div class="report".*?</section>', "", html, flags=re.DOTALL)
                assert "bénéficiaire" not in ours.casefold()

    def test_the_easy_page_gives_one_idea_per_line(self, library: None, client: Client) -> None:
        html = client.get("/fiches/paniers-de-la-mer/facile/").content.decode()
        lines = re.findall(r"<li>([^<]+)</li>", html.split('class="falc"')[1])
        assert len([line for line in lines if line.endswith(".")]) == 8

    @pytest.mark.parametrize(
        "words",
        [
            ("Cocolupa", "décembre 2020", "huit groupes", "GT4", "GT5", "GT7", "GT8"),
            ("des dons et des denrées payées par l'Europe",),
            ("santé", "prévenir l'insécurité", "résiste mal aux crises", "l'environnement"),
            ("consultatif", "quarantaine", "sept réunions", "DGAL", "Guadeloupe", "Atemis"),
            ("animé par le Réseau Cocagne, l'Andes et Emmaüs France", "l'Ansa"),
            ("lien social", "insertion professionnelle", "réciprocité"),
            ("partage de la valeur (commerce équitable)", "thérapeutique et sociale"),
        ],
    )
    def test_the_list_says_where_the_sheets_come_from(
        self, client: Client, words: tuple[str, ...]
    ) -> None:
        """The committee, what it found, the organisations of the group, never a person."""
        told = client.get("/fiches/").content.decode().split('id="origine"')[1]
        assert [word for word in words if word not in told] == []
        assert "bénéficiaire" not in told

    def test_an_unknown_sheet_is_not_found(self, library: None, client: Client) -> None:
        for page in ("", "facile/"):
            assert client.get(f"/fiches/inconnue/{page}").status_code == 404

    def test_neighbours_say_why(self, library: None, client: Client) -> None:
        sheets = list(Sheet.objects.prefetch_related(*PARTS))
        near = neighbours(sheets[22], sheets)
        assert near[0].sheet.number == 24
        assert "même prix : gratuit pour la personne" in near[0].reasons
        doubs = neighbours(sheets[1], sheets)
        assert any("même territoire : Doubs (25)" in one.reasons for one in doubs)
        html = client.get("/fiches/lait-du-coeur/").content.decode()
        assert "Des projets proches" in html


class TestStarting:
    @pytest.fixture
    def applicant(self, library: None) -> User:
        return fund.user(Role.APPLICANT, fund.organisation("Les Jardins d'à côté"))

    def test_a_draft_takes_the_words_of_the_sheet_and_no_amount(self, applicant: User) -> None:
        sheet = Sheet.objects.get(number=5)
        organisation = Organisation.objects.get(name="Les Jardins d'à côté")
        application = start(
            actor=applicant,
            organisation=organisation,
            call=fund.call(),
            title="Nos paniers",
            now=fund.NOW,
            from_sheet=draft_from(sheet),
        )
        assert application.sheet_slug == "ecopole-d-audruicq"
        assert application.summary == sheet.summary
        assert application.links == ["production", "processing", "distribution", "support"]
        assert application.participation == "co_building"
        assert [row.effect for row in application.effects.all()][:2] == ["health", "employment"]
        assert not application.lines.exists() and not application.asked.exists()

    def test_every_sheet_can_start_an_application(self, applicant: User) -> None:
        organisation, call = Organisation.objects.get(name="Les Jardins d'à côté"), fund.call()
        for sheet in Sheet.objects.all():
            application = start(
                actor=applicant,
                organisation=organisation,
                call=call,
                title=f"Comme la fiche {sheet.number}",
                now=fund.NOW,
                from_sheet=draft_from(sheet),
            )
            assert application.effects.count() >= 2 and application.publics
        assert Application.objects.count() == 25

    def test_the_page_asks_which_organisation_and_which_call(
        self, applicant: User, client: Client
    ) -> None:
        call = fund.call_open_now(title="Appel ouvert")
        sign_in(client, applicant)
        html = client.get("/fiches/vrac/partir/").content.decode()
        assert "Les Jardins d&#x27;à côté" in html and "Appel ouvert" in html
        organisation = Organisation.objects.get(name="Les Jardins d'à côté")
        answer = client.post(
            "/fiches/vrac/partir/",
            {"organisation": organisation.pk, "call": call.pk, "title": "Acheter ensemble"},
        )
        application = Application.objects.get()
        assert answer.status_code == 302 and application.number in answer["Location"]
        assert application.sheet_slug == "vrac" and application.title == "Acheter ensemble"

    def test_another_organisation_is_refused(self, applicant: User, client: Client) -> None:
        call, other = fund.call_open_now(), fund.organisation("Une autre")
        sign_in(client, applicant)
        answer = client.post(
            "/fiches/vrac/partir/",
            {"organisation": other.pk, "call": call.pk, "title": "Acheter ensemble"},
        )
        assert answer.status_code == 422
        assert not Application.objects.exists()

    def test_without_an_open_call_the_page_says_so(self, applicant: User, client: Client) -> None:
        sign_in(client, applicant)
        assert "Aucun appel à projets" in client.get("/fiches/vrac/partir/").content.decode()

    def test_without_an_organisation_or_an_account(self, library: None, client: Client) -> None:
        assert client.get("/fiches/vrac/partir/").status_code == 302
        sign_in(client, fund.user())
        refused = client.get("/fiches/vrac/partir/")
        assert refused.status_code == 403
        assert "agissez pour une organisation" in refused.content.decode()
