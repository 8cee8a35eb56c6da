"""What follows a report in the world of two sides: an invoice, an evaluation, a sheet, an entry."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

from ensemblier.fund.monitoring.models import DeclaredInvoice, EndSheet, Evaluation
from ensemblier.fund.publication.models import Edition, Entry, EntryVersion
from tests import factories_money as money


def around(side: SimpleNamespace, *, is_public: bool) -> None:
    """Rows of one side; the public ones are of one side alone, for all to read."""
    agreement, person = side.money.agreement, side.representative
    side.invoice = DeclaredInvoice.objects.create(
        report=side.money.report,
        supplier=f"Fournisseur {side.word}",
        supplier_siren="732829320",
        number="FA-1",
        dated_on=date(2027, 4, 1),
        amount_cents=100_00,
        digest=side.word,
        declared_by=person,
        declared_at=money.NOW,
    )
    side.evaluation = Evaluation.objects.create(
        agreement=agreement, opened_by=person, opened_at=money.NOW, words=side.word
    )
    side.sheet = EndSheet.objects.create(
        agreement=agreement,
        slug=f"fiche-{side.word}",
        title=f"Fiche {side.word}",
        carrier=f"Association {side.word}",
        drafted_by=person,
        drafted_at=money.NOW,
    )
    if is_public:
        publish(side)


def publish(side: SimpleNamespace) -> None:
    """The sheet in the library, and the grant on the public page, with a file."""
    EndSheet.objects.filter(pk=side.sheet.pk).update(
        state=EndSheet.State.PUBLISHED,
        consent_text="Accord",
        consent_by=side.representative,
        consent_at=money.NOW,
    )
    side.entry = Entry.objects.create(
        code="SUB-2027-000001",
        agreement=side.money.agreement,
        recipient=side.organisation,
        year=2027,
        is_due=True,
        due_on=date(2027, 8, 12),
        opened_at=money.NOW,
    )
    EntryVersion.objects.create(
        entry=side.entry,
        number=1,
        content={
            "nomBeneficiaire": side.organisation.name,
            "objet": "Paniers",
            "periode": ["2027-05-12"],
            "idAttribuant": "",
            "idBeneficiaire": "",
            "rnaBeneficiaire": "",
            "nomAttribuant": "Service des essais",
            "dateConvention": "2027-05-12",
            "referenceDecision": "D-1",
            "conditionsVersement": "unique",
            "dispositifAide": "Appel des essais",
        },
        amount_cents=20_000_00,
        made_at=money.NOW,
    )
    for profile in Edition.Profile.values:
        Edition.objects.create(
            profile=profile,
            year=2027,
            number=1,
            content="mesure,annee,region,volet,valeur\r\n",
            sha256=profile,
            rows=0,
            made_at=money.NOW,
        )
