"""An application written from a sheet's example table: every amount is marked as assumed."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from ensemblier.base.files.content import CheckedFile, check_bytes
from ensemblier.base.people.models import Organisation, OrganisationKind, User
from ensemblier.base.territory.models import Commune
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.applications.models import Application, Attachment, Participation
from ensemblier.fund.calls.models import Call
from ensemblier.web.demo import contents
from ensemblier.web.demo.plan import SHEET_YEAR

PAPER = Path(__file__).with_name("paper.typ")
FUND = "Fonds de soutien"
MADE_AT = 1_669_852_800  # the report's year: the same bytes each time
PARTICIPATION = {
    Participation.INFORMED: "Les personnes reçoivent une information claire à chaque étape.",
    Participation.CONSULTED: "Les personnes donnent leur avis sur les produits et l'organisation.",
    Participation.CO_BUILDING: "Les personnes décident avec l'équipe, et y donnent de leur temps.",
}
# A word of a partner's name -> the sector it stands for; the first that matches.
SECTORS = (
    (("distributeur",), "economy"),
    (("agglomération", "commun", "ville", "département", "région", "pat ", "interco"),
     "local_authority"),
    (("banque", "secours", "croix-rouge", "restos", "épicer", "ugess", "aide alimentaire",
      "caritative"), "food_aid"),
    (("maraîch", "agri", "exploitation", "producteur", "civam", "jardin", "criée"), "farming"),
    (("insertion", "chantier"), "employment"),
    (("lycée", "familiale", "école"), "education"),
    (("groupe", "transport", "magasin", "min ", "jus ", "tetra", "emballage", "distributeur"),
     "economy"),
)  # fmt: skip


# A word of a payer's name -> its line of the form; the first that matches, private otherwise.
GRANTS = (
    (("asp",), "74A"),
    (("caf", "msa"), "74S"),
    (("région",), "74R"),
    (("département",), "74D"),
    (("métropole", "agglo", "intercommun", "communauté"), "74I"),
    (("ville", "ccas"), "74C"),
    (("dgcs", "ddets", "dreets", "draaf"), "74E"),
    (("ademe", "préval"), "74B"),
)


def grant_code(payer: str) -> str:
    """The detailed line of the form for a grant; the sheets only say « 74 »."""
    words = payer.lower()
    if "conseil" in words:
        return "74R" if "régiona" in words else "74D"
    return next((code for names, code in GRANTS if any(n in words for n in names)), "74P")


def sector_of(name: str) -> str:
    low = f"{name.lower()} "
    for words, sector in SECTORS:
        if any(word in low for word in words):
            return sector
    return "social"


@cache
def paper(kind: str, title: str) -> CheckedFile:
    """One example page, made once for each kind of paper."""
    content = typst.compile(
        str(PAPER),
        format="pdf",
        sys_inputs={"title": title},
        pdf_standards="ua-1",
        timestamp=MADE_AT,
    )
    return check_bytes(content=content, name=f"{kind}-exemple.pdf")


def begin(
    *,
    sheet: dict[str, Any],
    organisation: Organisation,
    actor: User,
    call: Call,
    commune: Commune,
    now: datetime,
) -> Application:
    """Start the draft and fill its first three pages."""
    application = applications.start(
        actor=actor,
        organisation=organisation,
        call=call,
        title=sheet["demo"]["project_title"],
        now=now,
        from_sheet={"slug": sheet["slug"]},
    )
    _save(application, "projet", _project(sheet), actor)
    _save(application, "publics", _publics(sheet), actor)
    _save(application, "territoire", _territory(sheet, commune), actor)
    return application


def complete(*, application: Application, sheet: dict[str, Any], actor: User, year: int) -> None:
    """Fill the other pages: partners, model, budget, request and papers."""
    partners = [
        {"name": name, "sector": sector_of(name), "role": "partenaire cité par le rapport"}
        for name in sheet["partners"]
    ]
    together = {"partners": partners, "poolings": contents.poolings(sheet)}
    _save(application, "partenaires", together, actor)
    path = contents.path(sheet, year, grant_code)
    _save(application, "modele", {**_model(sheet), "path": path}, actor)
    applications.set_budget_lines(
        application=application,
        lines=_lines(sheet),
        version=application.version,
        actor=actor,
    )
    applications.set_asked(
        application=application,
        amounts=_asked(sheet, year),
        version=application.version,
        actor=actor,
    )
    kinds = [Attachment.Kind.ACCOUNTS, Attachment.Kind.BANK_DETAILS]
    if application.organisation.kind == OrganisationKind.ASSOCIATION:
        kinds.insert(0, Attachment.Kind.STATUTES)
    for kind in kinds:
        title = f"{str(kind.label).capitalize()} : pièce d'exemple"
        applications.attach(
            application=application, kind=kind, checked=paper(kind.value, title), actor=actor
        )


def accept_commitments(*, application: Application, actor: User) -> None:
    _save(application, "envoi", {"accepts_commitments": True}, actor)


def _save(application: Application, step: str, values: dict[str, Any], actor: User) -> None:
    applications.save_step(
        application=application,
        step=step,
        values=values,
        version=application.version,
        actor=actor,
    )


def _project(sheet: dict[str, Any]) -> dict[str, Any]:
    return {
        "summary": sheet["summary"],
        "stage": sheet["demo"]["stage"],
        "links": sheet["links"],
        "length": sheet["length"],
        "quality": f"{sheet['quality']} {sheet['volumes']}".strip(),
        **contents.project(sheet),
    }


def _publics(sheet: dict[str, Any]) -> dict[str, Any]:
    demo, report = sheet["demo"], sheet["report"]
    level = demo["participation_level"]
    needs = report["aim"] or sheet["summary"]
    return {
        "publics": demo["publics"],
        "people_count": demo["people_count"],
        "needs": f"{needs}\nNombre de personnes : hypothèse de la démonstration.",
        "participation": level,
        "participation_how": PARTICIPATION[level],
        **contents.publics(sheet),
    }


def _territory(sheet: dict[str, Any], commune: Commune) -> dict[str, Any]:
    where = " ".join(sheet["report"]["territory"].split())
    note = f"Territoire du projet, selon le rapport : {where}."
    others = set(sheet["departments"]) - {commune.department_id}
    return {
        "commune": commune,
        "departments": sorted(others),
        "territory_note": note.replace("..", "."),
        "frames": contents.frames(sheet),
    }


def _model(sheet: dict[str, Any]) -> dict[str, Any]:
    demo = sheet["demo"]
    effects = [
        {
            "effect": row["effect"],
            "funder": row["funder"],
            "explanation": "Financeur envisagé, hypothèse de la démonstration.",
        }
        for row in demo["useful_effects"]
    ]
    funders = ", ".join(dict.fromkeys(row["funder"] for row in demo["useful_effects"]))
    asked = sum(row["amount"] for row in demo["asked"])
    total = sum(row["amount"] for row in demo["charges"])
    path = (
        f"La première année, le fonds paierait {asked * 100 // total} % des charges. "
        "Cette part baisse chaque année : les ventes et les adhésions montent, et les financeurs "
        f"des effets utiles entrent au budget ({funders}). La cinquième année, le fonds n'est "
        "plus nécessaire. Ces chiffres sont des hypothèses de la démonstration."
    )
    return {"effects": effects, "model_path": path}


def _lines(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    demo = sheet["demo"]
    charges = [_line("charge", row) for row in demo["charges"]]
    resources = [
        _line("resource", row) | {"effect": contents.effect_of(row["payer"], sheet)}
        for row in demo["resources"]
        if row["payer"] != FUND
    ]
    return charges + resources


def _line(side: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "side": side,
        "code": grant_code(row["payer"]) if row["code"] == "74" else row["code"],
        "label": row["label"],
        "payer": row.get("payer", ""),
        "amount_cents": row["amount"] * 100,
        "certainty": row.get("state", ""),
        "is_assumed": row["assumed"],
    }


def _asked(sheet: dict[str, Any], year: int) -> list[dict[str, Any]]:
    return [
        {
            "expense_class": row["expense_class"],
            "year": year + row["year"] - SHEET_YEAR,
            "amount_cents": row["amount"] * 100,
            "is_assumed": row["assumed"],
        }
        for row in sheet["demo"]["asked"]
    ]
