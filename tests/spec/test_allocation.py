"""The worked example of docs/reference/partage.md, by the commands; files that cannot be shared."""

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from ensemblier.cli import allocate as allocate_command
from ensemblier.cli import certify as certify_command
from ensemblier.cli.main import parser
from ensemblier.engines import allocation
from ensemblier.engines.allocation import BadProblem

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "partage.md"
GOOD_PB = """META
key;value
budget;1000
vote_type;{kind}
PROJECTS
project_id;cost;name
A;400;Un
B;300,50;Deux
VOTES
voter_id;vote;points
1;A,B;2,1
2;{vote}
"""


def example() -> str:
    return re.search(r"```toml\n(.*?)```", PAGE.read_text(), re.S)[1]


def command(*words):
    arguments = parser().parse_args([str(word) for word in words])
    return arguments.run(arguments)


@pytest.fixture
def shared_file(tmp_path):
    """The example, shared by the command: (file, RESULT.json)."""
    file, out = tmp_path / "partage.toml", tmp_path / "RESULT.json"
    file.write_text(example())
    assert command("allocate", file, "--out", out) == 0
    return file, out


def test_the_example_is_shared_as_the_page_says(shared_file, capsys):
    file, out = shared_file
    body = json.loads(out.read_text())
    assert body["winners"] == ["A", "B"]
    assert body["order"] == ["B", "A"]
    # B: 100 € from each of its three supporters. A: one of its two has 150 € left, the other 250 €.
    assert body["payments"] == [
        ["B", "10000", {"institutions": "10000", "personnes concernées": "20000"}],
        ["A", "25000", {"institutions": "40000", "personnes concernées": "0"}],
    ]
    assert [row[:3] for row in body["refused"]] == [
        ["C", "support", "il coûte 50000.00 et ses soutiens ne réunissent plus que 30000.00"],
        ["D", "ceiling", "« Équipement » ne laisse que 5000 et il en faut 10000"],
    ]
    assert command("certify", file, out) == 0
    assert "D refusé : « Équipement » ne laisse que 5000" in capsys.readouterr().out


def test_an_altered_result_is_refused_by_the_command(shared_file, capsys):
    file, out = shared_file
    body = json.loads(out.read_text())
    body["winners"].append("C")
    from ensemblier.engines.allocation.outcome import digest

    out.write_text(json.dumps(body | {"digest": digest(body)}))
    assert command("certify", file, out) == 1
    said = capsys.readouterr().out
    assert "RÉSULTAT REFUSÉ" in said and "(digest)" in said and "(winners)" in said
    assert command("certify", file, out.with_name("absent")) == 1
    assert "ne s'ouvre pas" in capsys.readouterr().out


@pytest.mark.parametrize("kept", [b"", b"{", b"[]", b"{}", b'{"rule": 3}', b"\xff", b"[" * 9_999])
def test_what_is_no_result_is_said_so(shared_file, capsys, kept):
    file, out = shared_file
    out.write_bytes(kept)
    assert command("certify", file, out) == 1
    assert f"RÉSULTAT REFUSÉ : {out} n'est pas un résultat entier" in capsys.readouterr().out


@pytest.mark.parametrize(
    "broken, words",
    [
        (b"", "Il manque la section VOTES"),
        (GOOD_PB.encode()[:60], "n'a pas de colonne « project_id »"),
        (GOOD_PB.encode("utf-16"), "n'est pas en UTF-8"),
        (GOOD_PB.replace("A;400", "A;1e300000000").encode(), "n'est pas un nombre"),
        (GOOD_PB.replace("budget;1000", "budget;1e300000000").encode(), "n'est pas un nombre"),
    ],
)
def test_a_shared_file_that_cannot_be_read_is_refused_in_french(tmp_path, capsys, broken, words):
    """And at once: an exponent of nine digits is not turned into a number."""
    file, out = tmp_path / "ville.pb", tmp_path / "RESULT.json"
    file.write_text(GOOD_PB.format(kind="approval", vote="A;1"))
    assert command("allocate", file, "--out", out) == command("certify", file, out) == 0
    file.write_bytes(broken.replace(b"{kind}", b"approval").replace(b"{vote}", b"A;1"))
    capsys.readouterr()
    assert command("certify", file, out) == 1
    said = capsys.readouterr().out
    assert f"RÉSULTAT REFUSÉ : {file} : " in said and words in said
    assert "Error" not in said


