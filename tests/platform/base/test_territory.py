"""Territories: tables of France, former codes, search, the field, the page, the map."""

import hashlib
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.pages.forms import PageForm
from ensemblier.base.territory import france_map, projection
from ensemblier.base.territory.actions import load_reference
from ensemblier.base.territory.forms import CommuneField
from ensemblier.base.territory.models import (
    Commune,
    Department,
    Epci,
    FormerCommune,
    Region,
    Zone,
    plain,
)
from ensemblier.base.territory.rebuild import SourceUnreadable, rebuild
from ensemblier.base.territory.reference import DATA, rows_of
from ensemblier.base.territory.rules import zonings_of
from tests.factories_territory import commune, small_france

DAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The whole of France, loaded once for this file and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_reference()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def france(loaded: None, db: None) -> None:
    """The whole of France, in a test."""


class TestReference:
    def test_france_is_whole(self, france: None) -> None:
        assert Region.objects.count() == 18
        assert Department.objects.exclude(zone=Zone.OVERSEAS_COLLECTIVITY).count() == 101
        assert Commune.objects.current().count() == 34_969
        assert Epci.objects.count() == 1_255
        assert FormerCommune.objects.count() > 4_000

    def test_populations_add_up_to_france(self, france: None) -> None:
        people = sum(Commune.objects.values_list("population", flat=True))
        assert 67_000_000 < people < 70_000_000
        assert Commune.objects.order_by("-population").first().name == "Paris"

    def test_nearly_every_commune_is_in_an_epci(self, france: None) -> None:
        assert Commune.objects.filter(epci__isnull=True).count() == 98

    def test_every_commune_of_the_departments_has_a_place(self, france: None) -> None:
        lost = Commune.objects.exclude(department__zone=Zone.OVERSEAS_COLLECTIVITY)
        assert lost.filter(longitude__isnull=True).count() < 20

    def test_loading_again_changes_nothing(self, france: None) -> None:
        assert load_reference() == (0, 0, 0)
        assert Event.objects.filter(action="territory.load").count() == 1

    def test_what_drifted_is_corrected_and_what_is_gone_stays_as_former(self, france: None) -> None:
        Commune.objects.filter(pk="62041").update(name="Autre nom")
        Commune.objects.filter(pk="62057").delete()
        gone = Commune.objects.create(
            code="62999", name="Partie", search_name="partie", department_id="62", population=3
        )
        assert load_reference() == (1, 1, 1)
        gone.refresh_from_db()
        assert not gone.is_current
        assert Commune.objects.get(pk="62041").name == "Arras"

    def test_each_file_is_the_one_its_source_tells(self) -> None:
        files = tomllib.loads((DATA / "SOURCES.toml").read_text())["file"]
        assert {file["file"] for file in files} == {
            path.name for path in DATA.iterdir() if path.name != "SOURCES.toml"
        }
        for file in files:
            raw = (DATA / file["file"]).read_bytes()
            assert hashlib.sha256(raw).hexdigest() == file["sha256"]
            assert file["licence"] == "Licence Ouverte 2.0"
            assert file["year"] in (2025, 2026)
            if ".csv" in file["file"]:
                assert len(list(rows_of(file["file"]))) == file["rows"]

    def test_rebuilding_without_the_packages_says_what_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(SourceUnreadable, match="Donnez avec --npm"):
            rebuild(npm=tmp_path, outlines=tmp_path, into=tmp_path)


class TestFormerCodes:
    def test_a_merged_commune_leads_to_the_new_one(self, france: None) -> None:
        assert Commune.objects.resolve("01340").code == "01015"

    def test_a_district_leads_to_its_city(self, france: None) -> None:
        assert Commune.objects.resolve("75101").name == "Paris"
        assert Commune.objects.resolve("69383").name == "Lyon"

    def test_a_current_code_leads_to_itself(self, france: None) -> None:
        assert Commune.objects.resolve(" 2a004 ").name == "Ajaccio"

    def test_an_unknown_code_is_refused(self, france: None) -> None:
        with pytest.raises(Commune.DoesNotExist, match="99999"):
            Commune.objects.resolve("99999")


class TestSearch:
    @pytest.mark.parametrize(
        ("typed", "first"),
        [
            ("audruicq", "Audruicq"),
            ("GRENOBLE", "Grenoble"),
            ("beziers", "Béziers"),
            ("Béziers", "Béziers"),
            ("st-denis", "Saint-Denis"),
            ("ste foy les lyon", "Sainte-Foy-lès-Lyon"),
            ("59000", "Lille"),
            ("59350", "Lille"),
            ("59777", "Lille"),
            ("abergement", "Abergement-la-Ronce"),
            ("varey", "L'Abergement-de-Varey"),
            ("oeuilly", "Œuilly"),
        ],
    )
    def test_is_found_first(self, france: None, typed: str, first: str) -> None:
        assert plain(Commune.objects.search(typed)[0].name) == plain(first)

    @pytest.mark.parametrize("typed", ["", "   ", "%", "'--", "xyzxyz", "999999"])
    def test_nothing_is_found(self, france: None, typed: str) -> None:
        assert not Commune.objects.search(typed).exists()

    def test_a_commune_gone_is_not_proposed(self, db: None) -> None:
        commune()
        assert Commune.objects.search("audru").exists()
        Commune.objects.update(is_current=False)
        assert not Commune.objects.search("audru").exists()


class PlaceForm(PageForm):
    """A form with a commune, as others will have."""

    place = CommuneField(label="Commune")


