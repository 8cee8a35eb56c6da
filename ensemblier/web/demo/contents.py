"""What a sheet says of the rest of a file: facts of the report, all else « hypothèse »."""

from __future__ import annotations

from typing import Any

from ensemblier.engines.money import share_out
from ensemblier.fund.applications.models import (
    FrameKind,
    Goal,
    Nature,
    Quality,
    Situation,
)
from ensemblier.fund.applications.path import NATURES

NOTE = "(hypothèse)"
EURO = 100
# A word of the report -> the choice it stands for.
QUALITIES = (
    (Quality.FRESH, ("frais", "fraîche", "légumes")),
    (Quality.LOCAL, ("local", "locaux", "circuit court", "circuits courts", "proximité")),
    (Quality.AGROECOLOGICAL, ("agroécolog", "agro-écolog", "raisonn", "sans pesticide")),
    (Quality.ORGANIC, ("bio", "biologique")),
    (Quality.LABELLED, ("label", "hve", "aop")),
)
SITUATIONS = (
    (Situation.LOW_INCOME, ("précari", "minimas", "épicerie", "bénéficiaire", "précaires")),
    (Situation.SHELTERED, ("héberg", "rue", "emmaüs", "migrant")),
    (Situation.ISOLATED, ("isol", "âgées")),
)
FRAMES = (
    (FrameKind.PAT, ("projet alimentaire territorial", "pat ", "pat,", "pat.", "le pat")),
    (FrameKind.CITY, ("contrat de ville", "politique de la ville")),
    (FrameKind.CALPAE, ("calpae", "stratégie pauvreté", "plan pauvreté")),
    (FrameKind.COMMITTEE, ("comité de pilotage", "copil")),
)
FACTS = ("aim", "action", "funding", "support", "lessons", "difficulties", "public", "territory")
POOLED = ("mutualis", "partage des locaux", "locaux partagés")
FEEDERS = ("64", "62", "61", "60")


def found(words: Any, text: str) -> list[str]:
    """The choices whose words the text holds."""
    return [str(choice) for choice, names in words if any(name in text for name in names)]


def report_of(sheet: dict[str, Any]) -> str:
    """All that the report says of this project, without capitals."""
    parts = [sheet["report"].get(name) or "" for name in FACTS]
    return " ".join([*parts, sheet["quality"], sheet["summary"], *sheet["partners"]]).lower()


def goals(sheet: dict[str, Any]) -> list[str]:
    """The aim of access for all; precarity and territory when the sheet speaks of them."""
    chosen = [Goal.ACCESS]
    if set(sheet["demo"]["publics"]) & {"settled", "emergency", "farmers"}:
        chosen.append(Goal.PRECARITY)
    if "production" in sheet["links"] and sheet["length"] == "local":
        chosen.append(Goal.RESILIENCE)
    return [str(goal) for goal in chosen]


def project(sheet: dict[str, Any]) -> dict[str, Any]:
    words = f"{sheet['quality']} {sheet['summary']}".lower()
    return {"goals": goals(sheet), "qualities": found(QUALITIES, words)}


def publics(sheet: dict[str, Any]) -> dict[str, Any]:
    """Numbers by public are shared out of the total: an assumption, said in the needs."""
    demo = sheet["demo"]
    shares = share_out(demo["people_count"], [1] * len(demo["publics"]))
    counts = dict(zip(demo["publics"], shares, strict=True))
    return {
        **{f"people_{kind}": count for kind, count in counts.items()},
        "situations": found(SITUATIONS, report_of(sheet)),
        "access_how": sheet["price_note"],
        "means": means(sheet),
    }


def means(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    """A twentieth of the charge that feeds participation, in whole hundreds of euros."""
    if sheet["demo"]["participation_level"] == "informed":
        return []
    charges = {row["code"]: row["amount"] for row in sheet["demo"]["charges"]}
    code = next(code for code in FEEDERS if code in charges)
    return [
        {
            "label": f"Temps d'animation et trajets des personnes {NOTE}",
            "code": code,
            "amount_cents": charges[code] // 2000 * 100 * EURO,
        }
    ]


def frames(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    words = report_of(sheet) + f" {sheet['title'].lower()} "
    return [
        {"kind": kind, "role": "cité par le rapport", "follows": kind == FrameKind.PAT}
        for kind in found(FRAMES, words)
    ]


def poolings(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    if not any(word in report_of(sheet) for word in POOLED):
        return []
    partner = sheet["partners"][0] if sheet["partners"] else "les partenaires du projet"
    return [
        {
            "what": "Moyens mutualisés, selon le rapport",
            "with_whom": partner,
            "gain": f"Moins de dépenses pour chacun {NOTE}",
        }
    ]


def path(sheet: dict[str, Any], first: int, code_of: Any) -> list[dict[str, Any]]:
    """Five years with the same total: the fund's part goes down by quarters, sales take over."""
    demo = sheet["demo"]
    fund = sum(row["amount"] for row in demo["asked"]) * EURO
    others: dict[str, int] = {}
    for row in demo["resources"]:
        if row["code"][:2] != "87" and row["payer"] != "Fonds de soutien":
            code = code_of(row["payer"]) if row["code"] == "74" else row["code"]
            nature = str(NATURES.get(code, Nature.OWN))
            others[nature] = others.get(nature, 0) + row["amount"] * EURO
    rows = []
    for rank in range(5):
        kept = fund * (4 - rank) // 400_00 * 100_00
        amounts = {str(Nature.FUND): kept, **others}
        sales = str(Nature.SALES)
        amounts[sales] = amounts.get(sales, 0) + (fund // 100_00 * 100_00) - kept
        rows += [
            {"year": first + rank, "nature": nature, "amount_cents": cents}
            for nature, cents in amounts.items()
            if cents
        ]
    return rows


def effect_of(payer: str, sheet: dict[str, Any]) -> str:
    """The useful effect that this payer of the budget is named for, in the sheet's own list."""
    words = payer.lower()
    return next(
        (
            row["effect"]
            for row in sheet["demo"]["useful_effects"]
            if words and (words in row["funder"].lower() or row["funder"].lower() in words)
        ),
        "",
    )
