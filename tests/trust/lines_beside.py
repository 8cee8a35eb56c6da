"""Lines of acts that judge no file and pay nobody, with their people and objects.

Each act takes the world of its line and whoever does it: test_four_eyes_lines.py walks them.
"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

from ensemblier.base.people.models import Role, User
from ensemblier.fund.applications import seats
from ensemblier.fund.decisions import delegations, drafting, sharing
from ensemblier.fund.decisions.models import DecisionDraft
from ensemblier.fund.frameworks import answering, shaping, spending
from ensemblier.fund.intake import actions as intake
from ensemblier.fund.programme import actions as programmes
from ensemblier.fund.programme import delegation
from ensemblier.fund.publication import actions as publication
from ensemblier.fund.publication.models import Entry
from ensemblier.fund.review import interests
from tests import factories_decisions as shared
from tests import factories_frameworks as frameworks
from tests import factories_fund as fund
from tests import factories_money as money
from tests.trust.lines_money import NOW, World, around, headed

# Publication, one office all along: no role but the programme's.


def published() -> World:
    return around(money.signed(money.granted(case=headed())))


def refresh(w: World, who: User) -> None:
    publication.refresh(actor=who, now=NOW)
    w.entry = Entry.objects.get(agreement=w.agreement)


def correct(w: World, who: User) -> None:
    publication.correct(
        entry=w.entry, fields={"objet": "Objet exact"}, reason="Faute", actor=who, now=NOW
    )


def withdraw_entry(w: World, who: User) -> None:
    publication.withdraw(entry=w.entry, reason="Erreur", actor=who, now=NOW)


def restore_entry(w: World, who: User) -> None:
    publication.restore(entry=w.entry, reason="Rétablie", actor=who, now=NOW)


# Delegations of money and of signature.


def powers() -> World:
    w = World(hands={})
    w.envelope = fund.envelope()
    w.target = programmes.open_envelope(
        actor=None, programme=w.envelope.programme, year=2027, strand="local",
        region=fund.place().department.region,
    )  # fmt: skip
    w.mandate = fund.give(fund.user(), Role.SIGNATORY)
    return w


def delegate_money(w: World, who: User) -> None:
    w.target.refresh_from_db()
    delegation.delegate(
        key=uuid4(), actor=who, envelope=w.envelope, to=w.target, amount_cents=100_00,
        day=NOW.date(), reason="Part de la région",
    )  # fmt: skip


def give_money_back(w: World, who: User) -> None:
    w.target.refresh_from_db()
    delegation.give_back(
        key=uuid4(), actor=who, envelope=w.target, amount_cents=1_00, day=NOW.date(),
        reason="Non engagé",
    )  # fmt: skip


def delegate_signature(w: World, who: User) -> None:
    delegations.delegate(
        mandate=w.mandate, act="Arrêté du 3 mai", ceiling_cents=1_000_00, starts=NOW.date(),
        ends=None, actor=who, now=NOW,
    )  # fmt: skip


# Decisions prepared from a scenario, then signed.


def drafts() -> World:
    w = shared.shared(files=1)
    w.application = w.files[0]
    return around(w)


def write_scenario(w: World, who: User) -> None:
    w.scenario = sharing.write(
        call=w.call, name="Au rang", rule={"kind": "rank"}, actor=who, now=NOW
    )


def prepare_drafts(w: World, who: User) -> None:
    drafting.prepare(scenario=w.scenario, actor=who, now=NOW)


def sign_draft(w: World, who: User) -> None:
    row = DecisionDraft.objects.get(application=w.application)
    drafting.sign(draft=row, version=row.version, actor=who, now=NOW, notify=False)


# A recusal, declared then lifted.


def recusal() -> World:
    return around(World(application=fund.filed(by=fund.organisation())))


def declare(w: World, who: User) -> None:
    w.interest = interests.declare(
        application=w.application, kind="member", reason="", actor=who, now=NOW
    )


def lift_recusal(w: World, who: User) -> None:
    interests.lift(interest=w.interest, reason="Lien terminé", actor=who, now=NOW)


# A grouped request, then its shares.


def grouped() -> World:
    return _network(frameworks.grouped(count=1))


def shares() -> World:
    return _network(frameworks.opened())


def _network(case: SimpleNamespace) -> World:
    case.hands = {
        "network_head": fund.user(Role.NETWORK_HEAD, case.head),
        "representative": fund.user(Role.REPRESENTATIVE, case.head),
        "applicant": fund.user(Role.APPLICANT, case.head),
        "member": fund.user(Role.REPRESENTATIVE, case.members[0]),
        "member's applicant": fund.user(Role.APPLICANT, case.members[0]),
        "other": fund.user(Role.REPRESENTATIVE, fund.organisation()),
    }
    return case


def write_share(w: World, who: User) -> None:
    w.share = shaping.write_share(
        framework=w.framework, member=w.members[0], project="Des paniers.",
        amounts={("engineering", 2027): 5_000_00}, actor=who, now=NOW,
    )  # fmt: skip


def answer_share(w: World, who: User) -> None:
    answering.answer_as(
        share=w.share, seen=shaping.content_digest(w.share), agrees=True, reason="", actor=who,
        now=NOW,
    )  # fmt: skip


def write_guarantee(w: World, who: User) -> None:
    shaping.write_guarantee(
        framework=w.framework, text="Le réseau contrôle chaque dépense et rend le reste.",
        covers=["control", "return"], actor=who, now=NOW,
    )  # fmt: skip


def sign_guarantee(w: World, who: User) -> None:
    shaping.sign_guarantee(framework=w.framework, actor=who, now=NOW)


def draw(w: World, who: User) -> None:
    w.drawn = frameworks.drawn(w, 100_00, actor=who)


def check_draw(w: World, who: User) -> None:
    spending.check_draw(
        key=uuid4(), draw=w.drawn, accepts=True, reason="", actor=who,
        now=NOW + timedelta(days=61),
    )  # fmt: skip


def propose(w: World, who: User) -> None:
    w.passed = spending.propose_transfer(
        key=uuid4(), giver=w.sources[0], taker=w.shares[1], amount_cents=100_00,
        reason="Non dépensé", actor=who, now=NOW + timedelta(days=61),
    )  # fmt: skip


def answer_transfer(w: World, who: User) -> None:
    spending.answer_transfer(
        key=uuid4(), row=w.passed, accepts=True, reason="", actor=who,
        now=NOW + timedelta(days=61),
    )  # fmt: skip


# Seats on a draft, and a table of drafts.


def seat() -> World:
    head = fund.organisation("Réseau", kind="network")
    return around(World(application=fund.complete(by=fund.organisation(head=head))))


def invite(w: World, who: User) -> None:
    w.invited = seats.invite(
        application=w.application, email="invitee@exemple.fr", role="reader", actor=who, now=NOW
    )


def withdraw_seat(w: World, who: User) -> None:
    seats.withdraw_invitation(invitation=w.invited, actor=who, now=NOW)


def table() -> World:
    return around(World(application=World(organisation=fund.organisation()), call=fund.call()))


def read_table(w: World, who: User) -> None:
    head = "Association;SIRET;Président;Courriel;Commune;Titre;Résumé;Étape;Personnes;60;64;70"
    row = (
        f"Jardins du Nord;{fund.siret(50_000_001)};Awa Test;awa@exemple.fr;62051;"
        "Paniers du nord;Des paniers.;amorçage;120;18 000;32000;12000"
    )
    w.batch = intake.read(
        call=w.call, content=f"{head}\n{row}".encode(), name="demandes.csv", quality="officer",
        statement="Accord donné le 10 mai.", given_on=NOW.date(), mapping=None, actor=who,
        now=NOW,
    )  # fmt: skip


def apply_table(w: World, who: User) -> None:
    w.batch = intake.apply(batch=w.batch, actor=who, now=NOW)


def undo_table(w: World, who: User) -> None:
    intake.undo(batch=w.batch, reason="Erreur", actor=who, now=NOW)
