"""Dated zonings: the official lists imported, replaced, refused, and asked on a day."""

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import F

from ensemblier.base.journal.models import Event
from ensemblier.base.territory.actions import (
    Declared,
    ImportReport,
    NothingToImport,
    OfficialListInForce,
    VersionTaken,
    declare_zonings,
    import_frr,
    import_qpv,
)
from ensemblier.base.territory.models import (
    Commune,
    Family,
    FormerCommune,
    QpvPerimeter,
    Zoning,
    ZoningKind,
    ZoningVersion,
)
from ensemblier.base.territory.official_files import FileRefused
from ensemblier.base.territory.rules import in_short, is_frr, qpv_at, zonings_of
from tests.factories_territory import commune, small_france

START = date(2025, 1, 1)
DAY = date(2026, 6, 1)
HEADER = "Code_insee;Departement;Commune;Classement FRR et FRR+ au 10 juillet 2025;\r\n"
SQUARE = [[[2.0, 50.8], [2.2, 50.8], [2.2, 50.9], [2.0, 50.9], [2.0, 50.8]]]


@pytest.fixture
def communes(db: None) -> None:
    small_france()
    FormerCommune.objects.create(code="62998", commune_id="62057")


@pytest.fixture
def frr(tmp_path: Path, communes: None) -> Callable[..., ImportReport]:
    """Import lines written here as an FRR list."""

    def run(*lines: str, version: str = "2025-07", day: date = START, **more: Any) -> ImportReport:
        path = tmp_path / "frr.csv"
        path.write_bytes((HEADER + "".join(f"{line};\r\n" for line in lines)).encode())
        return import_frr(
            path=path, version=version, valid_from=day, legal_reference="arrêté d'essai", **more
        )

    return run


@pytest.fixture
def qpv(tmp_path: Path, communes: None) -> Callable[..., ImportReport]:
    """Import this content as a QPV list."""

    def run(content: Any, version: str = "2024", day: date = START) -> ImportReport:
        path = tmp_path / "qpv.json.gz"
        path.write_bytes(gzip.compress(json.dumps(content).encode()))
        return import_qpv(
            path=path, version=version, valid_from=day, legal_reference="décret d'essai"
        )

    return run


def district(code: str = "QN06201M", insee: tuple[str, ...] = ("62057",), shape: Any = SQUARE):
    return {"code": code, "label": "Le Bourg", "insee": list(insee), "g": [shape]}


def kinds(code: str, day: date = DAY) -> list[str]:
    return [zoning.kind for zoning in zonings_of(Commune.objects.get(pk=code), day)]


