"""A new installation opens with one command, once."""

import pytest

from ensemblier.base.people.models import Mandate, Role
from ensemblier.cli.main import main
from tests.factories_people import a_siret

pytestmark = pytest.mark.django_db


def command(email: str, number: int) -> list[str]:
    words = ["--name", "Responsable", "--service", f"Service {number}", "--siret", a_siret(number)]
    return ["first-account", "--email", email, *words]


def test_the_first_account_runs_the_programme_and_there_is_only_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(command("premier@exemple.fr", 81)) == 0
    mandate = Mandate.objects.get()
    assert mandate.role == Role.PROGRAMME
    assert not mandate.user.has_usable_password()
    assert main(command("second@exemple.fr", 82)) == 1
    assert "existe déjà" in capsys.readouterr().err
    assert Mandate.objects.count() == 1


def test_help_and_mistakes_are_told_in_french(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["first-account", "--help"])
    assert "affiche cette aide" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["first-account"])
    assert "il manque : --email" in capsys.readouterr().err
