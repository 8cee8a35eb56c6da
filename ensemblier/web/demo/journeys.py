"""How far each file went, step by step, through the same actions as the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ensemblier.base.people.models import User
from ensemblier.fund.agreements import actions as agreements
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions import actions as decisions
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.monitoring import actions as monitoring
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.review import actions as review
from ensemblier.fund.review import reminders, unanswered
from ensemblier.web.demo import afterwards, conventions, opinions
from ensemblier.web.demo import payments as demo_payments
from ensemblier.web.demo.co_instruction import discuss
from ensemblier.web.demo.people import Cast
from ensemblier.web.demo.plan import CLOSED, Clock, Step, key

INSTRUCTORS = {2: "instructeur-doubs", 13: "instructeur-doubs", 8: "instructeur-paca",
               7: "instructeur-paca"}  # fmt: skip
FIRST_SIGNATORY = frozenset({1, 2, 7, 13})
GRANTED = "Le projet répond aux six critères et l'enveloppe le permet. Décision d'exemple."
REFUSED = (
    "L'enveloppe ne permet pas de retenir tous les dossiers : celui-ci passe après d'autres. Il "
    "peut être repris au prochain appel. Décision d'exemple."
)
MISSING = (
    "Précisez deux points : la part des cofinancements acquise à ce jour, et la façon dont les "
    "personnes choisissent les produits. Demande d'exemple."
)


@dataclass
class Journey:
    """One file on its way."""

    step: Step
    application: Application
    speaker: User
    cast: Cast
    clock: Clock

    @property
    def number(self) -> int:
        return self.step.number

    @property
    def instructor(self) -> User:
        return self.cast[INSTRUCTORS.get(self.number, "instructeur")]

    @property
    def signatory(self) -> User:
        return self.cast["signataire" if self.number in FIRST_SIGNATORY else "signataire-2"]

    def key(self, word: str) -> object:
        return key(word, self.application.sheet_slug)

    def file(self, ago: int) -> None:
        applications.file(
            application=self.application,
            actor=self.speaker,
            now=self.clock.ago(ago),
            key=key("file", self.application.sheet_slug),
        )

    def take(self, ago: int) -> None:
        review.take(application=self.application, actor=self.instructor, now=self.clock.ago(ago))

    def opinion(self, ago: int, opinion: str, share: int, *, give: bool = True) -> None:
        self.opinion_of(self.instructor, ago, opinion, share, give=give)

    def opinion_of(
        self, actor: User, ago: int, opinion: str, share: int, *, give: bool = True
    ) -> None:
        now = self.clock.ago(ago, 15)
        row = review.join(application=self.application, actor=actor, now=now)
        opinions.write(
            self.application,
            review_row=row,
            number=self.number,
            opinion=opinion,
            share=share,
            actor=actor,
            now=now,
            give=give,
        )

    def propose(self, ago: int) -> None:
        review.propose(
            application=self.application,
            actor=self.cast["programme"],
            now=self.clock.ago(ago, 16),
            reason="Dossier instruit, avis rendu.",
        )

    def decide(self, ago: int, share: int) -> Decision:
        """Grant a share of each amount asked, in whole hundreds of euros; 0 refuses."""
        fresh = Application.objects.get(pk=self.application.pk)
        envelopes = {row.year: row for row in fresh.call.envelopes.all()}
        awards = [
            (envelopes[part.year], part.expense_class, cents)
            for part in fresh.asked.all()
            if (cents := part.amount_cents * share // 100 // 10_000 * 10_000)
        ]
        return decisions.decide(
            key=key("decide", fresh.sheet_slug),
            application=fresh,
            actor=self.signatory,
            outcome="funded" if share else "refused",
            awards=awards,
            reasons=GRANTED if share else REFUSED,
            now=self.clock.ago(ago, 11),
            version=fresh.version,
        )

    def instruct(self, filed: int, opinion: str = "favourable", share: int = 100) -> None:
        """From filed to proposed in twelve days."""
        self.file(filed)
        self.take(filed - 4)
        self.opinion(filed - 9, opinion, share)
        self.propose(filed - 12)

    def agreement(self, decision: Decision, ago: int, ends_in: int) -> Agreement:
        """Write and send the agreement: most at signature, the rest on a report."""
        granted = agreements.granted_cents(decision)
        last = granted // 10_000 * 3 * 1_000
        starts = self.clock.day(ago)
        ends = self.clock.today + timedelta(days=ends_in)
        release = "final_report" if ends_in < 0 else "intermediate_report"
        agreement = agreements.prepare(
            decision=decision,
            starts_on=starts,
            ends_on=ends,
            instalments=[
                agreements.Planned("Avance", "signature", granted - last, starts),
                agreements.Planned("Solde", release, last, ends),
            ],
            surplus_clause="",
            basis=agreements.Basis("not_economic", "Aide aux personnes (hypothèse)."),
            actor=self.cast["programme"],
            now=self.clock.ago(ago, 15),
        )
        if self.number == conventions.THREE_PARTIES:
            partner = self.cast.organisations[conventions.PARTNER]
            self.cast.speakers[conventions.PARTNER] = conventions.third_party(
                agreement, partner, self.cast["programme"], self.clock, ago
            )
        return agreements.send(
            agreement=agreement, actor=self.cast["programme"], now=self.clock.ago(ago, 17)
        )

    def sign(self, agreement: Agreement, ago: int) -> None:
        people = [
            (self.speaker, self.application.organisation, 9),
            (self.signatory, self.application.call.owner, 14),
        ]
        if self.number == conventions.THREE_PARTIES:
            third = conventions.PARTNER
            people.insert(1, (self.cast.speakers[third], self.cast.organisations[third], 11))
        for actor, organisation, hour in people:
            agreements.sign(
                agreement=agreement,
                organisation=organisation,
                actor=actor,
                now=self.clock.ago(ago, hour),
                key=key("sign", self.application.sheet_slug, organisation.pk),
            )

    def certify(self, agreement: Agreement, position: int, ago: int) -> Payment:
        return payments.certify(
            key=key("certify", self.application.sheet_slug, position),
            instalment=agreement.instalments.get(position=position),
            actor=self.cast["programme"],
            now=self.clock.ago(ago),
        )

    def pay(self, agreement: Agreement, position: int, ago: int) -> None:
        payment = self.certify(agreement, position, ago)
        actor = self.cast["payeur" if position == 1 else "payeur-2"]
        slug = self.application.sheet_slug
        demo_payments.before_payment(payment, self.clock, actor, ago - 1, slug)
        demo_payments.paid(payment, self.clock, actor, ago - 3, key=key("pay", slug, position))

    def report(self, agreement: Agreement, kind: str, ago: int) -> Report:
        """Fill and file a report: a little less was spent than planned."""
        agreement.refresh_from_db()
        day = self.clock.day(ago + 2)
        row = monitoring.start_report(agreement=agreement, kind=kind, actor=self.speaker, day=day)
        part = 100 if kind == Report.Kind.FINAL else 55
        saved = monitoring.save_report(
            report=row,
            narrative="Les activités prévues ont eu lieu. Bilan d'exemple de la démonstration.",
            variance_note="Les dépenses suivent le calendrier ; deux postes ont coûté moins.",
            people_count=self.application.people_count,
            actuals={
                line.pk: line.planned_cents * (part - place % 3) // 100 // 100 * 100
                for place, line in enumerate(row.lines.all())
            },
            version=row.version,
            actor=self.speaker,
        )
        return monitoring.file_report(report=saved, actor=self.speaker, now=self.clock.ago(ago))


def to_funded(journey: Journey) -> None:
    journey.instruct(80, share=90)
    decision = journey.decide(60, 90 if journey.number == 1 else 75)
    if journey.number == 1:
        journey.agreement(decision, 12, 365)


def to_refused(journey: Journey) -> None:
    journey.instruct(70, "unfavourable", 0)
    journey.decide(45, 0)


def to_proposed(journey: Journey) -> None:
    journey.instruct(44 - journey.number, "favourable" if journey.number != 14 else "reserved", 80)


def to_in_review(journey: Journey) -> None:
    journey.file(35)
    journey.take(28)
    if journey.number == 5:
        journey.opinion(14, "favourable", 90)
        journey.opinion_of(journey.cast["reseau"], 12, "favourable", 100)
    elif journey.number == 6:
        journey.opinion(10, "reserved", 70)
        discuss(journey)
    elif journey.number == 22:
        journey.opinion(6, "favourable", 80, give=False)


def to_incomplete(journey: Journey) -> None:
    """One answer is overdue, the other is not."""
    journey.file(60)
    journey.take(52)
    late = journey.number == 15
    asked = 30 if late else 8
    review.ask_complements(
        application=journey.application,
        due_on=journey.clock.today + timedelta(days=-9 if late else 13),
        message=MISSING,
        actor=journey.instructor,
        now=journey.clock.ago(asked),
    )


def to_abandoned(journey: Journey) -> None:
    """Asked, recalled, never answered: closed, and told so."""
    journey.file(70)
    journey.take(66)
    review.ask_complements(
        application=journey.application,
        due_on=journey.clock.day(40),
        message=MISSING,
        actor=journey.instructor,
        now=journey.clock.ago(60),
    )
    for days in (47, 41, 39):
        reminders.remind(journey.clock.ago(days))
    unanswered.abandon(
        application=journey.application,
        reason="Aucune réponse malgré trois rappels. Classement d'exemple.",
        actor=journey.instructor,
        now=journey.clock.ago(32),
    )


def to_agreed(journey: Journey) -> None:
    """13: paid once. 23: certified, waits for the payer. 19: paid, and a report filed."""
    journey.instruct(100, share=100)
    decision = journey.decide(80, 100 if journey.number != 23 else 90)
    agreement = journey.agreement(decision, 70, 300)
    journey.sign(agreement, 62)
    if journey.number == 23:
        journey.certify(agreement, 1, 20)
        return
    journey.pay(agreement, 1, 55)
    if journey.number == 13:
        slug, payer = journey.application.sheet_slug, journey.cast["payeur"]
        demo_payments.came_back(agreement, journey.clock, payer, 44, slug)
    if journey.number == conventions.BREACH:
        conventions.breach(agreement, journey.cast["programme"], journey.clock)
    if journey.number == conventions.THREE_PARTIES:
        desk = journey.cast["programme"]
        conventions.amended(agreement, desk, journey.speaker, journey.clock)
        demo_payments.co_funder(journey.cast, journey.clock, agreement)
        journey.report(agreement, Report.Kind.INTERMEDIATE, 6)


def to_closed(journey: Journey) -> None:
    """Paid twice, reported, a part given back, closed."""
    journey.instruct(118, share=100)
    decision = journey.decide(102, 100)
    agreement = journey.agreement(decision, 98, -25)
    journey.sign(agreement, 94)
    journey.pay(agreement, 1, 90)
    report = journey.report(agreement, Report.Kind.FINAL, 22)
    granted = agreements.granted_cents(decision)
    monitoring.accept_report(
        report=report,
        justified_cents=granted - 2_300_00,
        note="Dépenses admises, sauf 2 300 € non dépensés.",
        actor=journey.instructor,
        now=journey.clock.ago(18),
    )
    journey.pay(agreement, 2, 15)
    payments.refund(
        key=key("refund", journey.application.sheet_slug),
        agreement=agreement,
        amount_cents=2_300_00,
        reason="Part non dépensée, rendue par l'organisation",
        actor=journey.cast["payeur"],
        now=journey.clock.ago(6),
    )
    payments.close(
        key=key("close", journey.application.sheet_slug),
        agreement=agreement,
        actor=journey.cast["programme"],
        now=journey.clock.ago(4),
    )
    afterwards.evaluate(agreement, journey.speaker, journey.instructor, journey.clock)
    afterwards.share(agreement, journey.speaker, journey.clock)


def to_withdrawn(journey: Journey) -> None:
    journey.file(50)
    applications.withdraw(
        application=journey.application,
        actor=journey.speaker,
        now=journey.clock.ago(41),
        reason="Le projet est repris par un autre porteur. Retrait d'exemple.",
    )


ROADS = {
    "draft": lambda journey: None,
    "filed": lambda journey: journey.file(CLOSED + 1 + journey.number % 9),
    "in_review": to_in_review,
    "incomplete": to_incomplete,
    "proposed": to_proposed,
    "funded": to_funded,
    "refused": to_refused,
    "agreed": to_agreed,
    "closed": to_closed,
    "withdrawn": to_withdrawn,
    "abandoned": to_abandoned,
}