def test_a_file_cut_short_is_doubted_by_its_own_counts(tmp_path, capsys):
    file = tmp_path / "ville.pb"
    whole = GOOD_PB.format(kind="approval", vote="A;1")
    file.write_text(whole.replace("budget;", "num_votes;2\nnum_projects;2\nbudget;"))
    assert command("allocate", file) == 0
    assert capsys.readouterr().err == ""
    for key, things in (("num_votes", "bulletins"), ("num_projects", "projets")):
        file.write_text(whole.replace("budget;", f"{key};3\nbudget;"))
        assert command("allocate", file) == 0
        told = f"Attention : META annonce 3 {things}, le fichier en a 2 : est-il complet ?"
        assert told in capsys.readouterr().err


def test_a_pabulib_file_carries_no_rule_so_the_command_says_whose_it_is(tmp_path, capsys):
    """A result made under a kinder rule is sound for itself: only the expected rule refuses it."""
    file, out = tmp_path / "ville.pb", tmp_path / "RESULT.json"
    file.write_text(GOOD_PB.format(kind="approval", vote="A;1"))
    rule = ("--utility", "cost", "--completion", "add1u", "--step", 10, "--stop", "infeasible")
    assert command("allocate", file, *rule, "--out", out) == 0
    assert command("certify", file, out) == 0
    said = capsys.readouterr().out
    assert "utility = cost, completion = add1u, step = 10, stop = infeasible" in said
    assert "viennent de RESULT.json" in said
    assert command("certify", file, out, *rule) == 0
    for key, value in (("utility", "cardinality"), ("completion", "none"), ("step", 9),
                       ("stop", "exhaustive")):  # fmt: skip
        capsys.readouterr()
        assert command("certify", file, out, f"--{key}", value) == 1
        said = capsys.readouterr().out
        assert f"{key} (attendu {value}, trouvé " in said and "certifié" not in said
    assert command("allocate", file, "--completion", "none", "--out", out) == 0
    assert command("certify", file, out, "--step", 10) == 1
    assert "step (attendu 10, trouvé rien)" in capsys.readouterr().out


@pytest.mark.parametrize("rule", [{"step": "0"}, {"step": "0.000000001"}, {"step": "-1"}, {}])
def test_a_rule_that_cannot_be_replayed_is_refused_at_once(tmp_path, capsys, rule):
    file, out = tmp_path / "ville.pb", tmp_path / "RESULT.json"
    file.write_text(GOOD_PB.format(kind="approval", vote="A;1"))
    assert command("allocate", file, "--completion", "add1u", "--out", out) == 0
    body = json.loads(out.read_text())
    out.write_text(json.dumps(body | {"rule": rule and body["rule"] | rule}))
    capsys.readouterr()
    assert command("certify", file, out) == 1
    assert f"RÉSULTAT REFUSÉ : la règle de {out} manque d'une partie" in capsys.readouterr().out


def test_the_rule_of_our_file_is_the_files(shared_file, capsys):
    assert command("certify", *shared_file, "--utility", "cardinality", "--step", 1000) == 0
    assert "(celle du fichier partagé)" in capsys.readouterr().out
    assert command("certify", *shared_file, "--utility", "cost") == 1


def test_the_example_is_explained_in_french():
    problem = allocation.read_problem(example().encode(), False, {})
    result = allocation.allocate(problem)
    told = allocation.explain(problem, result)
    assert told["A"].text == (
        "Maraude est retenu pour 400,00\u00a0€, payé par ses 2 soutiens : "
        "institutions 400,00\u00a0€ (100 %)."
    )
    assert told["C"].text == (
        "Cuisine n'est pas retenu : il demande 500,00\u00a0€, et ses 2 soutiens ne réunissent "
        "plus que 300,00\u00a0€. Avec une demande de 299,99\u00a0€, il aurait été retenu. "
        "À ce montant, il lui manquait au moins 1 soutien de plus."
    )
    assert "le plafond « Équipement » ne laisse plus que 50,00\u00a0€" in told["D"].text


def test_comparison_with_plain_counts():
    problem = allocation.read_problem(example().encode(), False, {})
    told = allocation.compared(problem)
    assert told["most_votes"] == ["B", "A"]
    assert told["votes_per_euro"] == ["B", "A"]


