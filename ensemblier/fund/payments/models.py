"""Payments: an instalment reserved by one person, paid by another; and money that comes back."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.people.models import Organisation, User
from ensemblier.fund.agreements.models import Agreement, Instalment, RecoveryStage


class Payment(models.Model):
    """One payment of one instalment: reserved in the ledger, then posted or voided."""

    class State(models.TextChoices):
        RESERVED = "reserved", "À payer"
        PAID = "paid", "Payé"
        VOIDED = "voided", "Annulé"
        RETURNED = "returned", "Revenu"

    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="payments")
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.RESERVED)
    amount_cents = models.PositiveBigIntegerField("montant")
    reservation = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    settlement = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reserved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reserved_at = models.DateTimeField("service fait certifié le")
    settled_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField("payé ou annulé le", null=True, blank=True)

    class Meta:
        verbose_name = "versement"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="instalment_paid_once",
                fields=["instalment"],
                condition=~Q(state__in=["voided", "returned"]),
                violation_error_message="Cette échéance est déjà en paiement ou payée.",
            ),
            models.CheckConstraint(
                name="payment_has_four_eyes",
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=F("reserved_by")),
                violation_error_message="La personne qui paie n'est pas celle qui a certifié.",
            ),
        ]


class Refund(models.Model):
    """Money that came back from the organisation, or that was never paid and is released."""

    class Kind(models.TextChoices):
        RECOVERY = "recovery", "reversement de l'organisation"
        RELEASE = "release", "reliquat rendu à l'enveloppe"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="refunds")
    kind = models.CharField("nature", max_length=8, choices=Kind.choices)
    amount_cents = models.PositiveBigIntegerField("montant")
    reason = models.TextField("motif", max_length=1000)
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("enregistré le")

    class Meta:
        verbose_name = "retour de fonds"
        ordering = ["pk"]


class RecoveryClaim(models.Model):
    """What one stage of a recovery still asks: reserved in the books, then posted or voided."""

    stage = models.ForeignKey(RecoveryStage, on_delete=models.PROTECT, related_name="claims")
    amount_cents = models.PositiveBigIntegerField("montant")
    reservation = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    settlement = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    refund = models.OneToOneField(
        Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="claim"
    )

    class Meta:
        verbose_name = "somme à recouvrer"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_claim_per_stage",
                fields=["stage"],
                condition=Q(settlement__isnull=True),
                violation_error_message="Cette étape est déjà réclamée.",
            )
        ]


class Return(models.Model):
    """A payment that came back, or that was noted by mistake: its opposite entry."""

    class Kind(models.TextChoices):
        REJECTED = "rejected", "rejeté avant d'être payé"
        RETURNED = "returned", "renvoyé par la banque du destinataire"
        CORRECTION = "correction", "noté par erreur"

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="came_back")
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    code = models.CharField("code de la banque", max_length=4, blank=True)
    reason = models.CharField("motif", max_length=500)
    happened_on = models.DateField("revenu le")
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("enregistré le")

    class Meta:
        verbose_name = "versement revenu"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="return_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="Dites pourquoi le versement est revenu.",
            )
        ]


class BankAccountQuerySet(models.QuerySet["BankAccount"]):
    def usable(self, now: datetime) -> BankAccountQuerySet:
        """Confirmed, past the waiting period and not stopped; the newest is the one in use."""
        return self.filter(
            confirmed_by__isnull=False, usable_from__lte=now, stopped_at__isnull=True
        ).order_by("-usable_from", "-pk")


class BankAccount(models.Model):
    """Where an organisation is paid, or pays from: entered by one, confirmed by another.

    The number itself is sealed; pages show its country and last four characters.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="bank_accounts"
    )
    holder = models.CharField("titulaire", max_length=70)
    sealed_iban = models.TextField("IBAN chiffré")
    country = models.CharField("pays", max_length=2)
    last4 = models.CharField("quatre derniers caractères", max_length=4)
    fingerprint = models.CharField("empreinte de l'IBAN", max_length=64, db_index=True)
    paper = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField("saisi le")
    confirmed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField("confirmé le", null=True, blank=True)
    usable_from = models.DateTimeField("utilisable à partir du", null=True, blank=True)
    stopped_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stopped_at = models.DateTimeField("arrêté le", null=True, blank=True)
    stop_reason = models.CharField("motif de l'arrêt", max_length=500, blank=True)

    objects = BankAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "compte bancaire"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_bank_account_waits_per_organisation",
                fields=["organisation"],
                condition=Q(confirmed_by__isnull=True, stopped_at__isnull=True),
                violation_error_message="Un compte bancaire attend déjà d'être confirmé.",
            ),
            models.CheckConstraint(
                name="bank_account_has_four_eyes",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("entered_by")),
                violation_error_message="Qui a saisi le compte ne le confirme pas.",
            ),
            models.CheckConstraint(
                name="bank_account_waits_once_confirmed",
                condition=Q(
                    confirmed_by__isnull=True, confirmed_at__isnull=True, usable_from__isnull=True
                )
                | Q(confirmed_at__isnull=False, usable_from__gte=F("confirmed_at")),
                violation_error_message="Un compte ne sert qu'après son délai d'attente.",
            ),
            models.CheckConstraint(
                name="bank_account_stopped_with_a_reason",
                condition=Q(stopped_at__isnull=True) | ~Q(stop_reason=""),
                violation_error_message="Dites pourquoi ce compte est arrêté.",
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """All that pages, e-mails and logs ever say of the number."""
        return f"{self.country}•• … {self.last4}"


class PaymentFile(models.Model):
    """A file of transfer orders (pain.001) of one payer. Its bytes are made again from its rows."""

    class State(models.TextChoices):
        MADE = "made", "À envoyer à la banque"
        CANCEL_ASKED = "cancel_asked", "Annulation à confirmer"
        SENT = "sent", "Envoyé à la banque"
        CANCELLED = "cancelled", "Annulé avant envoi"

    payer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="payment_files")
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+")
    number = models.CharField("numéro", max_length=20, unique=True)
    key = models.UUIDField(unique=True)
    state = models.CharField("état", max_length=12, choices=State.choices, default=State.MADE)
    version = models.CharField("format", max_length=15, default="pain.001.001.09")
    holder = models.CharField("donneur d'ordre", max_length=70)
    execute_on = models.DateField("à exécuter le")
    total_cents = models.PositiveBigIntegerField("total")
    sha256 = models.CharField("empreinte du fichier", max_length=64)
    size = models.PositiveIntegerField("taille")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("fait le")
    cancel_asked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cancel_reason = models.CharField("motif de l'annulation", max_length=500, blank=True)
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField("envoyé ou annulé le", null=True, blank=True)

    class Meta:
        verbose_name = "fichier de virements"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="payment_file_cancelled_by_two",
                condition=~Q(state="cancelled")
                | (Q(cancel_asked_by__isnull=False) & ~Q(ended_by=F("cancel_asked_by"))),
                violation_error_message="Une personne demande l'annulation, une autre la confirme.",
            )
        ]

    def __str__(self) -> str:
        return self.number


