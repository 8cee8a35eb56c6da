"""The reference pages written by the code are those that are committed."""

import pytest

from ensemblier.cli import reference


@pytest.mark.parametrize("name", ["conservation.md", "commandes.md"])
def test_the_committed_page_is_what_the_code_says(name):
    assert (reference.FOLDER / name).read_text() == reference.pages()[name], "run make docs"


def test_every_command_says_what_it_does():
    page = reference.pages()["commandes.md"]
    assert "`ensemblier retention run`" in page
    assert "`ensemblier verify`" in page
    assert "|  |" not in page