class TestFrr:
    def test_each_wording_has_its_meaning(self, frr: Callable[..., ImportReport]) -> None:
        report = frr(
            "62057;62;Audruicq;FRR socle",
            "59350;59;Lille;Non classée",
            "01053;01;Bourg-en-Bresse;FRR+",
            "97411;974;Saint-Denis;Classée FRR partiellement",
        )
        assert (report.created, report.rejected, report.already) == (3, [], False)
        assert kinds("62057") == ["FRR"]
        assert kinds("59350") == []
        assert kinds("01053") == ["FRR_PLUS"]
        assert kinds("97411") == ["FRR", "OVERSEAS"]
        assert is_frr(commune("01053"), DAY)
        assert not is_frr(commune("59350"), DAY)
        assert in_short(zonings_of(commune("97411"), DAY)) == ["FRR (en partie)", "outre-mer"]

    def test_nothing_is_in_force_before_its_day(self, frr: Callable[..., ImportReport]) -> None:
        frr("62057;62;Audruicq;FRR socle")
        assert kinds("62057", date(2024, 12, 31)) == []
        assert kinds("62057", START) == ["FRR"]

    def test_a_beneficiary_keeps_the_help_until_2027(
        self, frr: Callable[..., ImportReport]
    ) -> None:
        frr("62057;62;Audruicq;FRR bénéficiaire")
        assert kinds("62057", date(2027, 12, 31)) == ["FRR"]
        assert kinds("62057", date(2028, 1, 1)) == []

    def test_an_old_code_is_placed_on_the_commune_of_today(
        self, frr: Callable[..., ImportReport]
    ) -> None:
        assert frr("62998;62;Ancienne;FRR socle").created == 1
        assert kinds("62057") == ["FRR"]

    def test_merged_communes_classed_unlike_are_classed_in_part(
        self, frr: Callable[..., ImportReport]
    ) -> None:
        frr("62998;62;Ancienne;FRR socle", "62057;62;Audruicq;Non classée")
        assert zonings_of(commune("62057"), DAY)[0].is_partial

    def test_rows_that_cannot_be_placed_are_told_with_line_and_reason(
        self, frr: Callable[..., ImportReport]
    ) -> None:
        report = frr(
            "62057;62;Audruicq;FRR socle",
            "99999;99;Nulle part;FRR+",
            "59350;59;Lille;Peut-être",
            ";59;Sans code;FRR+",
            "62057;62;Audruicq;FRR+",
            "01053",
        )
        assert [(row.line, row.code) for row in report.rejected] == [
            (3, "99999"),
            (4, "59350"),
            (5, ""),
            (6, "62057"),
            (7, "01053"),
        ]
        assert report.rejected[0].reason == "Aucune commune ne porte ce code."
        assert "Peut-être" in report.rejected[1].reason
        assert "déjà à la ligne 2" in report.rejected[3].reason
        assert report.created == 1

    def test_the_same_file_again_changes_nothing(self, frr: Callable[..., ImportReport]) -> None:
        first = frr("62057;62;Audruicq;FRR socle")
        events = Event.objects.count()
        second = frr("62057;62;Audruicq;FRR socle")
        assert (second.version, second.created, second.already) == (first.version, 0, True)
        assert (Zoning.objects.count(), Event.objects.count()) == (1, events)

    def test_another_file_under_the_same_name_is_refused(
        self, frr: Callable[..., ImportReport]
    ) -> None:
        frr("62057;62;Audruicq;FRR socle")
        with pytest.raises(VersionTaken, match="autre nom"):
            frr("62057;62;Audruicq;FRR+")
        assert kinds("62057") == ["FRR"]

    def test_a_new_version_closes_the_former_one(self, frr: Callable[..., ImportReport]) -> None:
        frr("62057;62;Audruicq;FRR socle", version="2025")
        frr("62057;62;Audruicq;FRR+", version="2026", day=date(2026, 3, 1))
        assert kinds("62057", date(2026, 2, 28)) == ["FRR"]
        assert kinds("62057", date(2026, 3, 1)) == ["FRR_PLUS"]
        assert ZoningVersion.objects.get(name="2025").valid_to == date(2026, 2, 28)

    def test_an_older_version_added_later_ends_where_the_next_begins(
        self, frr: Callable[..., ImportReport]
    ) -> None:
        frr("62057;62;Audruicq;FRR+", version="2026", day=date(2026, 3, 1))
        frr("62057;62;Audruicq;FRR bénéficiaire", version="2025")
        assert kinds("62057", date(2026, 2, 28)) == ["FRR"]
        assert kinds("62057", date(2026, 3, 1)) == ["FRR_PLUS"]

    def test_a_retroactive_version_voids_the_one_of_the_same_day(
        self, frr: Callable[..., ImportReport]
    ) -> None:
        old = frr("62057;62;Audruicq;FRR socle", version="avril")
        new = frr("62057;62;Audruicq;FRR+", version="juillet")
        assert kinds("62057", START) == ["FRR_PLUS"]
        old.version.refresh_from_db()
        assert old.version.replaced_by == new.version


class TestBadFiles:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "manque"),
            (b"a,b,c\n1,2,3\n", "manque"),
            (b"Code_insee;Commune\n62057;Audruicq\n", "classement"),
            (b"PK\x03\x04classeur", "classeur"),
            (b"\x1f\x8bnot gzip", "abîmé"),
            (HEADER.encode(), "Aucune ligne"),
            (HEADER.encode() + b"99999;99;X;FRR+;\n", "Aucune ligne"),
            (b"\x81\x8d\x00\xff", "texte|manque"),
        ],
    )
    def test_a_bad_frr_file_is_told_in_french(
        self, communes: None, tmp_path: Path, content: bytes, said: str
    ) -> None:
        path = tmp_path / "list.csv"
        path.write_bytes(content)
        with pytest.raises((FileRefused, NothingToImport), match=said):
            import_frr(path=path, version="x", valid_from=START, legal_reference="x")
        assert not ZoningVersion.objects.exists()

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"not json", "JSON"),
            (b"[1, 2]", "liste de QPV"),
            (b'{"features": 3}', "liste de QPV"),
            (b'{"features": []}', "Aucune ligne"),
            (b'{"features": [3, {"properties": null}]}', "Aucune ligne"),
            (b"[" * 100_000, "JSON"),
        ],
    )
    def test_a_bad_qpv_file_is_told_in_french(
        self, communes: None, tmp_path: Path, content: bytes, said: str
    ) -> None:
        path = tmp_path / "list.json"
        path.write_bytes(content)
        with pytest.raises((FileRefused, NothingToImport), match=said):
            import_qpv(path=path, version="x", valid_from=START, legal_reference="x")
        assert not ZoningVersion.objects.exists()

    def test_an_absent_file_is_told_in_french(self, db: None, tmp_path: Path) -> None:
        with pytest.raises(FileRefused, match="ne s'ouvre pas"):
            import_frr(path=tmp_path / "no", version="x", valid_from=START, legal_reference="x")