class PaymentOrder(models.Model):
    """One payment in one file, frozen as it is sent: to whom, where, with what words."""

    file = models.ForeignKey(PaymentFile, on_delete=models.PROTECT, related_name="orders")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="orders")
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField("référence de bout en bout", max_length=35, unique=True)
    holder = models.CharField("destinataire", max_length=70)
    remittance = models.CharField("libellé", max_length=140)
    amount_cents = models.PositiveBigIntegerField("montant")
    is_live = models.BooleanField("en cours", default=True)
    confirmed_on = models.DateField("exécuté par la banque le", null=True, blank=True)

    class Meta:
        verbose_name = "ordre de virement"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="payment_in_one_file",
                fields=["payment"],
                condition=Q(is_live=True),
                violation_error_message="Ce versement est déjà dans un fichier de virements.",
            )
        ]


class BankReport(models.Model):
    """What a bank says of a payer's transfers: read, shown, then applied once."""

    class State(models.TextChoices):
        READ = "read", "Lu, rien n'est changé"
        APPLIED = "applied", "Appliqué"

    payer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField("empreinte", max_length=64)
    name = models.CharField("fichier", max_length=150)
    version = models.CharField("format", max_length=15)
    others = models.PositiveIntegerField("écritures qui ne sont pas des virements d'ici", default=0)
    state = models.CharField("état", max_length=7, choices=State.choices, default=State.READ)
    rows = models.JSONField("lignes", default=list)
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField("lu le")
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField("appliqué le", null=True, blank=True)

    class Meta:
        verbose_name = "retour de la banque"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="bank_report_once_per_payer",
                fields=["payer", "sha256"],
                violation_error_message="Ce fichier de la banque est déjà lu.",
            )
        ]


