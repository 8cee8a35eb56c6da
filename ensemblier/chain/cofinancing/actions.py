"""What can be done in co-financing: write a rule, publish it, name its payers, share a line."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Q

from ensemblier.base.chains.models import Chain
from ensemblier.base.journal.actions import record
from ensemblier.base.ledger import drawing
from ensemblier.base.ledger.models import Account, AccountKind
from ensemblier.base.people.models import Organisation
from ensemblier.chain.catalogue.models import Family, Product
from ensemblier.chain.cofinancing import sharing
from ensemblier.chain.cofinancing.accounts import funder_account, pot_account, seller_account
from ensemblier.chain.cofinancing.models import (
    Scheme,
    SchemePayer,
    SchemeVersion,
    Share,
    SharedLine,
)
from ensemblier.chain.cofinancing.queries import bands, scheme_of, version_on
from ensemblier.chain.cofinancing.refusals import (
    NOT_SHARED,
    AgreementClosed,
    AgreementNotOpen,
    AlreadyPublished,
    DraftMoved,
    DraftRefused,
    GeneralDeMinimisRefused,
    NotInTable,
    PayerKnown,
    PayerNotNamed,
    PayerWithoutOrganisation,
    SchemeCodeTaken,
    ShareRefused,
    VersionOverlaps,
)
from ensemblier.chain.cofinancing.rules import Purse, rule_of
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.models import Card, Entitlement, SaleLine
from ensemblier.chain.distribution.rules import band_of
from ensemblier.engines.cofinancing.faults import line_of
from ensemblier.engines.cofinancing.scheme import PERSON, BadScheme
from ensemblier.engines.cofinancing.scheme import Scheme as Rule

# Families that are farm or sea goods for State aid, whatever the text of a rule says of itself.
GENERAL = "general_de_minimis"
FARM = (Family.MEAT, Family.SEA, Family.FRUIT_VEG, Family.DAIRY)


@transaction.atomic
def create_scheme(*, chain: Chain, code: str, name: str, asks_card: bool, actor: Any) -> Scheme:
    """A scheme, still without a rule."""
    if scheme_of(chain, code):
        raise SchemeCodeTaken(code)
    scheme = Scheme.objects.create(chain=chain, code=code, name=name, asks_card=asks_card)
    record(actor=actor, action="cofinancing.scheme_created", subject=f"scheme:{scheme.pk}")
    return scheme


@transaction.atomic
def start_scheme(
    *, chain: Chain, code: str, name: str, asks_card: bool, text: str, actor: Any
) -> Scheme:
    """A scheme, with a first draft when there is a text to start from."""
    scheme = create_scheme(chain=chain, code=code, name=name, asks_card=asks_card, actor=actor)
    if text:
        save_draft(scheme=scheme, text=text, actor=actor)
    return scheme


@transaction.atomic
def save_draft(*, scheme: Scheme, text: str, actor: Any, known: str | None = None) -> SchemeVersion:
    """Keep the text of a rule once it can be read: the draft in hand, or a new version.

    `known`: the digest of the draft that was read ("" when there was none), so that nobody writes
    over what another person saved meanwhile.
    """
    _read(text)
    _lock(scheme)
    digest = sha256(text.encode()).hexdigest()
    draft = scheme.versions.filter(published_at__isnull=True).first()
    if known is not None and known != (draft.digest if draft else ""):
        raise DraftMoved
    if draft is None:
        last = scheme.versions.aggregate(last=Max("number"))["last"] or 0
        draft = SchemeVersion(scheme=scheme, number=last + 1)
    draft.text, draft.digest = text, digest
    draft.save()
    record(
        actor=actor,
        action="cofinancing.draft_saved",
        subject=f"scheme:{scheme.pk}",
        data={"version": draft.number, "digest": digest},
    )
    return draft


@transaction.atomic
def publish(
    *,
    version: SchemeVersion,
    starts: date,
    actor: Any,
    now: datetime,
    ends: date | None = None,
    digest: str = "",
) -> SchemeVersion:
    """Freeze a draft from a day on; the version in force ends the day before.

    `digest`: of the text that was read before publishing; refused when it is another one now.
    """
    scheme = version.scheme
    _lock(scheme)
    version = scheme.versions.get(pk=version.pk)
    if version.published_at is not None:
        raise AlreadyPublished
    if digest and digest != version.digest:
        raise DraftMoved
    rule = _read(version.text)
    named = set(scheme.payers.values_list("name", flat=True))
    if missing := [name for name in rule.names if name not in named]:
        raise PayerNotNamed(missing)
    _check_aid(scheme, rule)
    if ends is not None and ends < starts:
        raise DraftRefused("La fin de la version précède son début.")
    _make_room(scheme, starts, ends)
    version.starts, version.ends = starts, ends
    version.published_at, version.published_by_id = now, getattr(actor, "pk", None)
    version.save()
    sharing.open_books(version, rule)
    record(
        actor=actor,
        action="cofinancing.published",
        subject=f"scheme:{scheme.pk}",
        data={"version": version.number, "digest": version.digest, "starts": starts.isoformat()},
    )
    return version


@transaction.atomic
def name_payer(
    *,
    scheme: Scheme,
    name: str,
    account: Account,
    actor: Any,
    organisation: Organisation | None = None,
) -> SchemePayer:
    """The account of the books that pays for a name of the rule; said once. That of an agreement
    was opened by the fund to the lead of the chain."""
    if account.kind == AccountKind.AGREEMENT:
        opened = drawing.open_to(scheme.chain.lead)
        if not opened.filter(pk=account.pk).exists():
            raise AgreementNotOpen
    wanted = {"account": account, "organisation": organisation}
    payer, made = SchemePayer.objects.get_or_create(scheme=scheme, name=name, defaults=wanted)
    if not made and (payer.account_id, payer.organisation_id) != (
        account.pk,
        getattr(organisation, "pk", None),
    ):
        raise PayerKnown(name)
    if made:
        record(
            actor=actor,
            action="cofinancing.payer_named",
            subject=f"scheme:{scheme.pk}",
            data={"payer": name, "account": account.pk},
        )
    return payer


@transaction.atomic
def open_payer(
    *,
    scheme: Scheme,
    name: str,
    purse: str,
    actor: Any,
    organisation: Organisation | None = None,
    agreement: Account | None = None,
) -> SchemePayer:
    """Say who pays for a name of the rule, and open the account when there is none yet.

    `agreement`: the account of an agreement, which the fund opened; its shares leave it at once.
    """
    if purse == Purse.AGREEMENT:
        if agreement is None:
            raise AgreementNotOpen
        return name_payer(
            scheme=scheme, name=name, account=agreement, organisation=organisation, actor=actor
        )
    if purse == Purse.POT:
        _lock(scheme)  # two pots named at once would share one account
        rank = scheme.payers.count() + 1
        known = scheme.payers.filter(name=name).first()
        account = known.account if known else pot_account(scheme, rank, name)
        return name_payer(scheme=scheme, name=name, account=account, actor=actor)
    if organisation is None:
        raise PayerWithoutOrganisation
    opened = seller_account if purse == Purse.SELLER else funder_account
    account = opened(scheme.chain, organisation)
    return name_payer(
        scheme=scheme, name=name, account=account, organisation=organisation, actor=actor
    )


@transaction.atomic
def entitle(
    *,
    scheme: Scheme,
    card: Card,
    starts: date,
    actor: Any,
    persons: int | None = None,
    **right: Any,
) -> Entitlement:
    """A right whose household size is kept only as the scheme's table uses it, or not at all."""
    table, size = bands(scheme, starts), ""
    if table and persons is not None:
        found = band_of(persons, table)
        if found is None:
            raise NotInTable(persons, table)
        size = found
    return distribution.entitle(
        card=card, scheme=scheme.code, starts=starts, actor=actor, size=size, bands=table, **right
    )


