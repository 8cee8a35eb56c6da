"""Scenarios over a whole envelope, drafts prepared from one, and signatures one by one."""

import json
from argparse import Namespace
from pathlib import Path

import pytest
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.queries import balance
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions import commands, drafting, sharing
from ensemblier.fund.decisions.candidates import field_of
from ensemblier.fund.decisions.comparing import compare
from ensemblier.fund.decisions.models import Decision, DecisionDraft, Scenario
from tests import factories_decisions as made
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = cases.NOW
EXAMPLE = """
[appel]
priorites = ["engineering", "investment"]
si_enveloppe = ["investment"]
[[enveloppe]]
annee = 2027
euros = 50000
[[dossier]]
numero = "1"
note = 80
demande = [{ depense = "engineering", annee = 2027, euros = 40000 }]
[[dossier]]
numero = "2"
note = 60
demande = [{ depense = "engineering", annee = 2027, euros = "20000,50" }]
[[scenario]]
nom = "Au rang"
regle = "rank"
[[scenario]]
nom = "À parts égales"
regle = "rate"
main = { "2" = 100 }
"""


def test_two_scenarios_share_the_same_envelope_and_agree_to_the_cent():
    world = made.shared()
    rank = made.scenario(world)
    rate = made.scenario(world, "Même part", kind="rate")
    field = field_of(world.call, NOW.date())
    seen = compare(world.call, [rank, rate], field)
    assert [row.spent for row in seen.summaries] == [45_000_00, 45_000_00]
    assert [(row.whole, row.part, row.none) for row in seen.summaries] == [(1, 1, 0), (0, 2, 0)]
    for lines in (seen.regions, seen.classes, seen.years, seen.strands):
        assert [sum(line.cells[rank].cents for line in lines) for rank in (0, 1)] == [45_000_00] * 2
    assert seen.winners == [("Même part", 1, 1)]
    assert [move.amounts for move in seen.moves] == [[30_000_00, 22_500_00], [15_000_00, 22_500_00]]
    # Decided files leave the scenario, and what they took leaves the envelope.
    cases.decide(world.files[0], awards=[(world.envelope, "engineering", 20_000_00)])
    field = field_of(world.call, NOW.date())
    assert (len(field.files), field.available) == (1, 25_000_00)


def test_an_amount_fixed_by_hand_says_why_and_stays_within_the_request():
    world = made.shared()
    row = made.scenario(world)
    fields = {"scenario": row, "application": world.files[1], "actor": world.officer, "now": NOW}
    with pytest.raises(sharing.BadScenario, match="pourquoi"):
        sharing.fix(amount_cents=1_00, reason=" ", **fields)
    with pytest.raises(sharing.BadScenario, match="au plus"):
        sharing.fix(amount_cents=30_000_01, reason="Urgence", **fields)
    with pytest.raises(sharing.BadScenario, match="n'attend pas"):
        elsewhere = fields | {"application": fund.filed()}
        sharing.fix(amount_cents=1_00, reason="Urgence", **elsewhere)
    with pytest.raises(sharing.NotYours):
        sharing.fix(amount_cents=1_00, reason="Urgence", **fields | {"actor": cases.signatory()})
    line = sharing.fix(amount_cents=30_000_00, reason="Seul projet du canton.", **fields)
    row = Scenario.objects.get()
    field = field_of(world.call, NOW.date())
    outcome = sharing.outcome_of(row, field)
    assert outcome.total(world.files[1].number) == 30_000_00
    assert outcome.total(world.files[0].number) == 15_000_00
    sharing.release(line=line, actor=world.officer, now=NOW)
    outcome = sharing.outcome_of(Scenario.objects.get(), field)
    assert outcome.total(world.files[0].number) == 30_000_00


def test_drafts_grant_nothing_then_each_signature_is_one_decision():
    world = made.shared()
    rows = made.drafts(world)
    assert [row.outcome for row in rows] == ["funded", "funded"]
    assert "classé 1er sur 2" in rows[0].reasons and "mieux notés" in rows[0].reasons
    assert "Sur 30\u00a0000\u00a0€ demandés, 15\u00a0000\u00a0€" in rows[1].reasons
    assert balance(world.envelope.account).available == 45_000_00
    signatory = cases.signatory()
    pairs = [(row, row.version) for row in rows]
    first = drafting.sign_many(drafts=pairs, actor=signatory, now=NOW, notify=True)
    assert all(row.decision for row in first)
    assert balance(world.envelope.account).available == 0
    # Sent twice, signed once.
    again = drafting.sign_many(drafts=pairs, actor=signatory, now=NOW, notify=True)
    assert [row.decision.pk for row in again] == [row.decision.pk for row in first]
    assert Decision.objects.count() == 2 and not DecisionDraft.objects.exists()
    assert {d.scenario_id for d in Decision.objects.all()} == {Scenario.objects.get().pk}


def test_what_fails_in_a_bundle_is_told_and_the_rest_stands():
    """The envelope lost 20 000 € to another file since the drafts were made."""
    world = made.shared(files=3, cents=60_000_00)
    rows = made.drafts(world)
    assert [row.outcome for row in rows] == ["funded", "funded", "refused"]
    cases.decide(world.files[2], awards=[(world.envelope, "engineering", 20_000_00)])
    pairs = [(row, row.version) for row in rows]
    told = drafting.sign_many(drafts=pairs, actor=cases.signatory(), now=NOW, notify=True)
    assert [bool(row.decision) for row in told] == [True, False, False]
    assert "Il reste 10\u00a0000\u00a0€" in told[1].trouble
    assert "n'existe plus" in told[2].trouble
    assert balance(world.envelope.account).available == 10_000_00


