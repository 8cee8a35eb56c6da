"""What a grouped request lacks before it can be sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ensemblier.base.people.models import OrganisationKind
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.rules import Missing
from ensemblier.fund.frameworks.models import Framework, MemberShare
from ensemblier.fund.frameworks.shaping import content_digest
from ensemblier.fund.programme.models import ExpenseClass

State = MemberShare.State


def framework_gaps(application: Application) -> Iterator[Missing]:
    if application.organisation.kind != OrganisationKind.NETWORK:
        return  # nobody else carries one: a list of files asks nothing more
    framework = Framework.objects.filter(application=application.pk).first()
    if framework is None:
        return
    rows = framework.shares.exclude(state=State.REMOVED)
    shares = list(rows.select_related("member").prefetch_related("amounts"))
    if not shares:
        yield Missing("partenaires", "shares", "Ajoutez la part de chaque membre du réseau.")
    for share in shares:
        if share.state == State.REFUSED:
            words = "a refusé sa part : changez-la avec lui, ou retirez-la."
            yield Missing("partenaires", "shares", f"{share.member} {words}")
        elif share.state != State.CONFIRMED or share.answered_digest != content_digest(share):
            words = "n'a pas encore confirmé sa part : envoyez-lui son lien, ou retirez-la."
            yield Missing("partenaires", "shares", f"{share.member} {words}")
    if framework.signed_at is None:
        yield Missing(
            "partenaires", "guarantee", "Le représentant légal du réseau signe sa garantie."
        )
    yield from _above(application, shares)


def _above(application: Application, shares: list[MemberShare]) -> Iterator[Missing]:
    """The shares fit in what is asked, class by class and year by year."""
    sums: Counter[tuple[str, int]] = Counter()
    for share in shares:
        for row in share.amounts.all():
            sums[row.expense_class, row.year] += row.amount_cents
    asked = {(row.expense_class, row.year): row.amount_cents for row in application.asked.all()}
    for (name, year), cents in sorted(sums.items()):
        if cents > asked.get((name, year), 0):
            label = ExpenseClass(name).label
            yield Missing(
                "demande",
                "asked",
                f"Les parts des membres dépassent ce qui est demandé en {year} : {label}. "
                "Corrigez la demande ou les parts.",
            )
