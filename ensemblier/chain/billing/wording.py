"""What each kind of document says on paper, as plain strings, from what was frozen. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from ensemblier.base.pages.formats import SPACE, day, euros_exact, whole
from ensemblier.base.people.identifiers import spaced
from ensemblier.chain.billing.einvoice import groups
from ensemblier.chain.catalogue.models import Unit
from ensemblier.engines.cofinancing.sentences import NATURES
from ensemblier.engines.in_words import euros_in_words
from ensemblier.engines.law.gifts import company_relief_rate

TITLES = {
    "invoice": "Facture",
    "self_billed": "Facture établie par l'acheteur",
    "credit_note": "Avoir",
    "delivery_note": "Bon de livraison",
    "funder_call": "Appel de fonds",
    "tax_receipt": "Reçu fiscal",
}
LEFT_TOLD = 20
Table = dict[str, Any]


def facts(content: dict[str, Any], digest: str) -> dict[str, Any]:
    """All that the paper says."""
    kind = content["kind"]
    title = f"{TITLES[kind]} {content['number']}"
    tables, sections = PAPERS[kind](content)
    return {
        "title": title,
        "author": content["issuer"]["name"],
        "head": f"{content['issuer']['name']} · {title}",
        "lead": _lead(content),
        "parties": _parties(content),
        "tables": tables,
        "sections": sections,
        "foot": f"Pièce figée le jour de son écriture. Empreinte (SHA-256) : {digest}.",
    }


def _lead(content: dict[str, Any]) -> list[str]:
    first, last = (date.fromisoformat(text) for text in content["period"])
    said = [
        f"Écrit le {day(date.fromisoformat(content['day']))}, pour la période du {day(first)} au "
        f"{day(last)}."
    ]
    if any(row.get("late") for row in content["lines"]):
        said.append("Des lignes plus anciennes, arrivées en retard, y sont reportées.")
    if content.get("mention"):
        said.append(f"{content['mention']} ({content['mandate']}).")
    if content.get("corrects"):
        said.append(f"Corrige la pièce {content['corrects']}.")
    if content.get("scheme"):
        said.append(f"Dispositif : {content['scheme']}. Part de : {content['called']}.")
    return said


def _parties(content: dict[str, Any]) -> list[dict[str, Any]]:
    roles = {
        "delivery_note": ("Expéditeur", "Destinataire"),
        "funder_call": ("Demandé par", "Demandé à"),
        "tax_receipt": ("Organisme qui reçoit les dons", "Donateur"),
    }
    seller, buyer = roles.get(content["kind"], ("Vendeur", "Acheteur"))
    found = [_party(seller, content["seller"]), _party(buyer, content["recipient"])]
    if content.get("payer"):
        found.append(_party("Payeur", content["payer"]))
    return found


def _party(role: str, party: dict[str, str]) -> dict[str, Any]:
    lines = [party["address"], party.get("city", "")]
    lines.append(f"SIRET {spaced(party['siret'])}" if party["siret"] else "")
    lines.append(f"RNA {party['rna']}" if party.get("rna") else "")
    return {"role": role, "name": party["name"], "lines": [line for line in lines if line]}


def quantity(milli: int, unit: str) -> str:
    """1500, "kg" -> « 1,5 kg »; baskets and meals in words."""
    units, rest = divmod(abs(milli), 1000)
    text = f"{whole(units)},{rest:03d}".rstrip("0").rstrip(",") if rest else whole(units)
    label = str(Unit(unit).label) if unit in Unit.values else unit
    plural = "s" if abs(milli) >= 2000 and unit not in ("kg",) and not label.endswith("s") else ""
    return f"{'−' if milli < 0 else ''}{text}{SPACE}{label}{plural}"


def percent_of(rate: int) -> str:
    units, rest = divmod(rate, 100)
    text = f"{units},{rest:02d}".rstrip("0").rstrip(",")
    return f"{text}{SPACE}%"


def _table(title: str, columns: list[tuple[str, int, bool]], rows: Any, total: Any = ()) -> Table:
    """`columns`: heading, width (0: as wide as its words), numbers on the right."""
    return {
        "title": title,
        "heading": [name for name, _, _ in columns],
        "widths": [width for _, width, _ in columns],
        "rights": [right for _, _, right in columns],
        "rows": [list(row) for row in rows],
        "total": list(total),
    }


def _invoice(content: dict[str, Any]) -> tuple[list[Table], list[dict[str, Any]]]:
    columns = [("Produit", 1, False), ("Quantité", 0, True), ("TVA", 0, True)]
    columns += [("Hors taxe", 0, True), ("Total", 0, True)]
    sign = -1 if content["kind"] == "credit_note" else 1
    rows = [
        (
            group.product,
            quantity(sign * group.milli, group.unit),
            percent_of(group.rate),
            euros_exact(sign * group.net_cents),
            euros_exact(sign * group.cents),
        )
        for group in groups(content)
    ]
    lines = _table("Ce qui est facturé, produit par produit", columns, rows)
    return [lines, _taxes(content)], _conditions(content)


def _taxes(content: dict[str, Any]) -> Table:
    columns = [("Taux", 1, False), ("Hors taxe", 0, True), ("TVA", 0, True), ("Total", 0, True)]
    rows = [
        (percent_of(row["rate"]), *_three(row["net_cents"], row["vat_cents"], row["total_cents"]))
        for row in content["vat"]
    ]
    totals = content["totals"]
    total = ("Total", *_three(totals["net_cents"], totals["vat_cents"], totals["total_cents"]))
    return _table("Totaux", columns, rows, total)


def _three(*cents: int) -> list[str]:
    return [euros_exact(amount) for amount in cents]


def _conditions(content: dict[str, Any]) -> list[dict[str, Any]]:
    lines = []
    if content.get("no_vat"):
        lines.append(f"{content['no_vat']['mention']}.")
    if content.get("due"):
        lines.append(f"À payer au plus tard le {day(date.fromisoformat(content['due']))}.")
    lines += [content["terms"]] if content.get("terms") else []
    lines += [text for _, text in content.get("notes", [])]
    return [{"title": "Conditions", "lines": lines}] if lines else []


def _call(content: dict[str, Any]) -> tuple[list[Table], list[dict[str, Any]]]:
    columns = [("Jour", 0, False), ("Produit", 1, False), ("Quantité", 0, True)]
    columns += [("Prix", 0, True), ("Raison", 1, False), ("Part", 0, True)]
    rows = [
        (
            f"{date.fromisoformat(row['day']):%d/%m/%Y}{' (reportée)' if row.get('late') else ''}",
            f"{row['product']}, {row['structure']}",
            quantity(row["milli"], row["unit"]),
            euros_exact(-row["price_cents"] if row["cents"] < 0 else row["price_cents"]),
            row["reason"],
            euros_exact(row["cents"]),
        )
        for row in content["lines"]
    ]
    lines = _table("Les lignes, une par une", columns, rows)
    natures = {row["nature"] for row in content["lines"]}
    bases = {row["legal_basis"] for row in content["lines"]} - {""}
    said = [f"Nature : {', '.join(sorted(NATURES.get(n, n) for n in natures))}."]
    said += [f"Base légale : {', '.join(sorted(bases))}."] if bases else []
    said.append("Ni nom ni carte : les personnes ne sont pas connues de cet appel.")
    about = {"title": "Ce que cet appel représente", "lines": said}
    return [_taxes(content), lines], [about, *_conditions(content)]


def _delivery(content: dict[str, Any]) -> tuple[list[Table], list[dict[str, Any]]]:
    columns = [("Jour", 0, False), ("Lot", 0, False), ("Produit", 1, False), ("Quantité", 0, True)]
    rows = [
        (
            f"{date.fromisoformat(row['day']):%d/%m/%Y}",
            row["lot"],
            row["product"],
            quantity(row["milli"], row["unit"]),
        )
        for row in content["lines"]
    ]
    received = {"title": "Reçu par", "lines": ["Date, nom et signature :"]}
    return [_table("Ce qui est livré", columns, rows)], [received]


def _receipt(content: dict[str, Any]) -> tuple[list[Table], list[dict[str, Any]]]:
    columns = [("Pris en charge le", 0, False), ("Don", 1, False), ("Quantité", 0, True)]
    columns += [("Prix de revient", 0, True), ("Retenu", 0, True), ("Valeur", 0, True)]
    rows = [
        (
            f"{date.fromisoformat(row['day']):%d/%m/%Y}",
            f"{row['product']}, lot {row['lot']} ({row['why']})",
            quantity(row["milli"], row["unit"]),
            euros_exact(row["cost_cents"]),
            f"{row['percent']}{SPACE}%",
            euros_exact(row["cents"]),
        )
        for row in content["lines"]
    ]
    total = content["totals"]["total_cents"]
    gifts = _table("Dons en nature", columns, rows, ("Total", "", "", "", "", euros_exact(total)))
    rate = company_relief_rate(date.fromisoformat(content["day"]))
    lines = [
        f"Valeur des dons : {euros_exact(total)}, soit {euros_in_words(total)}.",
        f"Nature : denrées alimentaires, sans contrepartie. Texte : {content['law']}.",
        f"Valeur retenue selon {content['rule']}, sur le prix de revient dit par le donateur.",
        "Le bénéficiaire certifie que ces dons ouvrent droit à la réduction d'impôt prévue à "
        "l'article 238 bis du code général des impôts.",
        f"Cette réduction est de {rate}{SPACE}% de la valeur des dons, dans les limites que fixe "
        "cet article : le donateur vérifie les siennes.",
        *left_out(content),
        "À garder six ans avec les bons de prise en charge.",
        "Pour le bénéficiaire, date, nom, qualité et signature :",
    ]
    return [gifts], [{"title": "Reçu au titre des dons des entreprises", "lines": lines}]


def left_out(content: dict[str, Any]) -> list[str]:
    """What a receipt does not count, and why."""
    found = content.get("left_out", [])
    if not found:
        return []
    more = f" et {len(found) - LEFT_TOLD} autres" if len(found) > LEFT_TOLD else ""
    return [
        "Ne comptent pas, faute d'une habilitation à l'aide alimentaire en cours ce jour-là : "
        f"{' ; '.join(found[:LEFT_TOLD])}{more}."
    ]


PAPERS: dict[str, Callable[[dict[str, Any]], tuple[list[Table], list[dict[str, Any]]]]] = {
    "invoice": _invoice,
    "self_billed": _invoice,
    "credit_note": _invoice,
    "delivery_note": _delivery,
    "funder_call": _call,
    "tax_receipt": _receipt,
}
