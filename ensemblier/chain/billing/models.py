"""Documents: frozen, numbered without gaps, and each line in exactly one of its kind."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from ensemblier.base.chains.models import Chain
from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import Organisation
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.stock.models import Movement


class DocumentKind(models.TextChoices):
    INVOICE = "invoice", "facture"
    SELF_BILLED = "self_billed", "facture établie par l'acheteur"
    CREDIT_NOTE = "credit_note", "avoir"
    DELIVERY_NOTE = "delivery_note", "bon de livraison"
    FUNDER_CALL = "funder_call", "appel de fonds"
    TAX_RECEIPT = "tax_receipt", "reçu fiscal"
    # The seller's own invoice, taken in: it keeps its number.
    RECEIVED = "received", "facture reçue"


class NumberedSeries(models.Model):
    """The last number given to a kind of document by an issuer in a year: no gap, no return.

    `seller` is whose sale it is: a buyer who writes for growers keeps a suite for each.
    """

    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    seller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("nature", max_length=13, choices=DocumentKind.choices)
    year = models.PositiveSmallIntegerField("année")
    last = models.PositiveIntegerField("dernier numéro", default=0)

    class Meta:
        verbose_name = "suite de numéros de pièces"
        constraints = [
            models.UniqueConstraint(
                name="numbered_series_once",
                fields=["issuer", "seller", "kind", "year"],
                violation_error_message="Cette suite existe déjà.",
            ),
        ]


class MonthEnd(models.Model):
    """A closing of a chain's sales up to a day: how far it is, so that it goes on where it was cut
    and a page can show it. Only lines of state move here; what is written only grows."""

    class Phase(models.TextChoices):
        SHARES = "shares", "parts et écritures des lignes d'un dispositif"
        SALES = "sales", "écritures des autres lignes"
        INVOICES = "invoices", "factures"
        SELF_BILLED = "self_billed", "factures des producteurs"
        CALLS = "calls", "appels de fonds"
        OVER = "over", "terminée"

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="month_ends")
    key = models.UUIDField("clé", unique=True)
    first = models.DateField("du")
    until = models.DateField("jusqu'au")
    # The day of its documents, kept: a run that goes on the next day gives the same ones.
    day = models.DateField("date des pièces")
    phase = models.CharField("étape", max_length=11, choices=Phase.choices, default=Phase.SHARES)
    # The last line dealt with in this phase: [scheme, day, line].
    cursor = models.JSONField("dernière ligne traitée", default=list)
    lines = models.PositiveBigIntegerField("lignes traitées", default=0)
    lines_in_all = models.PositiveBigIntegerField("lignes à traiter", default=0)
    transfers = models.PositiveBigIntegerField("écritures", default=0)
    documents = models.PositiveIntegerField("pièces", default=0)
    documents_in_all = models.PositiveIntegerField("pièces à écrire", default=0)
    refused = models.PositiveBigIntegerField("lignes refusées", default=0)
    # The first ones only, [line, why]: all of them are asked again from the tables.
    refusals = models.JSONField("premiers refus", default=list)
    # The first documents that wait, and what each waits for.
    unwritten = models.JSONField("pièces non écrites", default=list)
    started_at = models.DateTimeField("commencée le")
    moved_at = models.DateTimeField("avancée le")
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)
    actor_id = models.BigIntegerField("compte", null=True)

    class Meta:
        verbose_name = "clôture de mois"
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="month_end_one_at_a_time",
                fields=["chain"],
                condition=Q(ended_at__isnull=True),
                violation_error_message="Une clôture de cette filière est en cours.",
            ),
        ]

    def __str__(self) -> str:
        return f"clôture au {self.until:%d/%m/%Y}"


class SelfBillingMandate(models.Model):
    """A grower lets a buyer write their invoices in their name (CGI, art. 289, I-2)."""

    grower = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    signed_on = models.DateField("signé le")
    ends = models.DateField("jusqu'au", null=True, blank=True)
    # The grower's rate of VAT; when it is 0, the reason (engines/law/invoices.py).
    vat_rate = models.PositiveSmallIntegerField("TVA, en dix-millièmes", default=0)
    no_vat = models.CharField("raison de l'absence de TVA", max_length=20, blank=True)
    proof = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        verbose_name = "mandat de facturation"
        constraints = [
            models.UniqueConstraint(
                name="self_billing_mandate_once",
                fields=["grower", "buyer", "signed_on"],
                violation_error_message="Ce mandat est déjà enregistré.",
            ),
        ]


class Document(models.Model):
    """A frozen set of lines, numbered. Never changed: a credit note corrects it."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField("nature", max_length=13, choices=DocumentKind.choices)
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="issued")
    # Whose sale it is when the buyer writes the invoice.
    seller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="received_documents"
    )
    # A third party who pays in place of the recipient.
    payer = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    number = models.CharField("numéro", max_length=40)
    day = models.DateField("date")
    first_day = models.DateField("période : du")
    last_day = models.DateField("période : au")
    due_on = models.DateField("à payer avant le", null=True, blank=True)
    net_cents = models.BigIntegerField("hors taxe, en centimes")
    vat_cents = models.BigIntegerField("TVA, en centimes")
    total_cents = models.BigIntegerField("total, en centimes")
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections"
    )
    # The file of an invoice that was received: what it says is in `content`.
    received_file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    content = models.JSONField("contenu figé")
    digest = models.CharField("empreinte", max_length=64)
    key = models.UUIDField("clé de la demande", unique=True)
    created_at = models.DateTimeField("écrit le")
    created_by_id = models.BigIntegerField("compte", null=True)

    class Meta:
        verbose_name = "pièce"
        ordering = ["-day", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="document_number_is_unique",
                fields=["issuer", "kind", "number"],
                violation_error_message="Une pièce porte déjà ce numéro.",
            ),
            models.CheckConstraint(
                name="document_total_is_net_and_vat",
                condition=Q(total_cents=F("net_cents") + F("vat_cents")),
                violation_error_message="Le total n'est pas le hors taxe et la TVA.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class DocumentLine(models.Model):
    """One fact that a document freezes: a movement, a line sold, or a share; never in two."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="lines")
    movement = models.ForeignKey(
        Movement, null=True, blank=True, on_delete=models.PROTECT, related_name="document_lines"
    )
    sale_line = models.ForeignKey(
        SaleLine, null=True, blank=True, on_delete=models.PROTECT, related_name="document_lines"
    )
    share = models.ForeignKey(
        Share, null=True, blank=True, on_delete=models.PROTECT, related_name="document_lines"
    )
    # Repeats the document's kind, so that the database itself refuses a fact in two documents.
    kind = models.CharField(max_length=13, choices=DocumentKind.choices)
    cents = models.BigIntegerField("montant, en centimes")

    class Meta:
        verbose_name = "ligne d'une pièce"
        constraints = [
            models.CheckConstraint(
                name="document_line_is_one_fact",
                condition=Q(movement__isnull=False, sale_line__isnull=True, share__isnull=True)
                | Q(movement__isnull=True, sale_line__isnull=False, share__isnull=True)
                | Q(movement__isnull=True, sale_line__isnull=True, share__isnull=False),
                violation_error_message="Une ligne de pièce vient d'un seul fait.",
            ),
            models.UniqueConstraint(
                name="document_line_movement_once",
                fields=["movement", "kind"],
                condition=Q(movement__isnull=False),
                violation_error_message="Ce mouvement est déjà dans une pièce.",
            ),
            models.UniqueConstraint(
                name="document_line_sale_once",
                fields=["sale_line", "kind"],
                condition=Q(sale_line__isnull=False),
                violation_error_message="Cette ligne est déjà dans une pièce.",
            ),
            models.UniqueConstraint(
                name="document_line_share_once",
                fields=["share", "kind"],
                condition=Q(share__isnull=False),
                violation_error_message="Cette part est déjà dans une pièce.",
            ),
        ]


class Settlement(models.Model):
    """Money that came or went for a document, read in a bank file or typed; never changed.

    `cents` has the sign of its document: paying an invoice adds, giving a credit note back takes
    off; undoing is an opposite row.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="settlements")
    cents = models.BigIntegerField("montant, en centimes")
    day = models.DateField("jour")
    # What tells one bank line from another: the same one read twice counts once.
    bank_reference = models.CharField("référence bancaire", max_length=120, unique=True)
    key = models.UUIDField("clé de la demande", unique=True)
    undoes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by"
    )

    class Meta:
        verbose_name = "règlement"
        ordering = ["day", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="settlement_undone_once",
                fields=["undoes"],
                condition=Q(undoes__isnull=False),
                violation_error_message="Ce règlement est déjà annulé.",
            ),
        ]

    @property
    def reference_in_words(self) -> str:
        """As the bank wrote it, without the number of whose account it is."""
        return self.bank_reference.partition(":")[2]