@transaction.atomic
def share_line(*, line: SaleLine, actor: Any) -> list[Share]:
    """Share a line at today's rank: what the engine gives on the whole file in that order."""
    if SharedLine.objects.filter(line=line).exists():
        return list(Share.objects.filter(line=line).select_related("payer"))
    scheme = scheme_of(line.chain, line.scheme)
    if scheme is None:
        raise ShareRefused(line.scheme or "sans nom", "ce dispositif n'existe pas ici")
    if line.undoes_id:
        original = SharedLine.objects.filter(line_id=line.undoes_id).select_related("line").first()
        if original is None:
            raise ShareRefused(scheme.name, NOT_SHARED)
        version = sharing.lock(original.version_id)
        shares = sharing.undo(original, version, line)
    else:
        version = _held_version(scheme, line.day)
        shares = sharing.share(version, line)
    payers = {payer.name: payer for payer in scheme.payers.select_related("account")}
    check_open(
        scheme, [payers[each.payer] for each in shares if each.payer in payers and each.cents > 0]
    )
    return Share.objects.bulk_create(
        Share(
            line=line,
            version=version,
            payer=None if each.payer == PERSON else payers[each.payer],
            step=each.step,
            rank=rank,
            cents=each.cents,
            reason=each.reason[:200],
        )
        for rank, each in enumerate(shares)
    )


