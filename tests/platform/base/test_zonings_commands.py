"""Zonings on the command line."""

import argparse
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from ensemblier.base.territory import commands
from ensemblier.base.territory.actions import (
    ImportReport,
    import_frr,
    import_qpv,
    load_reference,
)
from ensemblier.base.territory.models import (
    Zoning,
    ZoningKind,
)
from ensemblier.base.territory.rules import qpv_at
from tests.platform.base.test_zonings import DAY, HEADER, START, communes, kinds  # noqa: F401


class TestCommandLine:
    def run(self, *words: str) -> int:
        parser = argparse.ArgumentParser()
        commands.register(parser.add_subparsers())
        arguments = parser.parse_args(["territory", *words])
        return arguments.run(arguments)

    def test_imports_and_tells_what_was_left(
        self, communes: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "frr.csv"
        path.write_text(HEADER + "62057;62;A;FRR+;\n99999;99;B;FRR+;\n", encoding="utf-8")
        words = ["import-frr", str(path), "--version-liste", "2025", "--du", "2025-01-01"]
        assert self.run(*words, "--texte", "arrêté") == 0
        said = capsys.readouterr().out
        assert "Zonages ajoutés\u00a0: 1" in said
        assert "Ligne 3 laissée de côté (99999)" in said
        assert self.run(*words, "--texte", "arrêté") == 0
        assert "déjà importé" in capsys.readouterr().out

    def test_a_refusal_is_a_sentence_and_a_code(
        self, db: None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["import-qpv", "/no/where", "--version-liste", "x", "--du", "2025-01-01"]
        assert self.run(*words, "--texte", "x") == 1
        assert "ne s'ouvre pas" in capsys.readouterr().err

    def test_a_day_that_is_none_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            self.run("import-frr", "f", "--version-liste", "x", "--du", "hier", "--texte", "x")
        assert "n'est pas une date" in capsys.readouterr().err

    @pytest.mark.parametrize("verb", ["", "load", "import-frr", "import-qpv", "rebuild"])
    def test_help_is_in_french(self, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as left:
            self.run(*filter(None, [verb]), "--help")
        assert left.value.code == 0
        said = capsys.readouterr().out.lower()
        assert any(word in said for word in ("communes", "liste", "données"))
        assert "usage" in said


@pytest.fixture(scope="module")
def official(
    django_db_setup: None, django_db_blocker: Any
) -> Iterator[tuple[ImportReport, ImportReport]]:
    """The two official lists over the whole of France, once, rolled back afterwards."""
    data = Path(__file__).resolve().parents[4] / "shared" / "data"
    with django_db_blocker.unblock(), transaction.atomic():
        load_reference()
        yield (
            import_frr(
                path=data / "frr-juillet2025.csv",
                version="2025-07",
                valid_from=START,
                legal_reference="arrêté du 10 juillet 2025",
            ),
            import_qpv(
                path=data / "qpv2024.json.gz",
                version="2024",
                valid_from=date(2024, 1, 1),
                legal_reference="décret n° 2023-1314 du 28 décembre 2023",
            ),
        )
        transaction.set_rollback(True)


@pytest.mark.shared_data
class TestOfficialLists:
    def test_every_row_of_the_frr_list_is_placed(
        self, official: tuple[ImportReport, ImportReport], db: None
    ) -> None:
        assert official[0].rejected == []
        assert Zoning.objects.on(DAY).filter(kind=ZoningKind.FRR_PLUS).count() == 4_456
        rural = Zoning.objects.on(DAY).filter(kind__in=[ZoningKind.FRR, ZoningKind.FRR_PLUS])
        assert rural.count() == 19_934
        put_back = 2_134 + 11
        assert (
            rural.count() - put_back
            == Zoning.objects.on(date(2028, 1, 1)).exclude(kind=ZoningKind.QPV).count()
        )

    def test_every_district_is_placed_and_found_again(
        self, official: tuple[ImportReport, ImportReport], db: None
    ) -> None:
        assert (official[1].created, official[1].rejected) == (1_584, [])
        reyssouze = qpv_at(5.2290, 46.2106, DAY)
        assert reyssouze.code == "QN00101M"
        assert "QPV" in kinds("01053")
        assert qpv_at(2.0, 46.0, DAY) is None

    def test_a_question_on_a_place_is_quick(
        self, official: tuple[ImportReport, ImportReport], db: None
    ) -> None:
        start = time.perf_counter()
        for _ in range(20):
            qpv_at(2.3615, 48.9362, DAY)
        assert time.perf_counter() - start < 2

    def test_importing_again_changes_nothing(
        self, official: tuple[ImportReport, ImportReport], db: None, shared: Path
    ) -> None:
        before = Zoning.objects.count()
        again = import_frr(
            path=shared / "data" / "frr-juillet2025.csv",
            version="2025-07",
            valid_from=START,
            legal_reference="arrêté du 10 juillet 2025",
        )
        assert again.already
        assert Zoning.objects.count() == before
