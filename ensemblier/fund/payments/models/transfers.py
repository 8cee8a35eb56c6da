"""Files of transfer orders, and what banks say of them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ensemblier.base.people.models import Organisation, User
from ensemblier.fund.agreements.models import Agreement, PartyPayment
from ensemblier.fund.payments.bank_words import reason_of
from ensemblier.fund.payments.models.accounts import BankAccount
from ensemblier.fund.payments.models.payment import Payment


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
    """One payment in one file, frozen as it is sent: to whom, where, with what words.

    It pays an instalment of the grant (`payment`, in the books), or what a co-funder owes by an
    agreement (`share`, its own money, in no book of ours).
    """

    file = models.ForeignKey(PaymentFile, on_delete=models.PROTECT, related_name="orders")
    payment = models.ForeignKey(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    share = models.ForeignKey(
        PartyPayment, null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField("référence de bout en bout", max_length=35, unique=True)
    holder = models.CharField("destinataire", max_length=70)
    remittance = models.CharField("libellé", max_length=140)
    amount_cents = models.PositiveBigIntegerField("montant")
    is_live = models.BooleanField("en cours", default=True)
    confirmed_on = models.DateField("exécuté par la banque le", null=True, blank=True)
    # Of a share only; an instalment that comes back has its Return, in the books.
    back_on = models.DateField("revenu le", null=True, blank=True)
    back_code = models.CharField("code de la banque", max_length=4, blank=True, default="")
    back_reason = models.CharField("motif du retour", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "ordre de virement"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="payment_in_one_file",
                fields=["payment"],
                condition=Q(is_live=True),
                violation_error_message="Ce versement est déjà dans un fichier de virements.",
            ),
            models.UniqueConstraint(
                name="share_in_one_file",
                fields=["share"],
                condition=Q(is_live=True),
                violation_error_message="Ce versement est déjà dans un fichier de virements.",
            ),
            models.CheckConstraint(
                name="order_pays_one_thing",
                condition=Q(payment__isnull=True, share__isnull=False)
                | Q(payment__isnull=False, share__isnull=True),
                violation_error_message="Un ordre paie une échéance ou la part d'un cofinanceur.",
            ),
            models.CheckConstraint(
                name="order_back_with_a_reason",
                condition=Q(back_on__isnull=True)
                | (Q(share__isnull=False, is_live=False) & ~Q(back_reason="")),
                violation_error_message="Dites pourquoi le virement est revenu.",
            ),
        ]

    @property
    def agreement(self) -> Agreement:
        if self.share is not None:
            return self.share.party.agreement
        assert self.payment is not None
        return self.payment.instalment.agreement

    @property
    def back_why(self) -> str:
        """Why it came back, in the bank's words when it gave a code."""
        return reason_of(self.back_code) if self.back_code else self.back_reason

    @property
    def is_paid(self) -> bool:
        """Sent to the bank, and not come back since."""
        if self.share is not None:
            return self.is_live and self.share.paid_on is not None
        return self.payment is not None and self.payment.state == Payment.State.PAID

    @property
    def state_in_words(self) -> str:
        if self.payment is not None:
            return self.payment.get_state_display()
        if self.back_on is not None:
            return Payment.State.RETURNED.label
        return (Payment.State.PAID if self.is_paid else Payment.State.RESERVED).label


class BankReport(models.Model):
    """What a bank says of a payer's transfers: read, shown, applied once; undone while nothing
    followed it."""

    class State(models.TextChoices):
        READ = "read", "Lu, rien n'est changé"
        APPLIED = "applied", "Appliqué"
        UNDONE = "undone", "Défait"

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
    ended_at = models.DateTimeField("appliqué ou défait le", null=True, blank=True)

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
