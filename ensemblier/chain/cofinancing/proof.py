"""Proof that what is kept of a version's state is what its lines drew, and that shares add up."""

from __future__ import annotations

from collections import Counter

from django.db import connection
from django.db.models import BigIntegerField, Case, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from ensemblier.base.journal import append_only
from ensemblier.chain.cofinancing.models import SchemeVersion, SharedLine
from ensemblier.chain.cofinancing.rules import rule_of
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.engines.cofinancing.cents import Memory
from ensemblier.engines.cofinancing.scheme import Scheme as Rule

PROTECTED = ("cofinancing_share", "cofinancing_sharedline", "distribution_saleline")


def faults(version: SchemeVersion) -> list[str]:
    """What does not agree, in French; nothing when all is well."""
    rule = rule_of(version.text)
    drawn, memories = _drawn(version, rule)
    found = [f"ligne {pk} : ses parts ne font pas son prix" for pk in _not_whole(version)]
    for row in version.envelopes.all():
        if row.cents != rule.envelopes[row.rank].cents - drawn[row.rank]:
            found.append(f"enveloppe {row.rank + 1} de {row.payer} : le reste est faux")
    for carry in version.carries.all():
        if carry.carry != memories[carry.step].carries[carry.place]:
            found.append(f"étape {carry.step}, place {carry.place + 1} : le report est faux")
    return found


def _drawn(version: SchemeVersion, rule: Rule) -> tuple[Counter[int], dict[int, Memory]]:
    """Envelopes and memory again from what each line kept, undone lines apart."""
    drawn: Counter[int] = Counter()
    memories = {
        rank: Memory([payer.weight for payer in step.payers])
        for rank, step in enumerate(rule.steps, 1)
        if step.kind == "share"
    }
    # A line undone before it was shared stands until its opposite is shared too.
    stands = Q(line__undone_by=None) | Q(line__undone_by__shared=None)
    held = SharedLine.objects.filter(stands, version=version, line__undoes=None)
    for draft in held.values_list("draft", flat=True).iterator(2000):
        for rank, cents in draft["envelopes"]:
            drawn[rank] += cents
        for step, rest, given in draft["memories"]:
            memories[step].keep(rest, given)
    return drawn, memories


def _not_whole(version: SchemeVersion) -> list[int]:
    """Lines whose shares do not add up to their price, or to its opposite when they undo."""
    sign = Case(When(undoes=None, then=Value(1)), default=Value(-1), output_field=BigIntegerField())
    lines = SaleLine.objects.filter(shared__version=version).annotate(
        shared_cents=Coalesce(Sum("shares__cents"), 0), sign=sign
    )
    return list(
        lines.exclude(shared_cents=F("price_cents") * F("sign")).values_list("pk", flat=True)[:20]
    )


def prove() -> list[tuple[str, str]]:
    """For `ensemblier verify`: where and what is wrong, and the missing protections."""
    published = SchemeVersion.objects.exclude(published_at=None).select_related("scheme")
    found = [
        (f"dispositif {version.scheme.code}, version {version.number}", fault)
        for version in published
        for fault in faults(version)
    ]
    return found + [
        ("protection", f"le déclencheur {name} manque ou est coupé")
        for name in append_only.missing(connection, *PROTECTED)
    ]