class TestCommuneField:
    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ("Audruicq (62)", "62057"),
            ("  audruicq ", "62057"),
            ("Audru", "62057"),
            ("62057", "62057"),
            ("Saint-Denis (974)", "97411"),
            ("saint denis(93)", "93066"),
            ("Ajaccio (2a)", "2A004"),
            ("lille", "59350"),
            ("01144", "01025"),
        ],
    )
    def test_understands(self, france: None, typed: str, code: str) -> None:
        form = PlaceForm({"place": typed})
        assert form.is_valid(), form.errors
        assert form.cleaned_data["place"].code == code

    def test_asks_to_choose_between_namesakes(self, france: None) -> None:
        form = PlaceForm({"place": "Saint-Denis"})
        assert not form.is_valid()
        assert "Saint-Denis (974), Saint-Denis (93)" in form.errors["place"][0]
        assert 'value="Saint-Denis"' in str(form["place"])

    @pytest.mark.parametrize("typed", ["Nulle-Part", "Audruicq (59)", "x" * 5_000, "00000"])
    def test_says_when_nothing_matches(self, france: None, typed: str) -> None:
        form = PlaceForm({"place": typed})
        assert not form.is_valid()
        assert "ne correspond à aucune commune" in form.errors["place"][0]

    def test_shows_a_stored_commune_by_its_name(self, db: None) -> None:
        stored = commune()
        for initial in (stored, stored.pk):
            form = PlaceForm({"place": "Audruicq (62)"}, initial={"place": initial})
            assert not form.has_changed()
            assert 'value="Audruicq (62)"' in str(PlaceForm(initial={"place": initial})["place"])

    def test_an_optional_field_may_stay_empty(self, db: None) -> None:
        assert CommuneField(required=False).clean("") is None

    def test_suggests_without_script_of_ours(self, db: None) -> None:
        html = str(PlaceForm()["place"])
        assert 'list="id_place_communes"' in html
        assert '<datalist id="id_place_communes">' in html
        assert f'hx-get="{reverse("territory:communes")}?champ=place"' in html


class TestPage:
    def test_finds_with_its_zones_in_two_queries(
        self, france: None, client: Client, django_assert_max_num_queries: pytest.FixtureRequest
    ) -> None:
        with django_assert_max_num_queries(2):
            answer = client.get(reverse("territory:communes"), {"q": "saint-denis"})
        page = answer.content.decode()
        assert answer.status_code == 200
        assert page.count("<h1>") == 1
        assert "La Réunion (974)" in page
        assert "outre-mer" in page

    def test_suggestions_are_bare_options(self, france: None, client: Client) -> None:
        answer = client.get(
            reverse("territory:communes"),
            {"champ": "place", "place": "audru"},
            headers={"HX-Request": "true"},
        )
        assert answer.content.decode().strip() == (
            '<option value="Audruicq (62)">62370 Pas-de-Calais</option>'
        )

    def test_one_letter_suggests_nothing(self, france: None, client: Client) -> None:
        answer = client.get(
            reverse("territory:communes"), {"q": "a"}, headers={"HX-Request": "true"}
        )
        assert answer.content.decode().strip() == ""

    def test_says_when_nothing_is_found_and_escapes(self, db: None, client: Client) -> None:
        page = client.get(reverse("territory:communes"), {"q": "<b>zz"}).content.decode()
        assert "Aucune commune trouvée" in page
        assert "<b>zz" not in page


class TestOverseas:
    def test_follows_from_the_department(self, db: None) -> None:
        small_france()
        overseas = zonings_of(commune("97411"), DAY)
        assert [zoning.kind for zoning in overseas] == ["OVERSEAS"]
        assert zonings_of(commune("62057"), DAY) == []


class TestConstraints:
    @pytest.mark.parametrize("code", ["6201", "620574", "ABCDE", "6201 "])
    def test_a_malformed_code_is_refused(self, db: None, code: str) -> None:
        model = commune()
        with pytest.raises(Exception, match=r"commune_code|too long|character varying"):
            Commune.objects.create(
                code=code, name="X", search_name="x", department=model.department, population=1
            )

    def test_half_a_point_is_refused(self, db: None) -> None:
        commune()
        with pytest.raises(IntegrityError, match="commune_point_is_whole"):
            Commune.objects.update(latitude=None)

    def test_a_department_without_region_is_refused(self, db: None) -> None:
        with pytest.raises(IntegrityError, match="department_has_a_region"):
            Department.objects.create(code="99", name="X", zone=Zone.MAINLAND)


class TestMap:
    def test_draws_101_departments_lightly(self) -> None:
        drawn = france_map.outlines()
        assert len({outline.code for outline in drawn}) == 101
        assert sum(len(outline.path) for outline in drawn) < 60_000
        assert all(outline.path.startswith("M") for outline in drawn)
        assert all(outline.path.endswith("z") for outline in drawn)

    def test_labels_stand_inside_the_picture(self) -> None:
        for outline in france_map.outlines():
            assert 0 < outline.x < projection.WIDTH
            assert 0 < outline.y < projection.HEIGHT

    def test_numbers_become_a_map_with_insets(self) -> None:
        chart = france_map.department_map(numbers={"62": 3, "974": 1}, sentence="Quatre projets")
        assert len(chart.shapes) == 96
        assert [inset.label for inset in chart.insets][-2:] == ["La Réunion", "Mayotte"]
        assert [row.label for row in chart.rows] == ["Pas-de-Calais (62)", "La Réunion (974)"]

    @pytest.mark.parametrize(
        ("lon", "lat", "x", "y"),
        [(2.35, 48.86, 290, 134), (-4.49, 48.39, 31, 148), (55.45, -20.93, 409, 595)],
    )
    def test_places_are_put_where_they_are(self, lon: float, lat: float, x: int, y: int) -> None:
        assert projection.project(lon, lat) == pytest.approx((x, y), abs=1)

    def test_a_place_out_of_the_map_has_no_point(self) -> None:
        assert projection.project(-56.2, 46.8) is None
