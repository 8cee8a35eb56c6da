"""Starting from a former file: what is kept, what is left and why, what must be checked again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.files.models import ScanState
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import day as in_words
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.engines.months import add_months
from ensemblier.fund.applications import access, answers
from ensemblier.fund.applications.actions import PURPOSE, start
from ensemblier.fund.applications.content import FIELDS, read_step
from ensemblier.fund.applications.models import Application, Attachment, Carryover, Certainty
from ensemblier.fund.applications.rules import NAMES
from ensemblier.fund.applications.saving import save_step
from ensemblier.fund.calls.models import Call

Kind = Attachment.Kind
# How many months a paper serves again; the rest is of one year or of one project only.
LASTS = {Kind.STATUTES: None, Kind.BANK_DETAILS: 12, Kind.AUTHORISATION: 12}
WHY = {
    Kind.ACCOUNTS: "les comptes à joindre sont ceux du dernier exercice approuvé",
    Kind.ACTIVITY_REPORT: "le rapport à joindre est celui de la dernière année",
    Kind.BUDGET: "le budget prévisionnel est celui d'une année",
    Kind.FINANCIAL_REPORT: "le compte rendu financier à joindre est celui de l'an dernier",
    Kind.DELEGATION: "un pouvoir est donné pour un dossier",
    Kind.QUOTE: "un devis ne tient qu'un temps : demandez-en un nouveau",
    Kind.PARTNER_LETTER: "une lettre engage un partenaire pour un projet et une année",
    Kind.OTHER: "cette pièce répondait à l'autre appel",
}
PAGES = ("projet", "publics", "territoire", "partenaires", "modele", "budget", "demande")
TO_CHECK = (
    ("projet", "Relisez le résumé et l'étape du projet : il a un an de plus."),
    ("publics", "Mettez à jour le nombre de personnes."),
    ("partenaires", "Vérifiez que chaque partenaire est encore là, avec le même rôle."),
    ("modele", "Reprenez le chemin à cinq ans : ses années ont été décalées."),
    ("budget", "Reprenez chaque montant : ce sont ceux de l'ancien dossier."),
    ("demande", "Vérifiez la demande : ses années et les dépenses aidées peuvent avoir changé."),
    ("envoi", "Lisez et souscrivez de nouveau le contrat d'engagement républicain."),
)


class NothingToCopy(Refusal):
    """The former file is not of this organisation, or cannot be read by this person."""


@transaction.atomic
def copy_file(
    *, source: Application, call: Call, title: str, actor: Any, now: datetime
) -> Carryover:
    """Start a file in an open call from a former one of the same organisation."""
    person = access.actor_on(actor, in_paris(now).date())
    if not access.is_member(person, source):
        raise NothingToCopy("Ce dossier n'est pas de votre organisation.", field="source")
    made = start(
        actor=actor,
        organisation=source.organisation,
        call=call,
        title=title.strip() or source.title,
        now=now,
    )
    work = _Copy(source, made, call, actor, in_paris(now).date())
    work.pages()
    work.answers()
    work.papers()
    row = Carryover.objects.create(
        application=made,
        source=source,
        made_by=actor,
        made_at=now,
        kept=work.kept,
        left=work.left,
        checks=work.checks,
    )
    record(
        actor=actor,
        action="application.copy",
        subject=f"application:{made.pk}",
        data={"from": source.number, "left": len(work.left)},
    )
    return row


@transaction.atomic
def check_again(*, carryover: Carryover, done: list[int], actor: Any) -> Carryover:
    """Tick what was checked."""
    fresh = Carryover.objects.select_for_update().get(pk=carryover.pk)
    access.require_pen(fresh.application, actor)
    for rank, check in enumerate(fresh.checks):
        check["done"] = rank in done
    fresh.save(update_fields=["checks"])
    record(
        actor=actor,
        action="application.check_copy",
        subject=f"application:{fresh.application_id}",
        data={"done": sum(check["done"] for check in fresh.checks)},
    )
    return fresh


class _Copy:
    """The copy under way: values of the former file, made right for the new call."""

    def __init__(
        self, source: Application, made: Application, call: Call, actor: Any, day: date
    ) -> None:
        self.source, self.made, self.call, self.actor, self.day = source, made, call, actor, day
        self.shift = call.first_year - source.call.first_year
        self.kept: list[str] = []
        self.left: list[str] = []
        self.checks = [{"step": s, "sentence": words, "done": False} for s, words in TO_CHECK]

    def pages(self) -> None:
        title = self.made.title
        for step in PAGES:
            values = read_step(self.source, step)
            change = getattr(self, f"_{step}", None)
            values = change(values) if change else values
            if step == "projet":
                values["title"] = title
            self._save(step, values)
            if any(values[name] for name in values if name != "title"):
                self.kept.append(f"« {NAMES[step]} »")
        self.left.append("Les engagements : ils se souscrivent à chaque demande.")

    def _modele(self, values: dict[str, Any]) -> dict[str, Any]:
        path = [{**row, "year": row["year"] + self.shift} for row in values["path"]]
        effects = [_asked_again(row) for row in values["effects"]]
        return {**values, "path": path, "effects": effects}

    def _budget(self, values: dict[str, Any]) -> dict[str, Any]:
        rows = [row for row in values["lines"] if row["certainty"] != Certainty.REFUSED]
        for row in values["lines"]:
            if row["certainty"] == Certainty.REFUSED:
                name = row["payer"] or row["label"]
                self.left.append(f"{name}, {euros(row['amount_cents'])} : refusé l'an dernier.")
        if any(row["certainty"] in ("firm", "promised") for row in rows):
            sentence = "Redites où en est chaque ressource : toutes sont revenues à « demandé »."
            self.checks.append({"step": "budget", "sentence": sentence, "done": False})
        return {"lines": [_asked_again(row) for row in rows]}

    def _demande(self, values: dict[str, Any]) -> dict[str, Any]:
        allowed = {row.expense_class for row in self.call.expenses.all()}
        rows = []
        for row in values["asked"]:
            moved = {**row, "year": row["year"] + self.shift}
            amount = euros(row["amount_cents"])
            if moved["year"] not in self.call.years:
                self.left.append(f"{amount} demandés : cet appel n'aide pas {moved['year']}.")
            elif moved["expense_class"] not in allowed:
                self.left.append(f"{amount} demandés : cet appel n'aide pas cette dépense.")
            else:
                rows.append(moved)
        return {"asked": rows}

    def answers(self) -> None:
        """Answers to the questions that this call asks too, in the same way."""
        given = answers.read(self.source)
        known = {row.code: row for row in answers.questions(self.source)}
        values: dict[str, str] = {}
        for question in answers.questions(self.made):
            old, text = known.get(question.code), given.get(question.code, "")
            same = old is not None and (old.kind, old.label) == (question.kind, question.label)
            same = same and question.kind != question.Kind.FILE
            if text and same and not answers.fault(question, text):
                values[question.code] = text
        if values:
            self._save("questions", {"answers": values})
            self.kept.append(f"« {NAMES['questions']} » ({len(values)})")
        if lost := len(given) - len(values):
            self.left.append(f"{lost} réponse(s) : cet appel pose d'autres questions.")

    def papers(self) -> None:
        for paper in self.source.attachments.select_related("file"):
            reason = self._too_old(paper)
            name = f"{paper.get_kind_display()} ({paper.file.original_name})"
            if reason:
                self.left.append(f"{name} : {reason}.")
                continue
            self._join(paper)
            self.kept.append(name)
            sentence = f"Vérifiez que cette pièce est toujours la bonne : {name}."
            self.checks.append({"step": "pieces", "sentence": sentence, "done": False})

    def _too_old(self, paper: Attachment) -> str:
        if paper.kind not in LASTS:
            return WHY[Kind(paper.kind)]
        if paper.file.scan != ScanState.CLEAN or not paper.file.path.is_file():
            return "elle n'est plus disponible"
        months = LASTS[Kind(paper.kind)]
        joined = in_paris(paper.file.created_at)
        if months and joined.date() < add_months(self.day, -months):
            return f"jointe le {in_words(joined.date())}, elle a plus de {months} mois"
        return ""

    def _join(self, paper: Attachment) -> None:
        """The same bytes, kept once more for this file: each file keeps its own papers."""
        old = paper.file
        checked = CheckedFile(old.original_name, old.path.read_bytes(), old.media_type)
        stored = store(
            checked=checked,
            purpose=PURPOSE,
            about=f"application:{self.made.pk}",
            actor=self.actor,
            organisation_id=self.made.organisation_id,
            counted=False,
        )
        Attachment.objects.create(
            application=self.made, kind=paper.kind, about=paper.about, file=stored
        )

    def _save(self, step: str, values: Mapping[str, Any]) -> None:
        names = set(read_step(self.made, step)) if step in (*FIELDS, *PAGES) else set(values)
        save_step(
            application=self.made,
            step=step,
            values={name: value for name, value in values.items() if name in names},
            version=self.made.version,
            actor=self.actor,
        )


def _asked_again(row: Mapping[str, Any]) -> dict[str, Any]:
    """What was promised or firm was so for another year."""
    return {**row, "certainty": Certainty.ASKED.value if row["certainty"] else ""}


def former_files(actor: Any, call: Call) -> list[Application]:
    """Files of this person's organisations that another one may start from, latest first."""
    homes = actor.organisations(*access.MEMBERS)
    rows = Application.objects.filter(organisation__in=homes, filed_at__isnull=False)
    return list(rows.exclude(call=call).select_related("call", "organisation")[:50])


def former_of(application: Application) -> Application | None:
    """The file of last year: the one it started from, else the last one sent to another call."""
    known = Carryover.objects.filter(application=application).select_related("source").first()
    if known is not None:
        return known.source
    rows = Application.objects.filter(
        organisation=application.organisation_id, filed_at__isnull=False, pk__lt=application.pk
    )
    return rows.exclude(call=application.call_id).order_by("-pk").first()
