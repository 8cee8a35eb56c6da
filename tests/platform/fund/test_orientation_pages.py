"""Orientation on the site and on the command line: no account, no cookie, nothing kept."""

import json

import pytest
from django.urls import reverse

from ensemblier.cli.main import main
from tests import factories_fund as make

pytestmark = pytest.mark.django_db
GOOD = {
    "what": "share",
    "people": "yes",
    "support": "yes",
    "carrier": "association",
    "stage": "young",
    "scale": "town",
    "zone": ["qpv", "blank"],
    "money": "investment",
    "need": "none",
}


def text(response) -> str:
    return response.content.decode().replace("\u00a0", " ").replace("&#x27;", "'")


def test_nine_questions_without_an_account_nor_a_cookie(client):
    answer = client.get(reverse("orientation:ask"))
    assert text(answer).count("<fieldset") >= 9
    assert "9. Votre projet a-t-il un besoin à part ?" in text(answer)
    assert set(answer.cookies) <= {"csrftoken"}  # of the light and dark buttons: no session


def test_the_answer_has_reasons_calls_and_ways_on(client, django_assert_max_num_queries):
    call = make.call_open_now(kind_template="local")
    other = make.call_open_now(envelopes=[make.envelope(strand="national")])
    with django_assert_max_num_queries(10):
        answer = client.get(reverse("orientation:answer"), GOOD)
    shown = text(answer)
    assert "Peut-être." in shown
    assert call.title in shown
    assert other.title not in shown
    for words in (
        "votre dépense n'est payée que si l'enveloppe le permet",
        "regarde de près",
        "(heure de Paris)",
        "Contrat de ville",
        "Appel pour les zones blanches",
        "Qui appeler",
        "Un quartier prioritaire (QPV) ; Ici, personne ne fait encore ce travail",
        "?what=share",
    ):
        assert words in shown, words
    assert set(answer.cookies) <= {"csrftoken"}  # of the light and dark buttons: no session


def test_a_wrong_vehicle_says_where_to_go_and_shows_no_call(client):
    call = make.call_open_now()
    shown = text(client.get(reverse("orientation:answer"), {**GOOD, "need": "law"}))
    assert "Ce fonds n'est pas le bon guichet. D'autres le sont." in shown
    assert "Dérogation ou expérimentation" in shown
    assert call.title not in shown


def test_no_answer_at_all_still_gets_an_answer(client):
    shown = text(client.get(reverse("orientation:answer")))
    assert "Pour une réponse plus sûre" in shown
    assert "Parler à quelqu'un" in shown


def test_a_made_up_answer_is_refused_and_the_others_are_kept(client):
    answer = client.get(reverse("orientation:answer"), {**GOOD, "what": "<b>sell</b>"})
    assert answer.status_code == 422
    assert "Choisissez une réponse de la liste." in text(answer)
    assert 'value="association"' in text(answer)
    assert "checked" in text(answer)


def test_coming_back_finds_what_was_answered(client):
    shown = text(client.get(reverse("orientation:ask"), GOOD))
    assert shown.count(" checked") == 10


def test_home_and_calls_lead_to_it(client):
    address = reverse("orientation:ask")
    for name in ("home:index", "home:easy", "calls:list"):
        assert address in text(client.get(reverse(name))), name


def test_the_command_writes_the_same_answer(tmp_path, capsys):
    make.call_open_now()
    path = tmp_path / "reponses.toml"
    path.write_text('what = "share"\npeople = "yes"\nzone = ["qpv"]\n')
    assert main(["orient", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "to_check"
    assert len(told["calls"]) == 1
    assert told["vehicles"][-1]["code"] == "desk"
    assert main(["orient"]) == 0
    assert json.loads(capsys.readouterr().out)["zone"]["many"] is True


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("what = ", "ne se lit pas"),
        ('what = "sell"', "n'est pas une réponse"),
        ("what = 3", "guillemets"),
    ],
)
def test_the_command_refuses_a_wrong_file(tmp_path, capsys, text, words):
    path = tmp_path / "reponses.toml"
    path.write_text(text)
    assert main(["orient", str(path)]) == 2
    assert words in capsys.readouterr().err
    assert main(["orient", str(tmp_path / "absent.toml")]) == 2
