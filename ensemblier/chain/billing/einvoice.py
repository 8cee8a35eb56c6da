"""The terms of an electronic invoice (EN 16931), from what a document froze. Pure.

Keys are those of the standard: BT-n a term, BG-n a group, EXT-FR-FE-n the French extension.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from ensemblier.chain.billing.rules import vat_row
from ensemblier.engines.law.invoices import OUT_OF_SCOPE

EN16931, FRENCH = "en16931", "extended-ctc-fr"
INVOICE, SELF_BILLED, CREDIT, SELF_BILLED_CREDIT = "380", "389", "381", "261"
GOODS = "B1"  # BT-23: an invoice of goods, not paid yet
SIREN, SIRET, FRENCH_ADDRESS = "0002", "0009", "0225"
# Units of UN/ECE recommendation 20; what is counted is « one ».
UNITS = {"kg": "KGM", "litre": "LTR"}
BILLED = ("invoice", "self_billed", "credit_note", "funder_call")


class Group(NamedTuple):
    """Lines of one product, unit price and rate, in one row of the invoice."""

    product: str
    unit: str
    rate: int
    milli: int
    cents: int
    net_cents: int


def why_not(content: dict[str, Any]) -> str:
    """In French, why a document is no electronic invoice; "" when it is one."""
    if content["kind"] not in BILLED:
        return "Cette pièce n'est pas une facture : elle n'a pas de fichier Factur-X."
    if content["kind"] == "funder_call":
        if any(row.get("nature") != "complement" for row in content["lines"]):
            return (
                "Cet appel porte sur des parts qui ne sont pas un complément du prix : ce n'est "
                "pas une facture, il n'a pas de fichier Factur-X."
            )
        if content["totals"]["total_cents"] < 0:
            return (
                "Cet appel rend plus qu'il ne demande : ce n'est pas une facture, il n'a pas de "
                "fichier Factur-X."
            )
    return ""


def missing_siret(content: dict[str, Any]) -> list[str]:
    """Names of the parties that no electronic invoice can name."""
    parties = [content["seller"], content["recipient"], content.get("payer")]
    return [party["name"] for party in parties if party and not party["siret"]]


def level(content: dict[str, Any]) -> str:
    """The plain European profile; the French one when a third party pays."""
    return FRENCH if content.get("payer") else EN16931


def type_code(content: dict[str, Any]) -> str:
    if content["kind"] == "credit_note":
        turned = content.get("corrects_kind") == "self_billed"
        return SELF_BILLED_CREDIT if turned else CREDIT
    return SELF_BILLED if content["kind"] == "self_billed" else INVOICE


def groups(content: dict[str, Any]) -> list[Group]:
    """The lines summed by product, unit price and rate; their net amounts add up to each rate's.

    A credit note is told as what it gives back: its amounts are turned positive.
    """
    sign = -1 if content["kind"] == "credit_note" else 1
    sums: dict[tuple[str, str, int, int, bool], list[int]] = {}
    for row in content["lines"]:
        cents = sign * row["cents"]
        price = (2 * abs(cents) * 1000 + row["milli"]) // (2 * row["milli"])
        key = (row["product"], row["unit"], row["vat_rate"], price, cents < 0)
        total = sums.setdefault(key, [0, 0])
        total[0] += -row["milli"] if cents < 0 else row["milli"]
        total[1] += cents
    found = [
        Group(product, unit, rate, milli, cents, vat_row(rate, cents).net_cents)
        for (product, unit, rate, _, _), (milli, cents) in sums.items()
    ]
    for rate in content["vat"]:
        found = _settled(found, rate["rate"], sign * rate["net_cents"])
    return found


def _settled(found: list[Group], rate: int, net: int) -> list[Group]:
    """The cents that rounding group by group leaves go to the largest ones, one each."""
    places = [place for place, group in enumerate(found) if group.rate == rate]
    left = net - sum(found[place].net_cents for place in places)
    step = 1 if left > 0 else -1
    largest = sorted(places, key=lambda place: (-abs(found[place].cents), place))
    for place in largest[: abs(left)]:
        found[place] = found[place]._replace(net_cents=found[place].net_cents + step)
    return found


def terms(content: dict[str, Any]) -> dict[str, Any]:
    """Every term of the invoice, ready to be written as XML."""
    sign = -1 if content["kind"] == "credit_note" else 1
    totals = {name: _amount(sign * cents) for name, cents in content["totals"].items()}
    first, last = (date.fromisoformat(text) for text in content["period"])
    found = {
        "BT-1": content["number"],
        "BT-2": date.fromisoformat(content["day"]),
        "BT-3": type_code(content),
        "BT-5": "EUR",
        "BT-23": GOODS,
        "BG-1": [{"BT-21": code, "BT-22": text} for code, text in content["notes"]],
        "BG-4": _party(content["seller"]) | _taxed(content),
        "BG-7": _party(content["recipient"]),
        "BT-72": date.fromisoformat(max(row["day"] for row in content["lines"])),
        "BT-73": first,
        "BT-74": last,
        "BT-20": content["terms"],
        "BG-23": [_rate(row, content, sign) for row in content["vat"]],
        "BG-25": [_line(rank, row, content) for rank, row in enumerate(groups(content), 1)],
        "BT-106": totals["net_cents"],
        "BT-109": totals["net_cents"],
        "BT-110": totals["vat_cents"],
        "BT-112": totals["total_cents"],
        "BT-115": totals["total_cents"],
    }
    if content.get("due"):
        found["BT-9"] = date.fromisoformat(content["due"])
    if content.get("payer"):
        found["EXT-FR-FE-BG-02"] = _party(content["payer"])
    if content.get("corrects"):
        earlier = date.fromisoformat(content["corrects_day"])
        found["BG-3"] = [{"BT-25": content["corrects"], "BT-26": earlier}]
    return found


def _party(party: dict[str, str]) -> dict[str, Any]:
    siren = party["siret"][:9]
    found: dict[str, Any] = {
        "name": party["name"],
        "identifiers": {SIRET: party["siret"]},
        "legal_identifier": siren,
        "legal_identifier_schemeid": SIREN,
        "einvoicing_addr": siren,
        "einvoicing_addr_schemeid": FRENCH_ADDRESS,
        "country_code": "FR",
    }
    if party["address"]:
        found["addr_l1"] = party["address"]
    if party.get("city"):
        found["city"] = party["city"]
    return found


def _taxed(content: dict[str, Any]) -> dict[str, str]:
    """How the seller is known to the tax office: by its VAT number when it bears VAT."""
    siren = content["seller"]["siret"][:9]
    if any(row["rate"] for row in content["vat"]):
        return {"vat_identifier": vat_number(siren)}
    category = (content.get("no_vat") or {}).get("category")
    return {} if category == OUT_OF_SCOPE else {"tax_identifier": siren}


def vat_number(siren: str) -> str:
    """The VAT number of a French company follows from its SIREN: FR, a key, the SIREN."""
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def _category(rate: int, content: dict[str, Any]) -> tuple[str, str]:
    """The category of a rate (BT-118, BT-151), and the rate as it is written."""
    if rate:
        return "S", _percent(rate)
    category = content["no_vat"]["category"]
    return category, "" if category == OUT_OF_SCOPE else "0"


def _rate(row: dict[str, int], content: dict[str, Any], sign: int) -> dict[str, str]:
    category, percent = _category(row["rate"], content)
    found = {
        "BT-116": _amount(sign * row["net_cents"]),
        "BT-117": _amount(sign * row["vat_cents"]),
        "BT-118": category,
    }
    if percent:
        found["BT-119"] = percent
    if not row["rate"]:
        found["BT-120"] = content["no_vat"]["mention"]
        if content["no_vat"]["vatex"]:
            found["BT-121"] = content["no_vat"]["vatex"]
    return found


def _line(rank: int, group: Group, content: dict[str, Any]) -> dict[str, Any]:
    category, percent = _category(group.rate, content)
    unit = UNITS.get(group.unit, "C62")
    price, base = _price(group)
    found = {
        "BT-126": str(rank),
        "BT-129": _milli(group.milli),
        "BT-130": unit,
        "BT-131": _amount(group.net_cents),
        "BT-146": price,
        "BT-151": category,
        "BT-153": group.product,
    }
    if base:
        found["BT-149"] = base
    if percent:
        found["BT-152"] = percent
    return found


def _price(group: Group) -> tuple[str, str]:
    """The net price of one, on four decimals; when that would not give the row back, the price of
    the whole quantity (and that quantity): quantity times price is always the row."""
    size = abs(group.net_cents)
    each = Fraction(size * 1000, abs(group.milli)) / 100
    rounded = Fraction(int(each * 20_000 + 1) // 2, 10_000)
    if round(rounded * abs(group.milli) / 10) == size:
        units, rest = divmod(int(rounded * 10_000), 10_000)
        return f"{units}.{rest:04d}", ""
    return _amount(size), _milli(abs(group.milli))


def _amount(cents: int) -> str:
    units, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{units}.{rest:02d}"


def _milli(milli: int) -> str:
    units, rest = divmod(abs(milli), 1000)
    text = f"{units}.{rest:03d}".rstrip("0").rstrip(".")
    return f"-{text}" if milli < 0 else text


def _percent(rate: int) -> str:
    units, rest = divmod(rate, 100)
    return f"{units}.{rest:02d}".rstrip("0").rstrip(".")