def check_open(scheme: Scheme, paying: Collection[SchemePayer]) -> None:
    """No part is taken on an agreement that is closed; an undone one still goes back to it."""
    closed = drawing.closed_among([payer.account for payer in paying])
    if names := [payer.name for payer in paying if payer.account_id in closed]:
        raise AgreementClosed(scheme.name, names[0])


def _held_version(scheme: Scheme, day: date) -> SchemeVersion:
    """The version of that day, held; looked for again when publishing another one ended it."""
    for _ in range(2):
        found = version_on(scheme, day)
        if found is None:
            break
        version = sharing.lock(found.pk)
        if version.ends is None or version.ends >= day:
            return version
    raise ShareRefused(scheme.name, f"aucune règle n'est publiée pour le {day:%d/%m/%Y}")


def _read(text: str) -> Rule:
    try:
        return rule_of(text)
    except BadScheme as refusal:
        raise DraftRefused(str(refusal), line_of(text, str(refusal))) from refusal


def _lock(scheme: Scheme) -> None:
    rows = Scheme.objects.filter(pk=scheme.pk)
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(no_key=True)
    rows.get()


def _check_aid(scheme: Scheme, rule: Rule) -> None:
    """A text that says it is not about farm goods is held to the products it is about."""
    paid = [name for name, each in rule.payments.items() if each.legal_basis == GENERAL]
    if not paid:
        return
    products = Product.objects.filter(chain=scheme.chain, family__in=FARM)
    for column, field in (("product", "code__in"), ("family", "family__in")):
        if column in rule.scope:
            products = products.filter(**{field: rule.scope[column]})
    if names := list(products.values_list("name", flat=True)[:3]):
        raise GeneralDeMinimisRefused(paid[0], names)


def _make_room(scheme: Scheme, starts: date, ends: date | None) -> None:
    """End the version in force the day before; refuse to rewrite what is shared."""
    held = Q(ends__isnull=True) | Q(ends__gte=starts)
    published = scheme.versions.filter(held, published_at__isnull=False)
    if ends is not None:
        published = published.filter(starts__lte=ends)
    for found in published.order_by("pk"):
        other = sharing.lock(found.pk)
        assert other.starts is not None, "a constraint of the table"
        used = SaleLine.objects.filter(shared__version=other, day__gte=starts).exists()
        if other.starts >= starts or used:
            raise VersionOverlaps(other.number, other.starts)
        SchemeVersion.objects.filter(pk=other.pk).update(ends=starts - timedelta(days=1))