class ChorusImport(models.Model):
    """An extract of Chorus: read, shown, then applied once; undone while nothing followed."""

    class State(models.TextChoices):
        READ = "read", "Lu, rien n'est changé"
        APPLIED = "applied", "Appliqué"
        UNDONE = "undone", "Défait"

    sha256 = models.CharField("empreinte", max_length=64, unique=True)
    name = models.CharField("fichier", max_length=150)
    state = models.CharField("état", max_length=7, choices=State.choices, default=State.READ)
    columns = models.JSONField("colonnes", default=dict)
    rows = models.JSONField("lignes", default=list)
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField("lu le")
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField("appliqué ou défait le", null=True, blank=True)

    class Meta:
        verbose_name = "extrait de Chorus"
        ordering = ["-pk"]


class ChorusTrace(models.Model):
    """One fact of Chorus about an agreement or a payment. Added; undone by an opposite row."""

    class Step(models.TextChoices):
        COMMITMENT = "commitment", "engagement juridique (EJ)"
        SERVICE = "service", "service fait"
        REQUEST = "request", "demande de paiement"
        PAID = "paid", "payé par le comptable"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="chorus")
    payment = models.ForeignKey(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="chorus"
    )
    step = models.CharField("étape", max_length=10, choices=Step.choices)
    number = models.CharField("numéro dans Chorus", max_length=20, blank=True)
    happened_on = models.DateField("date dans Chorus")
    source = models.ForeignKey(
        ChorusImport, null=True, blank=True, on_delete=models.PROTECT, related_name="traces"
    )
    cancels = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="cancelled_by"
    )
    is_live = models.BooleanField("en vigueur", default=True)
    reason = models.CharField("motif", max_length=500, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("enregistré le")

    class Meta:
        verbose_name = "trace Chorus"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_commitment_per_agreement",
                fields=["agreement"],
                condition=Q(step="commitment", is_live=True),
                violation_error_message="Cette convention porte déjà un engagement juridique.",
            ),
            models.UniqueConstraint(
                name="chorus_step_once_per_payment",
                fields=["payment", "step"],
                condition=Q(payment__isnull=False, is_live=True),
                violation_error_message="Cette étape est déjà notée pour ce versement.",
            ),
            models.CheckConstraint(
                name="chorus_trace_is_about_the_right_thing",
                condition=Q(step="commitment", payment__isnull=True)
                | (~Q(step="commitment") & Q(payment__isnull=False)),
                violation_error_message="L'EJ suit la convention, le reste suit le versement.",
            ),
            models.CheckConstraint(
                name="chorus_trace_has_its_number",
                condition=Q(step="paid") | ~Q(number=""),
                violation_error_message="Donnez le numéro qui figure dans Chorus.",
            ),
        ]
