"""Signatures of an agreement or of an amendment: recorded consent, or a paper that came back."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import access, hands, qr
from ensemblier.fund.agreements.models import (
    Agreement,
    Amendment,
    Party,
    Signature,
    SignedScan,
)
from ensemblier.fund.agreements.parties import parties_of
from ensemblier.fund.agreements.reading import kept
from ensemblier.fund.agreements.shares import agreed_cents, change_of
from ensemblier.fund.decisions.delegations import hold_under_ceiling
from ensemblier.fund.review.actions import actor_on, require


class AgreementRefused(Refusal):
    """The agreement cannot be prepared, sent or signed as it stands."""


class ScanRefused(Refusal):
    """The paper that came back is not the one expected, or says nothing."""


class NotYours(Refusal):
    """This person does not sign for this party."""


class Proof(NamedTuple):
    """What is kept beside a consent given online."""

    ip: str = ""
    second_factor: bool | None = None


def truncated(address: str) -> str:
    """An IP address without the part that names one household: /24, or /48 in IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    size = 24 if found.version == 4 else 48
    return str(ipaddress.ip_network(f"{found}/{size}", strict=False))


def text_sha256(agreement: Agreement, amendment: Amendment | None) -> str:
    """The fingerprint of the frozen text; "" while nothing is frozen."""
    pdf = amendment.pdf if amendment else agreement.pdf
    return pdf.sha256 if pdf else ""


def signed_by(agreement: Agreement, amendment: Amendment | None) -> dict[int, Signature]:
    """organisation -> its signature of this text."""
    rows = Signature.objects.filter(agreement=agreement).select_related("signed_by", "scan__file")
    text = amendment.pk if amendment else None
    return {
        row.organisation_id: row
        for row in kept(agreement, "signatures", lambda: rows)
        if row.amendment_id == text
    }


def next_parties(agreement: Agreement, amendment: Amendment | None = None) -> list[Party]:
    """Those whose turn it is: the beneficiary, then the others in any order, the grantor last."""
    done = signed_by(agreement, amendment)
    left = [p for p in parties_of(agreement, amendment) if p.organisation_id not in done]
    for roles in (
        {Party.Role.BENEFICIARY},
        {Party.Role.CO_FUNDER, Party.Role.PARTNER},
        {Party.Role.GRANTOR},
    ):
        turn = [party for party in left if party.role in roles]
        if turn:
            return turn
    return []


def check_open(agreement: Agreement, amendment: Amendment | None) -> None:
    state = amendment.state if amendment else agreement.state
    if state != "sent" or not text_sha256(agreement, amendment):
        what = "Cet avenant n'est pas" if amendment else "Cette convention n'est pas"
        raise AgreementRefused(f"{what} à signer.")


def check_turn(agreement: Agreement, amendment: Amendment | None, party: Party) -> None:
    turn = next_parties(agreement, amendment)
    if party not in turn:
        first = " et ".join(row.organisation.name for row in turn)
        if turn and turn[0].role == Party.Role.BENEFICIARY:
            raise AgreementRefused("L'organisation signe d'abord ; l'État signe ensuite.")
        raise AgreementRefused(f"Une autre partie signe d'abord : {first}.")


def put_consent(
    agreement: Agreement,
    amendment: Amendment | None,
    party: Party,
    *,
    actor: Any,
    now: datetime,
    proof: Proof,
) -> Signature:
    """Record that the person who speaks for a party consents to the text, and the proof of it."""
    person = actor_on(actor, in_paris(now).date())
    require(access.signs_for(person, agreement, party, amendment), NotYours)
    check_turn(agreement, amendment, party)
    if amendment and party.role == Party.Role.GRANTOR and change_of(amendment) > 0:
        # The whole grant, or a large one would be signed in small parts.
        total = agreed_cents(agreement, amendment)
        place = agreement.decision.application.department
        hold_under_ceiling(person, place, total, doing="l'aide avec cet avenant est de")
    row = Signature.objects.create(
        agreement=agreement,
        amendment=amendment,
        organisation=party.organisation,
        signed_by=actor,
        signed_at=now,
        pdf_sha256=text_sha256(agreement, amendment),
        means=Signature.Means.CONSENT,
        signer_name=party.signer_name or str(actor),
        ip=truncated(proof.ip),
        second_factor=proof.second_factor,
    )
    log(row, actor)
    return row


def log(row: Signature, actor: Any) -> None:
    record(
        actor=actor,
        action="agreement.sign",
        subject=f"agreement:{row.agreement_id}",
        data={
            "organisation": row.organisation_id,
            "amendment": row.amendment_id,
            "means": row.means,
            "sha256": row.pdf_sha256,
            "second_factor": row.second_factor,
            "scan": row.scan_id,
        },
    )


def text_of_code(code: str) -> tuple[Agreement, Amendment | None] | None:
    """The text that carries this code."""
    amendment = Amendment.objects.filter(code=code).select_related("agreement").first()
    if amendment:
        return amendment.agreement, amendment
    agreement = Agreement.objects.filter(code=code).first()
    return (agreement, None) if agreement else None


