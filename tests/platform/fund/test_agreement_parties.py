"""Three parties, amendments, papers with a QR code, evidence, the clock and the counters of aid."""

from __future__ import annotations

import io
import random
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pikepdf
import pytest
import segno
from PIL import Image

from ensemblier.base.files.content import check_bytes
from ensemblier.base.ledger.queries import balance
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements import (
    actions,
    amending,
    articles,
    parties,
    qr,
    signing,
)
from ensemblier.fund.agreements.actions import AgreementRefused
from ensemblier.fund.agreements.amending import Changes, MoneyChange, Scheduled
from ensemblier.fund.agreements.models import (
    Agreement,
    Amendment,
    Signature,
    SignedScan,
)
from ensemblier.fund.agreements.parties import PlannedPayment
from ensemblier.fund.agreements.shares import agreed_cents
from tests import factories_fund as fund
from tests import factories_money as money

pytestmark = pytest.mark.django_db
NOW = money.NOW
LATER = NOW + timedelta(days=30)


def three(case: SimpleNamespace | None = None) -> SimpleNamespace:
    """A draft with a city that brings 6,000 € in two payments."""
    case = case or money.prepared()
    case.city = fund.organisation("Ville d'Audruicq", kind="public")
    case.mayor = fund.user(Role.REPRESENTATIVE, case.city)
    case.party = parties.add_party(
        agreement=case.agreement,
        organisation=case.city,
        role="co_funder",
        signer_name="La maire",
        signer_title="maire",
        legal_basis="délibération du 3 mai 2027",
        payments=[
            PlannedPayment("Versement 1", 4_000_00, date(2027, 9, 1)),
            PlannedPayment("Versement 2", 2_000_00, date(2028, 3, 1)),
        ],
        actor=case.desk,
        now=NOW,
    )
    return case


def sent(case: SimpleNamespace) -> SimpleNamespace:
    case.agreement = actions.send(agreement=case.agreement, actor=case.desk, now=NOW)
    return case


def sign(case: SimpleNamespace, organisation: Any, person: Any, amendment: Any = None) -> None:
    case.agreement = actions.sign(
        agreement=case.agreement,
        organisation=organisation,
        amendment=amendment,
        actor=person,
        now=NOW,
        key=uuid4(),
        proof=signing.Proof("192.0.2.77", True),
    )


def signed(case: SimpleNamespace | None = None) -> SimpleNamespace:
    case = sent(three(case))
    sign_all(case)
    case.instalments = list(case.agreement.instalments.all())
    return case


def sign_all(case: SimpleNamespace, amendment: Any = None) -> None:
    application = case.application
    sign(case, application.organisation, case.representative, amendment)
    sign(case, case.city, case.mayor, amendment)
    sign(case, application.call.owner, case.signatory, amendment)


def test_the_parties_sign_in_order_and_the_proof_is_kept() -> None:
    case = sent(three())
    owner = case.application.call.owner
    with pytest.raises(AgreementRefused, match="signe d'abord"):
        sign(case, case.city, case.mayor)
    sign(case, case.application.organisation, case.representative)
    with pytest.raises(AgreementRefused, match="Ville d'Audruicq"):
        sign(case, owner, case.signatory)
    with pytest.raises(signing.NotYours):
        sign(case, case.city, case.representative)
    sign(case, case.city, case.mayor)
    assert case.agreement.state == Agreement.State.SENT
    sign(case, owner, case.signatory)
    assert case.agreement.state == Agreement.State.SIGNED
    row = Signature.objects.get(organisation=case.city)
    assert (row.ip, row.second_factor) == ("192.0.2.0/24", True)
    assert row.pdf_sha256 == case.agreement.pdf.sha256
    assert balance(case.decision.account).posted == 20_000_00


def test_an_ipv6_address_loses_its_household() -> None:
    assert signing.truncated("2001:db8:1:2::5") == "2001:db8:1::/48"
    assert signing.truncated("n'importe quoi") == ""


def test_a_mandatory_article_cannot_be_missing_above_the_threshold() -> None:
    case = money.prepared(money.granted(20_000_00))
    articles.write(
        agreement=case.agreement,
        code="publicity",
        title="Publicité",
        body="",
        version=1,
        actor=case.desk,
        now=NOW,
    )
    assert articles.missing(case.agreement) == []  # 20 000 €: under the threshold


