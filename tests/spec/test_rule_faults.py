"""The text of a rule that cannot be read: the line of the fault, and what to do, in French."""

import pytest

from ensemblier.engines.cofinancing.faults import in_french, line_of
from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.scheme import BadScheme

RULE = """name = "Paniers"

[person]
rule = "percent"
percent = "30"

[[step]]
kind = "share"
payers = [
  { name = "DGCS", weight = 40 },
  { name = "bailleurs", weight = 30 },
]

[[envelope]]
payer = "DGCS"
cents = 1000
"""
ENGLISH = {"expected", "invalid", "unclosed", "unterminated", "cannot", "illegal"}
AID = '[[payer]]\nname = "DGCS"\nlegal_basis = "general_de_minimis"\n'


@pytest.mark.parametrize(
    ("right", "wrong", "line", "words"),
    [
        ('percent = "30"', "percent = 30.5", 5, "nombre positif"),
        ('percent = "30"', "percent =", 5, "il manque une valeur"),
        ('"Paniers"', '"Paniers', 1, "fermez le guillemet"),
        ("[person]", "[person", 3, "fermez le titre par un crochet"),
        ('name = "Paniers"', 'nom = "Paniers"', 1, "« nom » n'existe pas"),
        ("weight = 30", "weight = -1", 11, "Le poids"),
        ("cents = 1000", 'cents = "1"', 16, "nombre entier de centimes"),
        ("cents = 1000", "cent = 1000", 16, "« cent » n'existe pas"),
        ('kind = "share"', 'kind = "chare"', 8, "Dites la sorte"),
        ('rule = "percent"', 'rule = "pourcent"', 4, "Dites ce que la personne paie"),
        ("weight = 40", 'weight = 40, cap_per_unit = "x"', 10, "cap_per_unit (DGCS)"),
        ("[[envelope]]", "[envelope]", 14, "deux crochets"),
        ("weight = 40 },", "weight = 40 }", 11, "virgule"),
        ("cents = 1000\n", "cents = 1000\n" + AID, 19, "de minimis général"),
    ],
)
def test_a_fault_has_its_line_and_says_what_to_do(right, wrong, line, words):
    assert RULE.count(right) == 1
    text = RULE.replace(right, wrong)
    with pytest.raises(BadScheme) as refused:
        read_scheme(text)
    assert words in str(refused.value)
    assert line_of(text, str(refused.value)) == line


def test_the_reader_of_toml_is_never_quoted_in_english():
    for text in ("a", "a = [", "= 1", "a = 2026-99-01", "a = {b = 1", 'a = "\\q"', "[a]\n[a]", "["):
        with pytest.raises(BadScheme) as refused:
            read_scheme(text)
        assert not ENGLISH & set(str(refused.value).lower().split()), str(refused.value)


def test_a_message_nobody_foresaw_is_kept_whole():
    assert in_french("Strange (at line 7, column 2)") == "ligne 7, Strange"
    assert line_of("a = 1", "quelque chose d'autre") is None