BAD_PB = [
    ("", "VOTES"),
    ("nothing\n", "Ligne 1"),
    (GOOD_PB.format(kind="approval", vote="Z;1"), "Ligne 12 : le bulletin cite le projet « Z »"),
    (GOOD_PB.format(kind="guess", vote="A;1"), "vote_type"),
    (GOOD_PB.format(kind="cumulative", vote="A,B;1"), "Ligne 12 : 2 projets mais 1 points"),
    (GOOD_PB.format(kind="cumulative", vote="A;-1"), "Ligne 12, points : -1 est négatif"),
    (GOOD_PB.replace("A;400", "A;-400"), "Ligne 7, coût du projet A : -400 est négatif"),
    (GOOD_PB.replace("A;400", "A;1e3000000"), "n'est pas un nombre"),
    (GOOD_PB.replace("budget;1000", "budget;" + "9" * 5000), "META, budget"),
    (GOOD_PB.replace("budget;1000\n", ""), "budget"),
    (GOOD_PB.replace("budget;1000", "budget;0"), "L'enveloppe est de 0"),
    (GOOD_PB.replace("B;300,50", "A;300"), "Ligne 8 : le projet « A » est déjà à la ligne 7"),
    (GOOD_PB.replace("project_id;cost", "project;price"), "Ligne 6"),
    (GOOD_PB.replace("voter_id;vote;", "voter_id;voice;"), "Ligne 10"),
    (GOOD_PB.replace("Un", '"' + "x" * 200_000), "Ligne"),
    (
        "META\nkey;value\nbudget;10\nvote_type;approval\nPROJECTS\nproject_id;cost\nVOTES\nvote\n",
        "lot",
    ),
]
BAD_TOML = [
    ("envelope_cents = 100000", "envelope_cents = -5", "L'enveloppe est de -5"),
    ("envelope_cents = 100000", "envelope_cents = 1e3000000", "nombre entier"),
    ("envelope_cents = 100000", "envelope_cents = " + "9" * 5000, "trop long"),
    ("envelope_cents = 100000", "envelope_cents = [[[", "TOML valable (ligne"),
    ("least_cents = 20000", "least_cents = 900000", "plus que l'enveloppe"),
    ('votes = "A B"', 'votes = "A Z"', "cite le lot « Z »"),
    ('votes = "A B"', 'votes = "A A"', "deux fois le même lot"),
    ('votes = "A B"', 'votes = "A=x"', "« A=x » ne se lit pas"),
    ('college = "institutions"', 'college = "maires"', "« maires », qui n'existe pas"),
    ("cost_cents = 50000", "cost_cents = 0", "il en faut au moins 1"),
    ("cost_cents = 50000", "prix = 50000", "« prix » ne se comprend pas dans le lot 3"),
    ('tie_order = ["A", "B", "C", "D"]', 'tie_order = ["A", "B", "C"]', "oublie le lot « D »"),
    ('tie_order = ["A", "B", "C", "D"]', "", "tie_order"),
    ("step_cents = 1000", "step_cents = 0", "Le pas (step) est de 0"),
    ('completion = "add1u"', 'completion = "add2"', "completion vaut"),
    ("cap_cents = 5000", "cap_cents = -1", "au moins 0"),
    ("cap_cents = 5000", "", "cap_cents"),
    ("share = 1", "share = 0", "La part du collège"),
]


@pytest.mark.parametrize("text, words", BAD_PB, ids=lambda value: value[:30])
def test_a_bad_pabulib_file_is_refused_in_french(text, words):
    text = text.format(kind="cumulative", vote="A;1")
    with pytest.raises(BadProblem, match=re.escape(words)):
        utility = "cardinality" if "approval" in text else "points"
        allocation.allocate(allocation.read_problem(text.encode(), True, {"utility": utility}))


@pytest.mark.parametrize("before, after, words", BAD_TOML, ids=lambda value: value[:30])
def test_a_bad_file_of_ours_is_refused_in_french(before, after, words):
    assert before in example()
    with pytest.raises(BadProblem, match=re.escape(words)):
        allocation.allocate(
            allocation.read_problem(example().replace(before, after).encode(), False, {})
        )


def test_a_good_pabulib_file_is_read_with_its_decimals():
    text = GOOD_PB.format(kind="cumulative", vote="A;2.5")
    problem = allocation.read_problem(text.encode(), True, {"utility": "points"})
    assert (problem.envelope, problem.scale, problem.points_scale) == (10_000, 10, 10)
    assert sum(allocation.allocate(problem).purchases[0].by_college) == Fraction(4_000)


def test_the_command_writes_nothing_for_a_bad_file(tmp_path, capsys):
    file, out = tmp_path / "a.pb", tmp_path / "RESULT.json"
    file.write_bytes(b"META\nkey;value\n\xff")
    assert command("allocate", file, "--out", out) == 2
    assert "Ligne 3 : le fichier n'est pas en UTF-8" in capsys.readouterr().err
    assert command("allocate", tmp_path / "absent.pb", "--out", out) == 2
    assert "Fichier inaccessible" in capsys.readouterr().err
    file = tmp_path / "a.toml"
    file.write_text(example())
    assert command("allocate", file, "--utility", "cost", "--out", out) == 2
    assert "les règles du fichier sont celles de l'appel" in capsys.readouterr().err
    assert not out.exists()


def test_commands_are_registered():
    assert allocate_command.run and certify_command.run
