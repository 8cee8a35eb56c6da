"""Words of a rule that agree with their numbers."""

from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.reasons import parts_of, step_words
from ensemblier.engines.cofinancing.sentences import sentences

HALVES = """
name = "Moitié"
[person]
rule = "free"
[[step]]
kind = "share"
payers = [{ name = "CAF", weight = 1 }, { name = "MSA", weight = 3 }]
"""


def test_one_part_is_singular_in_the_sentence_and_in_the_reason():
    rule = read_scheme(HALVES)
    assert step_words(rule.steps[0]) == {"CAF": "1 part sur 4", "MSA": "3 parts sur 4"}
    told = " ".join(sentences(rule))
    assert "CAF, 1 part sur 4" in told
    assert "MSA, 3 parts sur 4" in told
    assert parts_of(0, 2) == "0 part sur 2"