def check_code(scan: qr.Scan, agreement: Agreement, amendment: Amendment | None) -> None:
    """Refuse a paper that is not this text, and say which one it is when it is known."""
    wanted = amendment.code if amendment else agreement.code
    if scan.codes == (wanted,):
        return
    other = next(code for code in scan.codes if code != wanted)
    known = text_of_code(other)
    mixed = " Le fichier mélange plusieurs textes." if len(scan.codes) > 1 else ""
    if known and known[0].pk == agreement.pk:
        what = f"l'avenant {known[1].number}" if known[1] else "la convention elle-même"
        raise ScanRefused(
            f"Ce papier est un autre texte de cette convention : {what}.{mixed} Déposez-le à la "
            "page de ce texte.",
            field="scan",
        )
    raise ScanRefused(
        f"Ce papier porte le code d'un autre texte.{mixed} Vérifiez que vous avez numérisé le bon "
        f"dossier : celui-ci porte « {agreement.number} » en haut de chaque page.",
        field="scan",
    )


@transaction.atomic
def give_scan(
    *,
    agreement: Agreement,
    amendment: Amendment | None,
    parties: Sequence[int],
    checked: CheckedFile,
    read: qr.Scan,
    actor: Any,
    now: datetime,
) -> SignedScan:
    """Keep a signed paper that was read (qr.read_scan, before any lock); a person reads it next."""
    fresh = Agreement.objects.select_for_update().get(pk=agreement.pk)
    person = actor_on(actor, in_paris(now).date())
    require(access.may_give_scan(person, fresh), NotYours)
    if amendment:
        amendment = Amendment.objects.get(pk=amendment.pk)
    check_open(fresh, amendment)
    check_code(read, fresh, amendment)
    done = signed_by(fresh, amendment)
    wanted = {p.organisation_id for p in parties_of(fresh, amendment)} - set(done)
    chosen = [pk for pk in parties if pk in wanted]
    if not chosen:
        raise ScanRefused("Cochez les parties qui ont signé ce papier.", field="parties")
    require(hands.may_bring(person, fresh, amendment, chosen), NotYours)
    stored = store(
        checked=checked,
        purpose="agreement_paper",
        about=f"agreement:{fresh.pk}",
        organisation_id=fresh.decision.application.organisation_id,
        actor=actor,
    )
    row = SignedScan.objects.create(
        agreement=fresh,
        amendment=amendment,
        file=stored,
        code=read.codes[0],
        pages=read.pages,
        parties=chosen,
        uploaded_by=actor,
        uploaded_at=now,
    )
    record(
        actor=actor,
        action="agreement.scan",
        subject=f"agreement:{fresh.pk}",
        data={"scan": row.pk, "sha256": stored.sha256, "parties": chosen, "read": read.read},
    )
    return row


def open_scan(scan: SignedScan, actor: Any, now: datetime) -> SignedScan:
    fresh = (
        SignedScan.objects.select_for_update(of=("self",))
        .select_related("agreement__decision__application", "amendment", "file")
        .get(pk=scan.pk)
    )
    require(access.may_check_scan(actor_on(actor, in_paris(now).date()), fresh), NotYours)
    if fresh.state != SignedScan.State.WAITING:
        raise ScanRefused("Ce papier est déjà relu : rechargez la page.")
    return fresh


def put_scanned(scan: SignedScan, *, actor: Any, now: datetime) -> list[Signature]:
    """The signatures seen on a paper; the order of signature does not matter on paper, but the
    grantor's counts only once the others have signed, here or online."""
    bearer = actor_on(scan.uploaded_by, in_paris(now).date())
    require(hands.counts(bearer, scan), ScanRefused)
    found = []
    done = set(signed_by(scan.agreement, scan.amendment))
    for party in parties_of(scan.agreement, scan.amendment):
        if party.organisation_id not in scan.parties or party.organisation_id in done:
            continue
        check_turn(scan.agreement, scan.amendment, party)
        row = Signature.objects.create(
            agreement=scan.agreement,
            amendment=scan.amendment,
            organisation=party.organisation,
            signed_by=scan.uploaded_by,
            signed_at=now,
            pdf_sha256=text_sha256(scan.agreement, scan.amendment),
            means=Signature.Means.SCAN,
            signer_name=party.signer_name,
            scan=scan,
        )
        log(row, actor)
        found.append(row)
    return found


@transaction.atomic
def refuse_scan(*, scan: SignedScan, note: str, actor: Any, now: datetime) -> SignedScan:
    """The paper is not signed as it should: say why."""
    fresh = open_scan(scan, actor, now)
    if not note.strip():
        raise ScanRefused("Dites pourquoi ce papier est refusé.", field="note")
    return close_scan(fresh, SignedScan.State.REFUSED, note, actor=actor, now=now)


def close_scan(scan: SignedScan, state: str, note: str, *, actor: Any, now: datetime) -> SignedScan:
    scan.state, scan.note = state, note.strip()
    scan.checked_by, scan.checked_at = actor, now
    scan.save()
    record(
        actor=actor,
        action=f"agreement.scan_{state}",
        subject=f"agreement:{scan.agreement_id}",
        reason=scan.note,
        data={"scan": scan.pk},
    )
    return scan
