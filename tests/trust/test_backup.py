"""A back-up is worth what its restoration proves: same books, same files, on both databases."""

import json
import tarfile

import pytest

from tests.trust.installation import installation

# One worker for the file: its tests share an installation.
pytestmark = [pytest.mark.trust]

# Three accounts, forty payments and a file, through the real actions.
FILL = """
from ensemblier.base.files.actions import store
from ensemblier.base.files.content import check_bytes
from tests.hostile_files import pdf
from tests.trust.books import open_books
open_books(payments=40)
checked = check_bytes(content=pdf(), name="devis.pdf")
store(checked=checked, purpose="test", about="call:1", actor=None)
"""
FILES = """
import json
from ensemblier.base.files.models import StoredFile
found = {f.name: [f.sha256, f.path.read_bytes()[:5].decode()] for f in StoredFile.objects.all()}
print(json.dumps(found))
"""
BREAK = """
from django.db import connection
with connection.cursor() as cursor:
    for name in {names!r}:
        cursor.execute(f"DROP TRIGGER {{name}}")
    cursor.execute("UPDATE ledger_transfer SET cents = cents + 1 WHERE id = 7")
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory, django_db_setup, django_db_blocker):
    """An installation with books and a file."""
    folder = tmp_path_factory.mktemp("source")
    with installation(folder) as found:
        with django_db_blocker.unblock():
            found.migrate()
        found.python(FILL)
        found.run("ledger", "seal", "--out", str(folder / "seals.txt"))
        yield found


@pytest.fixture(scope="module")
def archive(source):
    return archive_of(source, "archives")


def archive_of(source, name):
    source.run("backup", "--out", str(source.folder / name))
    (archive,) = (source.folder / name).glob("ensemblier-*")
    return archive


def test_a_restored_copy_has_the_same_books_and_files(source, archive, tmp_path):
    assert archive.stat().st_mode & 0o077 == 0
    with installation(tmp_path / "copy") as copy:
        said = copy.run("restore", str(archive), "--seals", str(source.folder / "seals.txt"))
        assert "Livre vérifié" in said
        assert copy.run("ledger", "balances") == source.run("ledger", "balances")
        files = json.loads(copy.python(FILES))
        assert files == json.loads(source.python(FILES))
        assert [start for _, start in files.values()] == ["%PDF-"]
        # What was put back goes on living: the protections came with it.
        copy.python("from tests.trust.books import pay_once_more; pay_once_more()")
        copy.run("verify")


def test_a_database_that_is_not_empty_is_left_alone(source, archive, tmp_path):
    before = source.run("ledger", "balances")
    assert "n'est pas vide" in source.refused("restore", str(archive))
    assert source.run("ledger", "balances") == before


def test_an_archive_that_changed_is_refused(source, archive, tmp_path):
    content = tmp_path / "content"
    with tarfile.open(archive) as tar:
        tar.extractall(content, filter="data")
    (database,) = content.glob("database.*")
    database.write_bytes(database.read_bytes()[:-1] + b"?")
    changed = tmp_path / "changed.tar.gz"
    with tarfile.open(changed, "w:gz") as tar:
        tar.add(content, arcname=".")
    with installation(tmp_path / "copy") as copy:
        assert "a changé depuis" in copy.refused("restore", str(changed))


def test_a_cut_archive_is_refused(source, archive, tmp_path):
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(archive.read_bytes()[:-500])
    with installation(tmp_path / "copy") as copy:
        assert "illisible" in copy.refused("restore", str(cut))


@pytest.mark.sqlite  # `verify` at the end of `restore` is the same on both; the test above runs it
def test_books_falsified_before_the_backup_are_found_at_restore(archive, tmp_path):
    """Negative control: restoring is not enough, `verify` must look."""
    from ensemblier.base.journal.append_only import names

    triggers = list(names("sqlite", "ledger_transfer"))
    with installation(tmp_path / "false") as false, installation(tmp_path / "copy") as copy:
        false.run("restore", str(archive))
        false.python(BREAK.format(names=triggers))
        assert "Restauration refusée" in copy.refused("restore", str(archive_of(false, "false")))
