"""The pages of co-financing: schemes, who pays, publishing, rights; who reads which part."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.models import Account
from ensemblier.chain.billing import posting
from ensemblier.chain.cofinancing import actions
from ensemblier.chain.cofinancing.examples import EXAMPLES
from ensemblier.chain.cofinancing.models import Scheme, SchemePayer, Share
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.models import Entitlement
from tests import factories_fund as fund
from tests.factories_chain import NOW, make_card, make_chain, make_payer_account
from tests.factories_cofinancing import AID, RULE, build, enter, page, published, said, sold

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return build()


class TestSchemes:
    def test_the_list_is_empty_then_shows_the_version_in_force(self, client, world):
        enter(client, world, "lead")
        Scheme.objects.all().delete()
        assert "Aucun dispositif" in said(client.get(page(world, "list", world.chain.slug)))

    def test_a_scheme_starts_from_each_form_of_the_field(self, client, world):
        enter(client, world, "lead")
        new = page(world, "new", world.chain.slug)
        assert all(each.title in said(client.get(new)) for each in EXAMPLES)
        for rank, each in enumerate(EXAMPLES, 1):
            answer = client.post(new, {"name": f"Forme {rank}", "start": str(rank)})
            made = Scheme.objects.get(code=f"forme-{rank}")
            assert answer["Location"] == page(world, "edit", made.pk)
            assert made.versions.get().text.startswith(f'name = "Forme {rank}"\n')
            assert made.versions.get().text.split("\n")[1:] == each.text.split("\n")[1:]
        answer = client.post(new, {"name": "Vide"})
        assert Scheme.objects.get(code="vide").versions.count() == 0

    def test_a_code_taken_is_said_and_what_was_typed_stays(self, client, world):
        enter(client, world, "lead")
        sent = {"name": "Autres paniers", "code": "paniers", "asks_card": "on"}
        answer = client.post(page(world, "new", world.chain.slug), sent)
        assert answer.status_code == 422
        assert "porte déjà le code « paniers »" in said(answer)
        assert 'value="Autres paniers"' in answer.content.decode()

    def test_the_page_tells_the_rule_the_payers_and_what_is_left(self, client, world):
        published(world)
        sold(world)
        sold(world)
        enter(client, world, "lead")
        words = said(client.get(page(world, "detail")))
        for told in (
            "1 : 10 % du prix, 2 : 8 % du prix, 3+ : 5 % du prix",
            "1. métropole prend ce qui reste.",
            "CAF, 1 part sur 2 ; MSA, 1 part sur 2",
            "métropole, parts",
            "en vigueur depuis le",
        ):
            assert told in words
        assert "15 € 0 €" in words  # the envelope: all paid
        row = re.search(r"Les personnes (.*?) Ces mois", words)[1]
        assert "15 € 1,50 € 1,50 € 2 €" in row


class TestPayersAndPublishing:
    def test_an_account_is_opened_for_who_pays(self, client, world):
        enter(client, world, "lead")
        actions.save_draft(scheme=world.scheme, text=RULE, actor=None)
        sent = {"name": "CAF", "purse": "funder", "organisation": world.funders["CAF"].pk}
        answer = client.post(page(world, "payer"), sent)
        assert answer["Location"] == page(world, "detail")
        payer = SchemePayer.objects.get(name="CAF")
        assert (payer.organisation, payer.account.kind) == (world.funders["CAF"], "funder")
        assert Event.objects.filter(action="cofinancing.payer_named").exists()
        assert Event.objects.filter(action="ledger.account_opened").exists()
        # The same organisation pays from the same account in another scheme of the chain.
        other = actions.create_scheme(
            chain=world.chain, code="autre", name="Autre", asks_card=False, actor=None
        )
        again = actions.open_payer(
            scheme=other,
            name="allocations",
            purse="funder",
            organisation=world.funders["CAF"],
            actor=None,
        )
        assert again.account == payer.account

    def test_a_seller_bears_its_part_on_its_own_sales(self, world):
        payer = actions.open_payer(
            scheme=world.scheme,
            name="épicerie",
            purse="seller",
            organisation=world.chain.lead,
            actor=None,
        )
        assert payer.account == posting.seller_account(world.chain, world.chain.lead)

    def test_a_pot_has_an_account_and_nobody_behind(self, client, world):
        enter(client, world, "lead")
        actions.save_draft(scheme=world.scheme, text=RULE, actor=None)
        client.post(page(world, "payer"), {"name": "MSA", "purse": "pot"})
        client.post(page(world, "payer"), {"name": "CAF", "purse": "pot"})
        pots = SchemePayer.objects.filter(organisation=None)
        assert {pot.name for pot in pots} == {"CAF", "MSA"}
        assert len({pot.account_id for pot in pots}) == 2

    def test_a_funder_without_organisation_is_refused(self, client, world):
        enter(client, world, "lead")
        actions.save_draft(scheme=world.scheme, text=RULE, actor=None)
        answer = client.post(page(world, "payer"), {"name": "CAF", "purse": "funder"})
        assert answer.status_code == 422
        assert "Choisissez l'organisation qui paie" in said(answer)
        outside = {"name": "CAF", "purse": "funder", "organisation": fund.organisation("X").pk}
        assert client.post(page(world, "payer"), outside).status_code == 422
        assert not Account.objects.filter(kind="funder").exists()

    def test_publishing_asks_who_pays_then_freezes_the_rule(self, client, world):
        enter(client, world, "lead")
        draft = actions.save_draft(scheme=world.scheme, text=RULE, actor=None)
        sent = {"starts": "2027-01-01", "digest": draft.digest}
        words = said(client.get(page(world, "publish")))
        assert "Dire qui paie pour métropole" in words
        assert "1. métropole prend ce qui reste." in words
        refused = client.post(page(world, "publish"), sent)
        assert refused.status_code == 422
        assert "Dites quel compte paie pour métropole, CAF, MSA" in said(refused)
        for name, organisation in world.funders.items():
            client.post(
                page(world, "payer"),
                {"name": name, "purse": "funder", "organisation": organisation.pk},
            )
        answer = client.post(page(world, "publish"), sent)
        assert answer["Location"] == page(world, "detail")
        draft.refresh_from_db()
        assert draft.published_at is not None
        assert draft.starts == date(2027, 1, 1)

    def test_the_next_version_says_what_it_changes(self, client, world):
        published(world)
        actions.save_draft(scheme=world.scheme, text=RULE.replace('"10"', '"12"'), actor=None)
        enter(client, world, "lead")
        words = said(client.get(page(world, "publish")))
        before, after = words.index("1 : 10 % du prix"), words.rindex("1 : 12 % du prix")
        assert "Maintenant" in words[before:after]

    def test_an_envelope_written_again_is_said_beside_what_was_paid(self, client, world):
        """The text of the next version starts from the last one, with its whole envelope."""
        pot = '[surcharge]\npot = "Cagnotte"\n[[envelope]]\npayer = "Cagnotte"\n'
        pot += "cents = 100\nfed = true\n"
        account = make_payer_account("cagnotte")
        actions.name_payer(scheme=world.scheme, name="Cagnotte", account=account, actor=None)
        published(world, RULE + pot)
        sold(world, extra_cents=50)
        actions.save_draft(scheme=world.scheme, text=RULE + pot + "# autre", actor=None)
        enter(client, world, "lead")
        words = said(client.get(page(world, "publish")))
        assert "métropole : 9 € déjà payés par la version 1, reste 6 €." in words
        assert "Cette règle ouvre 15 €." in words and "ce qui reste" in words
        assert "Cagnotte : il reste 1,50 € dans la cagnotte de la version 1." in words
        assert "Plafonds et crédits par foyer" not in words

    def test_another_text_than_the_one_read_is_not_published(self, client, world):
        published(world)
        read = actions.save_draft(scheme=world.scheme, text=RULE + "# lu", actor=None).digest
        actions.save_draft(scheme=world.scheme, text=RULE + "# autre", actor=None)
        enter(client, world, "lead")
        answer = client.post(page(world, "publish"), {"starts": "2027-01-01", "digest": read})
        assert answer.status_code == 422
        assert "Quelqu'un a enregistré ce brouillon" in said(answer)
        assert world.scheme.versions.filter(published_at=None).exists()

    def test_farm_goods_hidden_behind_a_word_are_refused_at_publication(self, client, world):
        text = RULE.replace('solidaires"\n', 'solidaires"\nfarm_goods = false\n', 1) + AID
        enter(client, world, "lead")
        draft = actions.save_draft(scheme=world.scheme, text=text, actor=None)
        for name, organisation in world.funders.items():
            actions.open_payer(
                scheme=world.scheme,
                name=name,
                purse="funder",
                organisation=organisation,
                actor=None,
            )
        sent = {"starts": "2027-01-01", "digest": draft.digest}
        words = said(client.post(page(world, "publish"), sent))
        assert "il porte sur Panier" in words
        assert "Limitez les produits, ou choisissez une autre base" in words


class TestRights:
    def test_persons_become_the_band_of_the_table(self, client, world):
        published(world)
        card = make_card(world.chain)
        enter(client, world, "lead")
        sent = {"number": f" {card.number[:4]} {card.number[4:]}", "persons": "5"}
        sent |= {"starts": "2027-01-01", "attested_by": world.funders["CAF"].pk}
        answer = client.post(page(world, "entitle"), sent | {"month_milli": "4,5"})
        assert answer["Location"] == page(world, "detail")
        right = Entitlement.objects.get(card=card)
        assert (right.size, right.month_milli) == ("3+", 4500)
        assert right.attested_by == world.funders["CAF"]

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"number": "999"}, "Aucune carte de la filière"),
            ({"persons": "0"}, "supérieure ou égale à 1"),
            ({"month_milli": "-1"}, "est trop petit"),
            ({"ends": "2026-12-01"}, "La fin du droit précède son début"),
        ],
    )
    def test_what_cannot_be_is_said_and_kept(self, client, world, more, words):
        published(world)
        card = make_card(world.chain)
        enter(client, world, "lead")
        sent = {"number": card.number, "persons": "2", "starts": "2027-01-01"} | more
        answer = client.post(page(world, "entitle"), sent)
        assert answer.status_code == 422
        assert words in said(answer)
        assert f'value="{sent["number"]}"' in answer.content.decode()
        assert not Entitlement.objects.exists()

    def test_a_card_of_another_chain_is_unknown(self, client, world):
        published(world)
        enter(client, world, "lead")
        sent = {"number": make_card(make_chain()).number, "persons": "2", "starts": "2027-01-01"}
        assert "Aucune carte de la filière" in said(client.post(page(world, "entitle"), sent))

    def test_a_scheme_without_table_asks_no_size_and_a_tier_is_chosen(self, client, world):
        text = RULE.replace('by = "size"', 'by = "tier"')
        published(world, text)
        enter(client, world, "lead")
        shown = client.get(page(world, "entitle")).content.decode()
        assert 'name="persons"' not in shown
        assert '<option value="3+">' in shown


class TestWhy:
    def test_the_line_that_ends_an_envelope_is_explained(self, client, world):
        published(world)
        first, second = sold(world), sold(world)
        enter(client, world, "lead")
        part = Share.objects.get(line=second, payer__name="métropole")
        words = said(client.get(page(world, "why", second.pk), {"part": part.rank}))
        assert "Pourquoi 6,00 € pour métropole ?" in words
        assert "Fin de l'enveloppe" in words
        assert "il restait 6,00 € dans ses enveloppes : elles finissent ici" in words
        assert "il restait 15,00 €" in said(client.get(page(world, "why", first.pk)))

    def test_what_was_left_counts_undone_lines(self, client, world):
        """From the start or back from now, at every line: the state of the real run."""
        published(world, RULE.replace("1500", "9000"))
        lines, left, seen = [], 9000, []
        for rank in range(9):
            seen.append(left)
            lines.append(sold(world))
            left -= 900
            if rank == 4:
                opposite = distribution.undo_line(
                    key=uuid4(),
                    line=lines[2],
                    day=timezone.localdate(),
                    now=NOW,
                    actor=None,
                )
                actions.share_line(line=opposite, actor=None)
                left += 900
        enter(client, world, "lead")
        for line, cents in zip(lines, seen, strict=True):
            words = said(client.get(page(world, "why", line.pk)))
            assert f"il restait {cents // 100},00 €" in words
        assert "annule une autre" in said(client.get(page(world, "why", opposite.pk)))

    def test_the_rows_behind_an_amount(self, client, world):
        published(world)
        line = sold(world)
        sold(world, day=timezone.localdate() - timedelta(days=70))
        enter(client, world, "lead")
        payer = SchemePayer.objects.get(name="métropole")
        month = f"{line.day:%Y-%m}"
        asked = {"payeur": payer.pk, "mois": month}
        words = said(client.get(page(world, "parts"), asked))
        assert words.count("Pourquoi ?") == 1
        assert "9,00 €" in words
        assert said(client.get(page(world, "parts"))).count("Pourquoi ?") > 3
        for odd in ("2027-13", "x", "2027-1", "99999-01"):
            answer = client.get(page(world, "parts"), {"mois": odd, "payeur": "²"})
            assert answer.status_code == 200


class TestWhoReads:
    def test_a_funder_sees_its_own_parts_and_never_a_person(self, client, world):
        published(world)
        line = sold(world)
        sold(world)
        card = make_card(world.chain, "paniers", size="1")
        enter(client, world, "métropole")
        words = said(client.get(page(world, "detail")))
        assert "CAF, parts" not in words
        assert "Les personnes" not in words
        assert "brouillon" not in words
        assert card.number not in words
        rows = said(client.get(page(world, "parts")))
        assert rows.count("Pourquoi ?") == 2
        assert "La personne" not in rows
        why = said(client.get(page(world, "why", line.pk)))
        assert "métropole 9,00 €" in why
        assert "CAF 0" not in why
        assert "La personne" not in why

    def test_a_funder_does_not_open_a_line_it_does_not_pay(self, client, world):
        published(world)
        line = sold(world)  # the metropole pays all of it
        enter(client, world, "CAF")
        assert client.get(page(world, "detail")).status_code == 200
        assert client.get(page(world, "why", line.pk)).status_code == 404

    def test_few_households_are_not_counted(self, client, world):
        published(world)
        card = make_card(world.chain, "paniers", size="1", starts=date(2026, 1, 1))
        sold(world, card=card)
        enter(client, world, "métropole")
        assert "moins de 5" in said(client.get(page(world, "detail")))

    @pytest.mark.parametrize("who", ["grower", "stranger"])
    def test_the_others_find_nothing(self, client, world, who):
        version = published(world)
        line = sold(world)
        enter(client, world, who)
        for address in (
            page(world, "list", world.chain.slug),
            page(world, "new", world.chain.slug),
            page(world, "detail"),
            page(world, "parts"),
            page(world, "edit"),
            page(world, "version", version.pk),
            page(world, "why", line.pk),
        ):
            assert client.get(address).status_code == 404, address

    @pytest.mark.parametrize("who", ["métropole", "programme"])
    def test_who_reads_does_not_write(self, client, world, who):
        published(world)
        enter(client, world, who)
        for name in ("edit", "payer", "publish", "entitle"):
            assert client.get(page(world, name)).status_code == 403, name
            assert client.post(page(world, name), {"do": "save"}).status_code == 403, name
        assert client.post(page(world, "preview")).status_code == 403

    def test_a_draft_is_not_shown_to_who_pays(self, client, world):
        published(world)
        draft = actions.save_draft(scheme=world.scheme, text=RULE + "# suite", actor=None)
        enter(client, world, "métropole")
        assert client.get(page(world, "version", draft.pk)).status_code == 404
        enter(client, world, "programme")
        assert client.get(page(world, "version", draft.pk)).status_code == 200


@pytest.mark.parametrize("who", ["lead", "métropole"])
def test_pages_cost_few_queries_whatever_the_lines(client, world, who):
    version = published(world, RULE.replace("1500", "150000"))
    lines = [sold(world) for _ in range(12)]
    enter(client, world, who)
    pages = {
        page(world, "list", world.chain.slug): 10,
        page(world, "detail"): 15,
        page(world, "parts"): 15,
        page(world, "version", version.pk): 15,
        page(world, "why", lines[-1].pk): 15,
    }
    pages |= {page(world, "edit"): 15} if who == "lead" else {}
    for address, most in pages.items():
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        asked = [q["sql"] for q in seen if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(asked) <= most, (address, len(asked))