class TestQpv:
    def test_a_place_is_in_its_district_from_the_first_day(
        self, qpv: Callable[..., ImportReport]
    ) -> None:
        assert qpv({"qpvs": [district()]}).created == 1
        assert qpv_at(2.1, 50.85, DAY).code == "QN06201M"
        assert qpv_at(2.1, 50.85, date(2024, 12, 31)) is None
        assert qpv_at(2.3, 50.85, DAY) is None
        assert kinds("62057") == ["QPV"]

    def test_the_box_alone_is_not_enough(self, qpv: Callable[..., ImportReport]) -> None:
        triangle = [[[2.0, 50.8], [2.2, 50.8], [2.2, 50.9], [2.0, 50.8]]]
        qpv({"qpvs": [district(shape=triangle)]})
        assert qpv_at(2.05, 50.89, DAY) is None
        assert qpv_at(2.15, 50.81, DAY) is not None

    def test_geojson_is_read_too(self, qpv: Callable[..., ImportReport]) -> None:
        feature = {
            "properties": {"code_qp": "QN06201M", "lib_qp": "Bourg", "insee_com": "62057, 59350"},
            "geometry": {"type": "Polygon", "coordinates": SQUARE},
        }
        assert qpv({"type": "FeatureCollection", "features": [feature]}).created == 1
        assert kinds("59350") == ["QPV"]
        assert qpv_at(2.1, 50.85, DAY).name == "Bourg"

    def test_what_cannot_be_placed_is_told_with_its_rank(
        self, qpv: Callable[..., ImportReport]
    ) -> None:
        nowhere = [[[400, 50], [2, 50], [2, 51], [400, 50]]]
        report = qpv(
            {
                "qpvs": [
                    district(insee=("62057", "99999")),
                    district(),
                    district("QN2", shape=nowhere),
                    district("QN3", shape=[[["a", "b"]]]),
                    district("", shape=SQUARE),
                    district("QN5", shape=None),
                ]
            }
        )
        assert [row.line for row in report.rejected] == [1, 2, 3, 4, 5, 6]
        assert "99999" in report.rejected[0].reason
        assert "déjà au rang 1" in report.rejected[1].reason
        assert "contour" in report.rejected[2].reason
        assert report.created == 1

    def test_a_new_list_closes_the_former_one_and_again_changes_nothing(
        self, qpv: Callable[..., ImportReport]
    ) -> None:
        qpv({"qpvs": [district("QP1")]}, version="2015", day=date(2015, 1, 1))
        qpv({"qpvs": [district("QN1")]})
        assert qpv({"qpvs": [district("QN1")]}).already
        assert qpv_at(2.1, 50.85, date(2023, 5, 1)).code == "QP1"
        assert qpv_at(2.1, 50.85, DAY).code == "QN1"
        assert QpvPerimeter.objects.count() == 2

    def test_lists_of_one_kind_leave_the_other_alone(
        self, qpv: Callable[..., ImportReport], frr: Callable[..., ImportReport]
    ) -> None:
        frr("62057;62;Audruicq;FRR socle")
        qpv({"qpvs": [district()]})
        assert kinds("62057") == ["FRR", "QPV"]
        assert in_short(zonings_of(commune(), DAY)) == ["1 quartier prioritaire (QPV)", "FRR"]


class TestDeclared:
    ROW = Declared(ZoningKind.FRR, "FRR", "Classée FRR", "62998")

    def declare(self, *rows: Declared) -> int:
        return declare_zonings(
            family=Family.FRR,
            version="démonstration",
            valid_from=START,
            legal_reference="hypothèse",
            rows=rows,
        )

    def test_by_hand_and_only_once(self, communes: None) -> None:
        assert self.declare(self.ROW) == 1
        assert self.declare(self.ROW) == 0
        assert kinds("62057") == ["FRR"]

    def test_the_official_list_takes_its_place(self, frr: Callable[..., ImportReport]) -> None:
        self.declare(self.ROW)
        frr("62057;62;Audruicq;FRR+")
        assert kinds("62057") == ["FRR_PLUS"]
        with pytest.raises(OfficialListInForce):
            self.declare(self.ROW)


class TestConstraints:
    def test_overseas_is_never_written(self, frr: Callable[..., ImportReport]) -> None:
        frr("62057;62;Audruicq;FRR socle")
        with pytest.raises(IntegrityError, match="zoning_is_never_overseas"):
            Zoning.objects.update(kind=ZoningKind.OVERSEAS)

    def test_dates_are_in_order(self, frr: Callable[..., ImportReport]) -> None:
        frr("62057;62;Audruicq;FRR socle")
        with pytest.raises(IntegrityError, match="zoning_ends_after_it_starts"):
            Zoning.objects.update(valid_to=date(2024, 12, 31))

    def test_a_box_is_in_order(self, qpv: Callable[..., ImportReport]) -> None:
        qpv({"qpvs": [district()]})
        with pytest.raises(IntegrityError, match="qpv_box_is_ordered"):
            QpvPerimeter.objects.update(west=F("east") + 1)
