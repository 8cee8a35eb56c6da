"""The books: accounts, transfers that are added and never changed, counters, and sealed blocks.

Convention, in the bank's sense: a transfer takes money FROM its `debit` account (the source) and
gives it TO its `credit` account (the destination). So, for any account:

    posted    = credits posted - debits posted
    reserved  = debits reserved and not yet settled
    available = posted - reserved

Accountants name the two columns the other way round (use on the debit side, resource on the
credit side); `export.py` writes the FEC in their sense.
"""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from ensemblier.base.people.models import Organisation


class AccountKind(models.TextChoices):
    """What an account stands for."""

    CONTRIBUTOR = "contributor", "contributeur"
    ENVELOPE = "envelope", "enveloppe"
    AGREEMENT = "agreement", "convention"
    PAYEE = "payee", "destinataire d'un paiement"
    FUNDER = "funder", "financeur d'un dispositif"
    PRODUCER = "producer", "producteur"
    CUSTOMER = "customer", "acheteur"
    SUSPENSE = "suspense", "compte d'attente"


class Account(models.Model):
    """A place money comes from or goes to. Opened once, never changed: its name is in the seals."""

    code = models.CharField("code", max_length=60, unique=True)
    name = models.CharField("nom", max_length=200)
    kind = models.CharField("nature", max_length=20, choices=AccountKind.choices)
    floor_zero = models.BooleanField("jamais sous zéro", default=False)
    fec_code = models.CharField("numéro de compte comptable", max_length=20, blank=True)

    class Meta:
        verbose_name = "compte du livre"
        verbose_name_plural = "comptes du livre"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Counter(models.Model):
    """What is available on an account held above zero: a cache, and the row that is locked.

    Kept under the lock by `locks.py`; `ensemblier verify` proves it equal to the transfers.
    """

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.PROTECT, related_name="counter"
    )
    available_cents = models.BigIntegerField("disponible, en centimes", default=0)

    class Meta:
        verbose_name = "compteur"
        constraints = [
            models.CheckConstraint(
                name="ledger_counter_not_negative",
                condition=Q(available_cents__gte=0),
                violation_error_message="Le disponible ne peut pas passer sous zéro.",
            )
        ]


class DrawRight(models.Model):
    """Whose chains may have lines paid by an account that the fund keeps. See `drawing.py`."""

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.PROTECT, related_name="draw_right"
    )
    holder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField("ouvert le")
    given_by_id = models.BigIntegerField("ouvert par", null=True)
    ended_at = models.DateTimeField("fermé le", null=True)
    ended_by_id = models.BigIntegerField("fermé par", null=True)

    class Meta:
        verbose_name = "compte ouvert aux ventes d'une filière"
        constraints = [
            models.CheckConstraint(
                name="draw_right_ends_after_it_is_given",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("given_at")),
                violation_error_message="La fin précède l'ouverture.",
            )
        ]


class Kind(models.IntegerChoices):
    """What a transfer does, as in its digest: never another number for what is written."""

    TRANSFER = 1, "virement"
    RESERVE = 2, "réservation"
    POST = 3, "paiement d'une réservation"
    VOID = 4, "abandon d'une réservation"


OPENING = Q(kind__in=[Kind.TRANSFER, Kind.RESERVE], settles__isnull=True, settled_cents=0)
POSTING = Q(kind=Kind.POST, settles__isnull=False, cents__lte=F("settled_cents"))
VOIDING = Q(kind=Kind.VOID, settles__isnull=False, cents=F("settled_cents"))


class TransferQuerySet(models.QuerySet["Transfer"]):
    def of(self, account: Account) -> "TransferQuerySet":
        """Everything that touched this account, oldest first."""
        return self.filter(Q(debit=account) | Q(credit=account)).order_by("pk")


class Transfer(models.Model):
    """One amount from one account to another: it cannot be unbalanced.

    `settles` names the reservation that a post or a void closes, and `settled_cents` repeats its
    whole amount, so that balances come from one reading of this table. The accounts carry no
    foreign key in the database: they can never be deleted, `locks.put` refuses one that does not
    exist, and `verify` looks for them; a key would lock the account row on every payment.
    """

    key = models.UUIDField("clé de la demande", unique=True)
    kind = models.SmallIntegerField("nature", choices=Kind.choices)
    debit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="debits", db_constraint=False
    )
    credit = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="credits", db_constraint=False
    )
    cents = models.BigIntegerField("montant, en centimes", validators=[MinValueValidator(1)])
    settles = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="settlements",
        db_index=False,
    )
    settled_cents = models.BigIntegerField("réservation soldée, en centimes", default=0)
    day = models.DateField("jour")
    reason = models.TextField("motif")
    reference = models.CharField("référence", max_length=120, blank=True)
    actor_id = models.BigIntegerField("compte de la personne", null=True)
    created_at = models.DateTimeField("écrit le")
    digest = models.BinaryField("empreinte", max_length=32)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = "écriture"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="ledger_transfer_above_zero",
                condition=Q(cents__gt=0),
                violation_error_message="Le montant doit être supérieur à zéro.",
            ),
            models.CheckConstraint(
                name="ledger_transfer_two_accounts",
                condition=~Q(debit=F("credit")),
                violation_error_message="Choisissez deux comptes différents.",
            ),
            models.CheckConstraint(
                name="ledger_transfer_settles_or_not",
                condition=OPENING | POSTING | VOIDING,
                violation_error_message="Seule une réservation peut être soldée.",
            ),
            models.UniqueConstraint(
                name="ledger_transfer_settled_once",
                fields=["settles"],
                condition=Q(settles__isnull=False),
                violation_error_message="Cette réservation est déjà soldée.",
            ),
        ]

    def __str__(self) -> str:
        return f"écriture {self.pk}"


class Block(models.Model):
    """A sealed run of transfers, chained to the one before. See `seals.py`."""

    number = models.BigIntegerField("numéro", primary_key=True)
    first_id = models.BigIntegerField("première écriture")
    last_id = models.BigIntegerField("dernière écriture")
    ids = models.TextField("écritures scellées")
    count = models.IntegerField("nombre d'écritures")
    fingerprints = models.BinaryField("quatre octets de chaque empreinte")
    body = models.BinaryField("empreinte des empreintes", max_length=32)
    last_account_id = models.BigIntegerField("dernier compte")
    accounts = models.BinaryField("empreinte des comptes", max_length=32)
    sealed_at = models.DateTimeField("scellé le")
    previous = models.BinaryField("empreinte du bloc précédent", max_length=32)
    hash = models.BinaryField("empreinte du bloc", max_length=32)

    class Meta:
        verbose_name = "bloc scellé"
        ordering = ["number"]
