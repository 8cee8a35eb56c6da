"""The editor of a rule: its text with faults told, its guide, its lines tried without saving."""

from __future__ import annotations

import html
import re

import pytest

from ensemblier.base.journal.models import Event
from ensemblier.chain.cofinancing import actions
from ensemblier.chain.cofinancing.examples import EXAMPLES
from ensemblier.chain.cofinancing.models import SchemeVersion
from tests.factories_cofinancing import AID, RULE, build, draft_form, enter, page, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return build()


class TestEditor:
    def test_lines_are_shared_without_saving_anything(self, client, world):
        enter(client, world, "lead")
        before = (SchemeVersion.objects.count(), Event.objects.count())
        answer = client.post(page(world, "edit"), draft_form(world, RULE))
        words = said(answer)
        assert answer.status_code == 200
        # 4 persons are in the band 3+: 5 % of 20.05 is 1.00 €, then 15.00 € end an envelope.
        assert "La personne 5 % du prix 1,00 €" in words
        assert "métropole fin de l'enveloppe, il avait 15,00 € 15,00 €" in words
        assert "CAF 1 part sur 2 2,03 €" in words
        assert "MSA 1 part sur 2 2,02 €" in words
        assert (SchemeVersion.objects.count(), Event.objects.count()) == before

    def test_the_piece_of_page_says_the_same_to_htmx(self, client, world):
        enter(client, world, "lead")
        answer = client.post(page(world, "preview"), draft_form(world, RULE))
        assert "CAF 1 part sur 2 2,03 €" in said(answer)
        assert "<html" not in answer.content.decode()
        wrong = client.post(page(world, "preview"), draft_form(world, "name ="))
        assert wrong.status_code == 200
        assert "ligne 1" in said(wrong)

    def test_a_fault_has_its_line_and_what_was_typed_stays(self, client, world):
        enter(client, world, "lead")
        wrong = RULE.replace("cents = 1500", "cents = 15,00")
        answer = client.post(page(world, "edit"), draft_form(world, wrong, "save"))
        words = said(answer)
        assert answer.status_code == 422
        assert f"ligne {wrong[: wrong.index('15,00')].count(chr(10)) + 1}" in words
        assert "cents = 15,00" in html.unescape(answer.content.decode())
        assert 'value="20,05"' in answer.content.decode()
        assert not world.scheme.versions.exists()

    def test_general_de_minimis_is_refused_with_the_way_out(self, client, world):
        enter(client, world, "lead")
        answer = client.post(page(world, "edit"), draft_form(world, RULE + AID, "save"))
        words = said(answer)
        assert "CAF ne peut pas payer au titre du de minimis général" in words
        assert "de minimis agricole de chaque ferme" in words
        assert not world.scheme.versions.exists()

    def test_a_draft_is_saved_then_read_again(self, client, world):
        enter(client, world, "lead")
        text = RULE.replace("\n", "\r\n")
        answer = client.post(page(world, "edit"), draft_form(world, text, "save"))
        assert answer["Location"] == page(world, "detail")
        assert world.scheme.versions.get().text == RULE
        again = html.unescape(client.get(page(world, "edit")).content.decode())
        assert RULE in again
        assert 'name="payeurs-1-name" value="CAF"' in again  # the guide says the same

    def test_nobody_writes_over_what_another_saved_meanwhile(self, client, world):
        enter(client, world, "lead")
        actions.save_draft(scheme=world.scheme, text=RULE, actor=None)
        mine = RULE.replace('"10"', '"20"')
        answer = client.post(page(world, "edit"), draft_form(world, mine, "save"))
        assert answer.status_code == 409
        assert "Quelqu'un a enregistré ce brouillon" in said(answer)
        assert world.scheme.versions.get().text == RULE
        known = re.search(r'name="known" value="(\w+)"', answer.content.decode())[1]
        client.post(page(world, "edit"), draft_form(world, mine, "save", known=known))
        assert world.scheme.versions.get().text == mine

    def test_the_guide_writes_the_rule(self, client, world):
        enter(client, world, "lead")
        filled = {
            "guide-name": "Jeudi",
            "guide-rule": "table",
            "guide-by": "size",
            "guide-unit": "cents_per_unit",
            "bareme-0-key": "1",
            "bareme-0-value": "2,50",
            "payeurs-0-name": "CAF",
            "payeurs-0-weight": "2",
            "payeurs-0-step": "1",
            "payeurs-1-name": "MSA",
            "payeurs-1-weight": "1",
            "payeurs-1-step": "1",
            "payeurs-1-unit_cap": "3,00",
            "payeurs-2-name": "Ville",
            "enveloppes-0-payer": "Ville",
            "enveloppes-0-cents": "1 000",
            "argent-0-name": "Ville",
            "argent-0-nature": "complement",
            "argent-0-basis": "sieg_mandate",
        }
        answer = client.post(page(world, "edit"), draft_form(world, RULE, "guide", **filled))
        shown = html.unescape(answer.content.decode())
        assert answer.status_code == 200
        for line in (
            'cents_per_unit = { "1" = 250 }',
            '{ name = "MSA", weight = 1, cap_per_unit = 300 }',
            'kind = "rest"\npayer = "Ville"',
            "cents = 100000",
            'legal_basis = "sieg_mandate"',
        ):
            assert line in shown
        assert "Le texte d'avant le guide" in shown  # what was typed is not lost
        assert "3+" in shown
        assert not world.scheme.versions.exists()

    @pytest.mark.parametrize(
        ("filled", "words"),
        [
            ({"guide-rule": "percent"}, "Dites quel pourcentage"),
            ({"guide-rule": "percent", "guide-percent": "-3"}, "pourcentage positif"),
            ({"payeurs-0-name": "A", "payeurs-0-weight": "1e9"}, "Qui paie, ligne 1, Parts"),
            ({"enveloppes-0-payer": "A"}, "combien il y a dans l'enveloppe de A"),
            ({"guide-rule": "table", "bareme-0-key": "1", "bareme-0-value": "x"}, "Barème, « 1 »"),
        ],
    )
    def test_the_guide_says_what_it_lacks(self, client, world, filled, words):
        enter(client, world, "lead")
        answer = client.post(page(world, "edit"), draft_form(world, RULE, "guide", **filled))
        assert words in said(answer)
        assert RULE in html.unescape(answer.content.decode())

    def test_more_rows_are_given_without_script(self, client, world):
        enter(client, world, "lead")
        for name, count in (("payeurs", 5), ("essai", 3)):
            answer = client.post(page(world, "edit"), draft_form(world, RULE, f"more-{name}"))
            shown = answer.content.decode()
            assert f'name="{name}-TOTAL_FORMS" value="{count}"' in shown
            assert 'value="20,05"' in shown

    @pytest.mark.parametrize(
        ("cell", "typed", "words"),
        [
            ("milli", "-1", "La quantité doit être supérieure à zéro"),
            ("milli", "1e3000000", "n'est pas une quantité"),
            ("price", "=1+1", "n'est pas un montant"),
            ("day", "31/02/2027", "n'est pas une date"),
        ],
    )
    def test_a_hostile_sample_is_told_and_kept(self, client, world, cell, typed, words):
        enter(client, world, "lead")
        sent = draft_form(world, RULE, **{f"essai-0-{cell}": typed})
        answer = client.post(page(world, "edit"), sent)
        assert answer.status_code == 200
        assert words in said(answer)
        assert f'value="{typed}"' in html.unescape(answer.content.decode())

    def test_an_unknown_product_is_tried_as_typed(self, client, world):
        enter(client, world, "lead")
        rule = RULE.replace("[person]", '[scope]\nproducts = ["panier"]\n\n[person]')
        sent = draft_form(world, rule, **{"essai-0-product": "chou"})
        assert "« chou » n'est pas dans le champ" in said(client.post(page(world, "edit"), sent))

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"text": "x" * 30_000, "do": "save"},
            {"text": "a = " + "[" * 9000, "do": "try"},
            {"text": RULE, "do": "more-payeurs", "payeurs-TOTAL_FORMS": "9" * 400},
            {"text": RULE, "essai-TOTAL_FORMS": "999999999", "essai-INITIAL_FORMS": "-1"},
        ],
    )
    def test_a_form_made_up_by_hand_breaks_nothing(self, client, world, sent):
        enter(client, world, "lead")
        assert client.post(page(world, "edit"), sent).status_code in (200, 422)
        assert client.post(page(world, "preview"), sent).status_code == 200

    @pytest.mark.parametrize("rank", range(len(EXAMPLES)))
    def test_each_form_of_the_field_is_tried_on_its_own_lines(self, client, world, rank):
        enter(client, world, "lead")
        actions.save_draft(scheme=world.scheme, text=EXAMPLES[rank].text, actor=None)
        words = said(client.get(page(world, "edit")))
        assert re.search(r"\d lignes calculées\. Rien n'est enregistré", words), words[-600:]
