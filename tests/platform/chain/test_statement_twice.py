"""A bank's file sent twice at once is one extract."""

from __future__ import annotations

import pytest

from ensemblier.chain.billing import statements
from ensemblier.chain.billing.models import BankStatement
from tests.factories_chain import NOW, make_chain

CONTENT = b"date;montant;libelle\n01/04/2027;12,00;don\n"


@pytest.mark.django_db
def test_the_second_request_finds_what_the_first_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    chain, first = make_chain(), []
    real = statements._read

    def read() -> BankStatement:
        return statements.read_statement(
            chain=chain,
            owner=chain.lead,
            content=CONTENT,
            name="releve.csv",
            columns={},
            actor=None,
            now=NOW,
        )

    def meanwhile(*asked):
        """The other request, between the look and the write."""
        monkeypatch.setattr(statements, "_read", real)
        first.append(read())
        return real(*asked)

    monkeypatch.setattr(statements, "_read", meanwhile)
    assert [read()] == first
    assert BankStatement.objects.count() == 1
