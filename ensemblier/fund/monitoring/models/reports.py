"""The reports an agreement asks for (Cerfa 15059), the invoices they declare, reminders."""

from django.db import models
from django.db.models import Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import User
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Side


class Report(models.Model):
    """A financial and activity report (Cerfa 15059): planned and actual, side by side."""

    class Kind(models.TextChoices):
        YEARLY = "yearly", "bilan annuel"
        INTERMEDIATE = "intermediate", "bilan intermédiaire"
        FINAL = "final", "bilan final"

    class State(models.TextChoices):
        DRAFT = "draft", "À remplir"
        FILED = "filed", "Déposé"
        RETURNED = "returned", "À compléter"
        ACCEPTED = "accepted", "Accepté"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField("nature", max_length=12, choices=Kind.choices)
    year = models.PositiveSmallIntegerField("année", null=True, blank=True)
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.DRAFT)
    due_on = models.DateField("à rendre avant le")
    # 1. what was done
    narrative = models.TextField("ce qui a été fait", max_length=6000, blank=True)
    people_count = models.PositiveIntegerField("personnes touchées", null=True, blank=True)
    people_note = models.TextField("qui sont ces personnes", max_length=1500, blank=True)
    began_on = models.DateField("début des actions", null=True, blank=True)
    ended_on = models.DateField("fin des actions", null=True, blank=True)
    places = models.TextField("lieux", max_length=1500, blank=True)
    results = models.TextField(
        "buts atteints, et ceux qui ne le sont pas", max_length=4000, blank=True
    )
    # 3. annex
    sharing_rule = models.TextField(
        "règle de partage des charges indirectes", max_length=2000, blank=True
    )
    variance_note = models.TextField("explication des écarts", max_length=4000, blank=True)
    in_kind_note = models.TextField("contributions volontaires", max_length=2000, blank=True)
    remarks = models.TextField("observations", max_length=4000, blank=True)
    # What is left of the money received, and what the organisation wishes to do with it.
    unspent_wish = models.TextField(
        "ce que vous souhaitez faire de ce qui reste", max_length=1000, blank=True
    )
    version = models.PositiveIntegerField(default=1)
    filed_at = models.DateTimeField("déposé le", null=True, blank=True)
    filed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # The legal representative certifies what is filed; the PDF is frozen with its digest.
    certified_at = models.DateTimeField("certifié le", null=True, blank=True)
    certified_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    pdf = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # The statutory auditor's report, due from a threshold of public grants in a year.
    public_grants_cents = models.PositiveBigIntegerField(
        "subventions publiques de l'année", null=True, blank=True
    )
    auditor_name = models.CharField("commissaire aux comptes", max_length=160, blank=True)
    auditor_on = models.DateField("rapport du commissaire du", null=True, blank=True)
    checked_at = models.DateTimeField("contrôlé le", null=True, blank=True)
    checked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    check_note = models.TextField("remarques du contrôle", max_length=2000, blank=True)
    justified_cents = models.PositiveBigIntegerField(
        "dépenses admises sur la subvention", null=True, blank=True
    )
    kept_cents = models.PositiveBigIntegerField(
        "reste que l'organisation peut garder", null=True, blank=True
    )

    class Meta:
        verbose_name = "bilan"
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_report_of_each_kind",
                fields=["agreement", "kind"],
                condition=~Q(kind="yearly"),
                violation_error_message="Ce bilan est déjà ouvert pour cette convention.",
            ),
            models.UniqueConstraint(
                name="one_yearly_report_a_year",
                fields=["agreement", "year"],
                condition=Q(kind="yearly"),
                violation_error_message="Le bilan de cette année est déjà ouvert.",
            ),
            models.CheckConstraint(
                name="yearly_report_has_a_year",
                condition=Q(kind="yearly", year__isnull=False)
                | (~Q(kind="yearly") & Q(year__isnull=True)),
                violation_error_message="Un bilan annuel, et lui seul, dit son année.",
            ),
            models.CheckConstraint(
                name="accepted_report_says_what_is_justified",
                condition=~Q(state="accepted") | Q(justified_cents__isnull=False),
                violation_error_message="Un bilan accepté dit quelles dépenses sont admises.",
            ),
            models.CheckConstraint(
                name="report_actions_end_after_they_begin",
                condition=Q(began_on__isnull=True)
                | Q(ended_on__isnull=True)
                | Q(ended_on__gte=models.F("began_on")),
                violation_error_message="La fin des actions précède leur début.",
            ),
        ]

    @property
    def name(self) -> str:
        """The French name of this report: "bilan annuel 2026"."""
        label = str(self.Kind(self.kind).label)
        return f"{label} {self.year}" if self.year else label


class ReportLine(models.Model):
    """One budget line: what was planned when the report opened, and what happened."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="lines")
    side = models.CharField(max_length=8, choices=Side.choices)
    code = models.CharField("ligne Cerfa", max_length=4)
    label = models.CharField("intitulé", max_length=160)
    payer = models.CharField("financeur", max_length=160, blank=True)
    planned_cents = models.PositiveBigIntegerField("prévu")
    actual_cents = models.PositiveBigIntegerField("réalisé", null=True, blank=True)

    class Meta:
        verbose_name = "ligne de bilan"
        ordering = ["side", "code", "pk"]


class DeclaredInvoice(models.Model):
    """An invoice that a report counts. Its digest finds it again in any other report."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="invoices")
    supplier = models.CharField("fournisseur", max_length=160)
    supplier_siren = models.CharField("SIREN du fournisseur", max_length=9)
    number = models.CharField("numéro de facture", max_length=60)
    dated_on = models.DateField("date de la facture")
    amount_cents = models.PositiveBigIntegerField("montant")
    code = models.CharField("ligne Cerfa", max_length=4, blank=True)
    digest = models.CharField("empreinte", max_length=64, db_index=True)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField("déclarée le")

    class Meta:
        verbose_name = "facture déclarée"
        ordering = ["dated_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="invoice_once_a_report",
                fields=["report", "digest"],
                violation_error_message="Cette facture est déjà dans ce bilan.",
            ),
            models.CheckConstraint(
                name="declared_invoice_is_positive",
                condition=Q(amount_cents__gt=0),
                violation_error_message="Le montant d'une facture est supérieur à zéro.",
            ),
        ]


class Reminder(models.Model):
    """A reminder that left: one for each report due, at each step around its date."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="reminders")
    kind = models.CharField("nature", max_length=12, choices=Report.Kind.choices)
    year = models.PositiveSmallIntegerField("année", default=0)
    due_on = models.DateField("à rendre avant le")
    step = models.SmallIntegerField("jours après l'échéance")
    sent_on = models.DateField("envoyé le")

    class Meta:
        verbose_name = "rappel de bilan"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="reminder_once_a_step",
                fields=["agreement", "kind", "year", "due_on", "step"],
                violation_error_message="Ce rappel est déjà parti.",
            )
        ]


class YearUse(models.Model):
    """What an organisation used of a grant in one year: the rest is a dedicated fund."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="uses")
    year = models.PositiveSmallIntegerField("année")
    used_cents = models.PositiveBigIntegerField("employé dans l'année")
    stated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField("déclaré le")

    class Meta:
        verbose_name = "emploi d'une année"
        ordering = ["year", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="year_use_once",
                fields=["agreement", "year"],
                violation_error_message="L'emploi de cette année est déjà écrit.",
            )
        ]
