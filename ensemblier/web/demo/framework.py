"""A network's grouped request with 12 members: nine said yes, one no, two have not answered."""

from __future__ import annotations

from datetime import timedelta

from ensemblier.base.people import actions as people
from ensemblier.base.people.models import Organisation, Role, User
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.applications.models import Application
from ensemblier.fund.frameworks import answering, shaping
from ensemblier.fund.frameworks.models import Framework, MemberShare
from ensemblier.web.demo.accounts import DOMAIN
from ensemblier.web.demo.carriers import EXAMPLE_ADDRESS, example_siret
from ensemblier.web.demo.people import REASON, Cast
from ensemblier.web.demo.plan import Clock

HEAD = "ffba"
MEMBERS = 12
ASKED = 42_000_00
YES, NO = 9, 10  # ranks: up to YES agree, NO refuses, the others wait
CRITERIA = (
    ("Achats faits ensemble", "Le membre achète avec au moins deux autres."),
    ("Personnes à la décision", "Des personnes accueillies siègent là où l'on choisit."),
)


def grouped(cast: Cast, clock: Clock, application: Application) -> None:
    """The draft of a network becomes a request for its members; all examples."""
    network, speaker = cast.organisations[HEAD], cast.speakers[HEAD]
    first = application.call.expenses.all()[0]
    applications.set_asked(
        application=application,
        amounts=[
            {
                "expense_class": first.expense_class,
                "year": application.call.first_year,
                "amount_cents": ASKED,
                "is_assumed": True,
            }
        ],
        version=application.version,
        actor=speaker,
    )
    framework = shaping.start(
        application=application,
        answer_by=clock.today + timedelta(days=20),
        actor=speaker,
        now=clock.ago(9),
    )
    for label, explanation in CRITERIA:
        shaping.add_criterion(
            framework=framework,
            label=label,
            explanation=explanation,
            scale_max=4,
            actor=speaker,
            now=clock.ago(9),
        )
    person = _person(clock)
    for rank in range(1, MEMBERS + 1):
        member = _member(rank, network, person, clock)
        share = _share(framework, member, rank, speaker, clock)
        _answer(share, rank, person, clock)
        _score(share, rank, speaker, clock)
    shaping.write_guarantee(
        framework=framework,
        text="Le réseau contrôle les dépenses de ses membres, fait un bilan unique et rend ce "
        "qu'un membre n'aurait pas justifié. Texte d'exemple.",
        covers=["control", "report", "return"],
        actor=speaker,
        now=clock.ago(8),
    )
    shaping.sign_guarantee(framework=framework, actor=speaker, now=clock.ago(8, 15))


def _person(clock: Clock) -> User:
    """One example person speaks for the 12 members."""
    user = people.open_account(
        email=f"membres@{DOMAIN}", name="Pour les membres du réseau (démo)", password=None
    )
    people.vouch_for_address(user=user)
    return user


def _member(rank: int, network: Organisation, person: User, clock: Clock) -> Organisation:
    member = people.create_organisation(
        name=f"Membre d'exemple {rank:02d}",
        kind="association",
        actor=None,
        siret=example_siret(f"membre-{rank}"),
        commune=network.commune,
        address=EXAMPLE_ADDRESS,
        email=f"membre-{rank:02d}@{DOMAIN}",
        head=network,
        is_confirmed=True,
    )
    people.give_mandate(
        user=person,
        role=Role.REPRESENTATIVE,
        organisation=member,
        day=clock.day(100),
        actor=None,
        reason=REASON,
    )
    return member


def _share(
    framework: Framework, member: Organisation, rank: int, speaker: User, clock: Clock
) -> MemberShare:
    """A fourteenth of the amount asked, in whole euros: the head keeps two."""
    amounts = {
        (row.expense_class, row.year): row.amount_cents // 1_400 * 100
        for row in framework.application.asked.all()
    }
    return shaping.write_share(
        framework=framework,
        member=member,
        project=f"Le membre {rank} ouvre une distribution avec un comité d'habitants. Hypothèse.",
        amounts=amounts,
        actor=speaker,
        now=clock.ago(8),
    )


def _answer(share: MemberShare, rank: int, person: User, clock: Clock) -> None:
    if rank > NO:
        return
    answering.answer_as(
        share=share,
        seen=shaping.content_digest(share),
        agrees=rank <= YES,
        reason="" if rank <= YES else "Notre local n'est pas prêt cette année. Exemple.",
        actor=person,
        now=clock.ago(5),
    )


def _score(share: MemberShare, rank: int, speaker: User, clock: Clock) -> None:
    marks = {
        row.pk: (1 + (rank + row.position) % 4, "Note d'exemple.")
        for row in share.framework.criteria.all()
    }
    shaping.score(share=share, marks=marks, actor=speaker, now=clock.ago(7))
