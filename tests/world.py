"""Two sides of one small world: everything once near (Pas-de-Calais) and once far (elsewhere).

Each side has its own organisation, files in several states, agreement, report, payment, claim and
invitation; every text of a side carries its canary word, so that a leak shows in any page.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ensemblier.base.people.memberships import MembershipRequest
from ensemblier.base.people.models import (
    Claim,
    FoodAidAuthorisation,
    Invitation,
    Mandate,
    Role,
    User,
)
from ensemblier.fund.calls.models import Call
from ensemblier.fund.decisions.models import Notice, Scenario, ScenarioLine
from tests import factories_agreements as agreements
from tests import factories_atelier as atelier
from tests import factories_company as company
from tests import factories_frameworks as frameworks
from tests import factories_fund as fund
from tests import factories_intake as intake
from tests import factories_jury as juries
from tests import factories_money as money
from tests import factories_monitoring as monitoring
from tests import factories_payments as bank
from tests import factories_review as review
from tests import world_chain

CANARY = {"near": "zibelinepres", "far": "zibelineloin"}
PLACES = {"near": "62", "far": "13"}


def build() -> SimpleNamespace:
    """Both sides, one call, and one account for each kind of person."""
    call = fund.call()
    closed_call_draft = fund.call(published=False, kind_template="local")
    sides = {name: _side(name, call) for name in ("near", "far")}
    near = sides["near"]
    scenario, line = _shared(call, near)
    people = {
        "anonyme": None,
        "sans mandat": fund.user(),
        "porteur": fund.user(Role.APPLICANT, near.organisation),
        "représentante": near.representative,
        "tête de réseau": fund.user(Role.NETWORK_HEAD, near.head),
        "instruction 62": fund.user(Role.INSTRUCTOR, department=near.commune.department),
        "instruction 13": fund.user(Role.INSTRUCTOR, department=sides["far"].commune.department),
        "programme": fund.user(Role.PROGRAMME),
        "signataire": fund.user(Role.SIGNATORY),
        "payeur": fund.user(Role.PAYER),
        "auditeur": fund.user(Role.AUDITOR),
        "assistance": fund.user(Role.SUPPORT),
        "programme sans second facteur": fund.user(Role.PROGRAMME),
        "producteur": fund.user(Role.APPLICANT, near.grower),
        "financeur d'une filière": fund.user(Role.APPLICANT, near.funder),
        "jurée": near.juror,
        "juré déporté": near.recused,
    }
    company.form_template(people["programme"])
    review.open_desk(sides.values(), [person for person in people.values() if person])
    return SimpleNamespace(
        call=call,
        draft_call=closed_call_draft,
        sides=sides,
        people=people,
        scenario=scenario,
        line=line,
    )


def _side(name: str, call: Call) -> SimpleNamespace:
    word = CANARY[name]
    commune = fund.place(PLACES[name])
    head = fund.organisation(f"Réseau {word}", kind="network")
    organisation = fund.organisation(f"Association {word}", commune=commune, head=head)
    representative = fund.user(Role.REPRESENTATIVE, organisation)
    side = SimpleNamespace(
        word=word,
        commune=commune,
        head=head,
        organisation=organisation,
        representative=representative,
    )
    side.draft = _file(side, call, filed=False)
    side.filed = _file(side, call)
    side.proposed = review.proposed(_file(side, call)).application
    company.near_people(side)
    side.funded = _granted(side, call)
    side.money = _reported(side, call)
    agreements.around(side)
    bank.near_pages(side)
    monitoring.around(side, is_public=name == "near")
    frameworks.around(side)
    intake.around(side)
    world_chain.around(side)
    juries.around(side)
    atelier.around(side)
    side.claim = _claim(side)
    side.invitation = _invitation(side)
    side.asked = _asked(side)
    side.aid = _aid(side)
    side.mandate = Mandate.objects.filter(user=representative).get()
    side.envelope = call.envelopes.first()
    side.notice = _notice(side)
    return side


def _notice(side: SimpleNamespace) -> Notice:
    return Notice.objects.create(
        application=side.funded.application,
        about=f"application:{side.funded.application.pk}",
        title=f"Observations {side.word}",
        grounds=f"{side.word} : une dépense n'est pas justifiée.",
        sent_by=fund.user(Role.PROGRAMME),
        sent_at=fund.NOW,
        due_on=fund.CLOSES.date(),
    )


def _shared(call: Call, side: SimpleNamespace) -> tuple[Scenario, ScenarioLine]:
    """A scenario of the call, with one file fixed by hand."""
    author = fund.user(Role.PROGRAMME)
    scenario = Scenario.objects.create(
        call=call, name="Au rang", author=author, created_at=fund.NOW, rule={"kind": "rank"}
    )
    line = ScenarioLine.objects.create(
        scenario=scenario,
        application=side.proposed,
        amount_cents=5_000_00,
        reason="Exemple",
        author=author,
        written_at=fund.NOW,
    )
    return scenario, line


def _file(side: SimpleNamespace, call: Call, *, filed: bool = True) -> Any:
    """A file of this side; its texts carry the canary."""
    row = fund.draft(of=call, by=side.organisation, actor=side.representative)
    row = fund.complete(row)
    type(row).objects.filter(pk=row.pk).update(
        title=f"Projet {side.word}",
        summary=f"{side.word} : des maraîchers du canton livrent des paniers chaque semaine.",
        commune=side.commune,
        department=side.commune.department,
    )
    row.refresh_from_db()
    return fund.filed(row) if filed else row


def _granted(side: SimpleNamespace, call: Call) -> SimpleNamespace:
    return money.granted(case=review.proposed(_file(side, call)))


def _reported(side: SimpleNamespace, call: Call) -> SimpleNamespace:
    """Signed, first instalment paid, final report filed, and the balance certified later."""
    case = money.granted(case=review.proposed(_file(side, call)))
    case.representative = side.representative
    money.reported(money.paid(money.signed(case)))
    money.accept(case)
    return money.certified(case, rank=1)


def _claim(side: SimpleNamespace) -> Claim:
    person: User = fund.user()
    return Claim.objects.create(
        user=person,
        organisation=side.organisation,
        role=Role.APPLICANT,
        proof=Claim.Proof.DOCUMENT,
        asked_at=money.NOW,
        document=None,
    )


def _asked(side: SimpleNamespace) -> MembershipRequest:
    return MembershipRequest.objects.create(
        organisation=side.organisation,
        network=side.head,
        asked_by=side.representative,
        asked_at=money.NOW,
    )


def _aid(side: SimpleNamespace) -> FoodAidAuthorisation:
    return FoodAidAuthorisation.objects.create(
        organisation=side.head,
        level="national",
        number=f"H {side.word}",
        starts=money.NOW.date(),
        ends=money.NOW.date().replace(year=2032),
    )


def _invitation(side: SimpleNamespace) -> Invitation:
    return Invitation.objects.create(
        email=f"{side.word}@exemple.fr",
        organisation=side.organisation,
        role=Role.APPLICANT,
        token_digest=side.word.ljust(64, "0"),
        invited_by=side.representative,
        invited_at=money.NOW,
        expires_at=money.NOW.replace(year=2030),
    )
