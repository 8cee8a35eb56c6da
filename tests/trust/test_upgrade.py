"""Every release's sample data, brought to today's schema, keeps its balances."""

import re
import shutil

import pytest
from django.db import connection

from tests.architecture.source import ROOT
from tests.trust.installation import installation
from tests.trust.release_fixture import BALANCES, RELEASES, freeze

pytestmark = [pytest.mark.trust]


def upgrade(release, folder):
    """Restore a release's archive here, which migrates and verifies it; its balances now."""
    with installation(folder) as place:
        said = place.run("restore", str(release / f"{connection.vendor}.tar.gz"))
        assert "Livre vérifié" in said
        assert "No planned" in place.manage("migrate", "--plan")
        balances = place.run("ledger", "balances")
    shutil.rmtree(folder)
    return balances


def releases():
    return sorted(path for path in RELEASES.glob("*") if path.is_dir())


def test_each_release_of_the_changelog_left_its_sample():
    said = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert said
    assert {path.name for path in releases()} == set(said), "run make release-fixture VERSION=…"


def test_each_release_keeps_its_balances(tmp_path):
    for release in releases():
        expected = (release / BALANCES).read_text()
        assert upgrade(release, tmp_path / release.name) == expected, release.name


@pytest.mark.slow  # what the first release, of an older schema, says already of today's code
def test_a_release_with_an_older_schema_is_brought_up_to_date(
    tmp_path, django_db_setup, django_db_blocker
):
    """The mechanism itself, on data frozen now with one application's tables not yet there."""
    release = tmp_path / "before"
    with installation(tmp_path / "old") as old:
        with django_db_blocker.unblock():
            old.migrate()
        freeze(old, release, name=f"{connection.vendor}-whole")
        assert (release / BALANCES).read_text().count("disponible") == 3
        old.manage("migrate", "notices", "zero", "--verbosity=0")
        old.run("backup", "--out", str(tmp_path / "archives"))
        (archive,) = (tmp_path / "archives").glob("ensemblier-*")
        shutil.copyfile(archive, release / f"{connection.vendor}.tar.gz")
    assert upgrade(release, tmp_path / "new") == (release / BALANCES).read_text()