def test_who_prepares_does_not_sign_whatever_else_they_hold():
    world = made.shared()
    fund.give(world.officer, Role.SIGNATORY)
    (first, _) = made.drafts(world)
    told = drafting.sign_many(
        drafts=[(first, first.version)], actor=world.officer, now=NOW, notify=True
    )
    assert told[0].decision is None and "préparé cette décision" in told[0].trouble


def test_the_pages_of_the_officer(client):
    world = made.shared()
    sign_in(client, world.officer)
    assert world.call.title in client.get(reverse("decisions:calls")).content.decode()
    side = reverse("decisions:scenarios", args=[world.call.slug])
    assert "Aucun scénario" in client.get(side).content.decode()
    new = reverse("decisions:scenario_new", args=[world.call.slug])
    wrong = client.post(new, {"name": "Par région", "kind": "floor", "rate": "120"})
    text = wrong.content.decode().replace("&#x27;", "'")
    assert "100 au plus" in text and "gardée pour les régions" in text and "Par région" in text
    client.post(new, {"name": "=Rang", "kind": "rank", "min_score": "50"})
    client.post(new, {"name": "Part", "kind": "rate", "rate": "50"})
    assert "déjà ce nom" in client.post(new, {"name": "Part", "kind": "rate"}).content.decode()
    text = client.get(side).content.decode()
    assert "note d&#x27;au moins 50" in text and "30\u00a0000\u00a0€ accordés" not in text
    table = client.get(reverse("decisions:table", args=[world.call.slug])).content.decode()
    assert table.splitlines()[0].split(";")[9].startswith("'=")
    rank = Scenario.objects.get(name="=Rang")
    one = reverse("decisions:scenario", args=[rank.pk])
    bad = client.post(one, {"number": "2027-99999", "amount": "1", "reason": "x"})
    assert "Aucun dossier déposé" in bad.content.decode()
    good = {"number": world.files[1].number, "amount": "12 000", "reason": "Urgence locale."}
    assert client.post(one, good).status_code == 302
    assert "Urgence locale." in client.get(one).content.decode()
    prepare = reverse("decisions:prepare", args=[rank.pk])
    assert "42\u00a0000" in client.get(prepare).content.decode()
    assert client.post(prepare)["Location"] == reverse("decisions:drafts")
    assert DecisionDraft.objects.count() == 2
    removed = client.post(reverse("decisions:remove", args=[rank.pk]), follow=True)
    assert "a préparé des décisions" in removed.content.decode().replace("&#x27;", "'")


def test_the_pages_of_the_signatory(client):
    world = made.shared()
    rows = made.drafts(world)
    sign_in(client, cases.signatory())
    assert "À signer (2)" in client.get(reverse("decisions:drafts")).content.decode()
    # The single page is filled with what was prepared.
    page = client.get(reverse("decisions:decide", args=[world.files[0].number])).content.decode()
    assert "Projet préparé" in page and "classé 1er sur 2" in page
    many = reverse("decisions:sign_many")
    ticked = {"draft": [f"{row.pk}:{row.version}" for row in rows]}
    confirm = client.post(many, ticked).content.decode()
    assert "45\u00a0000\u00a0€" in confirm and not Decision.objects.exists()
    missing = client.post(many, ticked | {"confirm": "1", "key": str(rows[0].key)})
    assert "Cochez la case" in missing.content.decode() and not Decision.objects.exists()
    full = ticked | {"confirm": "1", "agrees": "on", "hold": "on", "key": str(rows[0].key)}
    assert client.post(many, full).content.decode().count("badge") >= 2
    assert Decision.objects.filter(notified_at__isnull=True).count() == 2
    # Held: the file still waits, and the organisation sees nothing.
    assert set(Application.objects.values_list("state", flat=True)) == {"proposed"}
    again = client.post(many, full).content.decode()
    assert "déjà signés" in again and Decision.objects.count() == 2
    client.post(reverse("decisions:notify", args=[world.files[0].number]))
    assert Application.objects.get(pk=world.files[0].pk).state == "funded"


def test_the_side_by_side_page_has_few_queries(client, django_assert_max_num_queries):
    world = made.shared()
    for kind in ("rank", "rate", "floor", "manual"):
        made.scenario(world, kind, kind=kind)
    sign_in(client, world.officer)
    side = reverse("decisions:scenarios", args=[world.call.slug])
    client.get(side)
    with django_assert_max_num_queries(15):
        assert client.get(side).status_code == 200


def test_a_file_of_scenarios_on_the_command_line(tmp_path: Path, capsys):
    path = tmp_path / "exemple.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert commands.run(Namespace(file=path)) == 0
    first, second = json.loads(capsys.readouterr().out)["scenarios"]
    assert first["dossiers"]["1"]["centimes"] == 40_000_00
    assert first["dossiers"]["2"]["centimes"] == 10_000_00
    assert second["dossiers"]["2"]["centimes"] == 100_00
    assert second["accorde_centimes"] + second["reste_centimes"]["1"] == 50_000_00
    for wrong, words in (
        (EXAMPLE.replace("euros = 50000", "euros = -1"), "n'est pas un montant"),
        (EXAMPLE.replace('regle = "rank"', 'regle = "hasard"'), "n'existe pas"),
        (EXAMPLE.replace('numero = "2"', 'numero = "1"'), "même numéro"),
        ("[appel", "n'est pas du TOML"),
        ("", "au moins un"),
    ):
        path.write_text(wrong, encoding="utf-8")
        assert commands.run(Namespace(file=path)) == 2
        assert words in capsys.readouterr().err


def test_each_step_is_in_the_journal():
    world = made.shared()
    made.drafts(world)
    actions = set(Event.objects.filter(actor_id=world.officer.pk).values_list("action", flat=True))
    assert {"scenario.write", "scenario.prepare"} <= actions