class BankStatement(models.Model):
    """An extract of an organisation's bank account: read, shown line by line, applied once.

    Lines that settle nothing lose their words once it is applied: they may name people.
    """

    class State(models.TextChoices):
        READ = "read", "lu, à vérifier"
        APPLIED = "applied", "appliqué"

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="bank_statements")
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("fichier", max_length=150)
    sha256 = models.CharField("empreinte", max_length=64)
    format = models.CharField("format", max_length=20)
    rows = models.JSONField("lignes lues", default=list)
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.READ)
    read_at = models.DateTimeField("lu le")
    read_by_id = models.BigIntegerField("lu par", null=True)
    ended_at = models.DateTimeField("appliqué le", null=True, blank=True)
    ended_by_id = models.BigIntegerField("appliqué par", null=True)

    class Meta:
        verbose_name = "relevé de banque"
        verbose_name_plural = "relevés de banque"
        ordering = ["-read_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="bank_statement_once",
                fields=["chain", "owner", "sha256"],
                violation_error_message="Ce relevé est déjà lu.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TillFile(models.Model):
    """A till's file of lines: read and tried, then written once. Its rows go once it is."""

    class State(models.TextChoices):
        READ = "read", "lu, à importer"
        WRITING = "writing", "en cours"
        WRITTEN = "written", "importé"

    STUCK = timedelta(minutes=5)

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="till_files")
    name = models.CharField("fichier", max_length=150)
    sha256 = models.CharField("empreinte", max_length=64)
    rows = models.JSONField("lignes lues", default=list)
    lines = models.PositiveIntegerField("lignes", default=0)
    # [line, column, what is wrong]: the first ones, and how many there are.
    faults = models.JSONField("fautes", default=list)
    fault_count = models.PositiveIntegerField("nombre de fautes", default=0)
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.READ)
    done = models.PositiveIntegerField("lignes traitées", default=0)
    written = models.PositiveIntegerField("lignes écrites", default=0)
    read_at = models.DateTimeField("lu le")
    read_by_id = models.BigIntegerField("lu par", null=True)
    moved_at = models.DateTimeField("avancé le", null=True, blank=True)
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)

    class Meta:
        verbose_name = "fichier de caisse"
        verbose_name_plural = "fichiers de caisse"
        ordering = ["-read_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="till_file_once",
                fields=["chain", "sha256"],
                violation_error_message="Ce fichier est déjà lu.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_stuck(self, now: datetime) -> bool:
        """It was being written, and nothing moved for a while."""
        return self.moved_at is None or now - self.moved_at > self.STUCK