def test_unknown_blanks_are_refused_and_values_are_never_read_again() -> None:
    case = money.prepared()
    write = dict(agreement=case.agreement, code="object", title="Objet", actor=case.desk, now=NOW)
    with pytest.raises(articles.BadArticle, match="pas un mot à remplir"):
        articles.write(body="Pour {argent}.", version=1, **write)
    row = articles.write(body="Pour {projet}.", version=1, **write)
    assert row.version == 2
    with pytest.raises(articles.BadArticle, match="vient de modifier"):
        articles.write(body="Autre.", version=1, **write)
    assert articles.fill("{projet}", {"projet": "{montant}"}) == ["{montant}"]


def up(case: SimpleNamespace, cents: int, **more: Any) -> Changes:
    first, last = case.instalments
    rows = [
        Scheduled(first.pk, first.label, first.release, first.amount_cents, first.due_on),
        Scheduled(last.pk, last.label, last.release, last.amount_cents + cents, last.due_on),
    ]
    change = MoneyChange(case.envelope, "engineering", cents)
    return Changes(money=[change], schedule=rows, **more)


def amendment_of(case: SimpleNamespace, changes: Changes) -> Amendment:
    return amending.prepare(
        key=uuid4(),
        agreement=case.agreement,
        reasons="Deux quartiers de plus.",
        changes=changes,
        version=0,
        actor=case.desk,
        now=LATER,
    )


def test_an_amendment_up_reserves_then_posts_and_the_agreement_reads_as_amended() -> None:
    case = signed()
    before = balance(case.envelope.account).available
    row = amendment_of(case, up(case, 3_000_00, ends_on=date(2028, 6, 30)))
    assert agreed_cents(case.agreement) == 20_000_00
    row = amending.send(amendment=row, actor=case.desk, now=LATER)
    assert balance(case.envelope.account).available == before - 3_000_00
    assert balance(case.decision.account).posted == 20_000_00
    assert row.previous_sha256 == case.agreement.pdf.sha256
    with pikepdf.open(row.pdf.path) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert "Avenant 1" in str(pdf.docinfo["/Title"])
    sign_all(case, row)
    case.agreement.refresh_from_db()
    row.refresh_from_db()
    assert row.state == Amendment.State.SIGNED
    assert case.agreement.ends_on == date(2028, 6, 30)
    assert agreed_cents(case.agreement) == 23_000_00
    assert balance(case.decision.account).posted == 23_000_00
    assert sum(i.amount_cents for i in case.agreement.instalments.all()) == 23_000_00
    assert row.before["cents"] == 20_000_00


def test_an_amendment_down_gives_back_to_the_envelope_and_never_what_is_paid() -> None:
    case = signed()
    before = balance(case.envelope.account).available
    row = amending.send(
        amendment=amendment_of(case, up(case, -5_000_00)), actor=case.desk, now=LATER
    )
    assert balance(case.decision.account).available == 15_000_00
    sign_all(case, row)
    assert balance(case.envelope.account).available == before + 5_000_00
    assert agreed_cents(case.agreement) == 15_000_00
    case.instalments = list(case.agreement.instalments.all())
    money.paid(case)
    first, last = case.instalments
    less = [
        Scheduled(first.pk, first.label, first.release, 1_000_00, first.due_on),
        Scheduled(last.pk, last.label, last.release, last.amount_cents, last.due_on),
    ]
    changes = Changes(money=[MoneyChange(case.envelope, "engineering", -11_000_00)], schedule=less)
    with pytest.raises(amending.applying.BadChange, match="déjà en paiement ou payée"):
        amendment_of(case, changes)


def test_an_abandoned_amendment_gives_the_money_back_and_changes_nothing() -> None:
    case = signed()
    before = balance(case.envelope.account).available
    row = amending.send(
        amendment=amendment_of(case, up(case, 3_000_00)), actor=case.desk, now=LATER
    )
    with pytest.raises(amending.AmendmentRefused, match="attend des signatures"):
        amendment_of(case, Changes(ends_on=date(2028, 1, 1)))
    amending.abandon(amendment=row, why="Le quartier renonce.", actor=case.desk, now=LATER)
    assert balance(case.envelope.account).available == before
    assert agreed_cents(case.agreement) == 20_000_00


def test_a_partner_who_joins_signs_the_amendment_too_and_one_who_leaves() -> None:
    case = signed()
    school = fund.organisation("Lycée agricole", kind="public")
    teacher = fund.user(Role.REPRESENTATIVE, school)
    changes = Changes(joins=[amending.NewParty(school.pk, "partner")], leaves=[case.party.pk])
    row = amending.send(amendment=amendment_of(case, changes), actor=case.desk, now=LATER)
    application = case.application
    sign(case, application.organisation, case.representative, row)
    sign(case, case.city, case.mayor, row)
    with pytest.raises(AgreementRefused, match="Lycée agricole"):
        sign(case, application.call.owner, case.signatory, row)
    sign(case, school, teacher, row)
    sign(case, application.call.owner, case.signatory, row)
    names = [party.organisation for party in parties.parties_of(case.agreement)]
    assert school in names and case.city not in names


def test_more_than_the_envelope_holds_is_refused_and_nothing_waits() -> None:
    case = signed()
    left = balance(case.envelope.account).available
    row = amendment_of(case, up(case, left + 1))
    with pytest.raises(Exception, match="Il reste"):
        amending.send(amendment=row, actor=case.desk, now=LATER)
    assert balance(case.envelope.account).available == left


def paper(code: str, angle: float = 0, noise: int = 0) -> bytes:
    """A page at 150 dpi as a scanner gives it: turned, grainy, a little grey, saved as JPEG."""
    page = Image.new("L", (1240, 1754), 235)
    out = io.BytesIO()
    segno.make(qr.address_of(code), error="q", micro=False).save(out, kind="png", scale=3, border=2)
    page.paste(Image.open(out).convert("L"), (1000, 60))
    page = page.rotate(angle, expand=False, fillcolor=240)
    rand = random.Random(7)
    pixels = page.load()
    for _ in range(noise):
        pixels[rand.randrange(1240), rand.randrange(1754)] = rand.choice([0, 90, 255])
    out = io.BytesIO()
    page.save(out, "PDF", resolution=150)
    return out.getvalue()


def test_a_turned_and_noisy_scan_is_found_again_by_its_code() -> None:
    case = sent(three())
    for angle, noise in ((0, 0), (4, 30_000), (-7, 60_000), (180, 30_000)):
        read = qr.read_scan(paper(case.agreement.code, angle, noise))
        assert read.codes == (case.agreement.code,), (angle, noise)
    with pytest.raises(qr.ScanUnreadable, match="Numérisez de nouveau"):
        qr.read_scan(paper(case.agreement.code)[:2000])


def give(case: SimpleNamespace, code: str, person: Any) -> SignedScan:
    bytes_ = paper(code, 3, 20_000)
    return signing.give_scan(
        agreement=case.agreement,
        amendment=None,
        parties=[case.city.pk],
        checked=check_bytes(content=bytes_, name="exemplaire.pdf"),
        read=qr.read_scan(bytes_),
        actor=person,
        now=NOW,
    )


def test_a_paper_of_another_agreement_is_refused_and_parties_may_mix_both_means() -> None:
    case = sent(three())
    other = money.prepared()
    with pytest.raises(signing.ScanRefused, match="code d'un autre texte"):
        give(case, other.agreement.code, case.desk)
    sign(case, case.application.organisation, case.representative)
    row = give(case, case.agreement.code, case.mayor)
    with pytest.raises(signing.NotYours):
        actions.confirm_scan(scan=row, actor=case.mayor, now=NOW, key=uuid4())
    row = actions.confirm_scan(scan=row, actor=case.desk, now=NOW, key=uuid4())
    assert row.state == "confirmed"
    sign(case, case.application.call.owner, case.signatory)
    assert case.agreement.state == Agreement.State.SIGNED
    means = set(Signature.objects.filter(agreement=case.agreement).values_list("means", flat=True))
    assert means == {"consent", "scan"}
