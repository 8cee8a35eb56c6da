"""The Cerfa budget of a project: totals, balance, caps of the call, and how to mend it.

Amounts are whole cents, and whole euros on the form. Contributions in kind (86 and 87) balance
apart: they never pay a cash cost, and are left out of the base of the fund's rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ensemblier.engines import money

CHARGE, RESOURCE = "charge", "resource"
FUND_CODE = "74FS"
NBSP = "\u00a0"
WHOLE = 10_000  # rates are in ten-thousandths


class CerfaLine(NamedTuple):
    """A line of the form. `in_kind` lines are those of accounts 86 and 87."""

    code: str
    side: str
    label: str
    in_kind: bool = False


class Form(NamedTuple):
    """One edition of the form, from its first day."""

    name: str
    valid_from: date
    lines: tuple[CerfaLine, ...]


class UnknownLine(ValueError):
    """The form of that day has no such line."""


CHARGES_12156_06 = (
    ("60", "Achats"),
    ("61", "Services extérieurs : locations, entretien, assurance, documentation"),
    ("62", "Autres services extérieurs : honoraires, publicité, déplacements, banque"),
    ("63", "Impôts et taxes"),
    ("64", "Charges de personnel"),
    ("65", "Autres charges de gestion courante"),
    ("66", "Charges financières"),
    ("67", "Charges exceptionnelles"),
    ("68", "Dotations aux amortissements, provisions et engagements"),
    ("69", "Impôt sur les bénéfices, participation des salariés"),
    ("CI", "Charges indirectes réparties : charges fixes, frais financiers, autres"),
)
RESOURCES_12156_06 = (
    ("70", "Ventes de produits et de services"),
    ("73", "Dotations et produits de tarification"),
    ("74E", "Subventions : État (autres services)"),
    ("74R", "Subventions : région"),
    ("74D", "Subventions : département"),
    ("74I", "Subventions : intercommunalité (EPCI)"),
    ("74C", "Subventions : commune"),
    ("74S", "Subventions : organismes sociaux (CAF, MSA…)"),
    ("74U", "Subventions : fonds européens"),
    ("74A", "Subventions : Agence de services et de paiement (emplois aidés)"),
    ("74B", "Subventions : autres établissements publics"),
    ("74P", "Aides privées (fondations)"),
    ("75", "Autres produits de gestion courante"),
    ("756", "Cotisations"),
    ("758", "Dons manuels, mécénat"),
    ("76", "Produits financiers"),
    ("77", "Produits exceptionnels"),
    ("78", "Reprises et reports de ressources"),
    ("79", "Transferts de charges"),
    ("RP", "Ressources propres affectées au projet"),
)
# The form keeps the numbers of the old chart of accounts for 87 (ANC 2018-06 swapped them).
IN_KIND_12156_06 = (
    ("860", CHARGE, "Secours en nature"),
    ("861", CHARGE, "Mise à disposition gratuite de biens"),
    ("862", CHARGE, "Prestations"),
    ("864", CHARGE, "Personnel bénévole"),
    ("870", RESOURCE, "Bénévolat"),
    ("871", RESOURCE, "Prestations en nature"),
    ("875", RESOURCE, "Dons en nature"),
)
# Sources: form seen on 19 September 2023, rows agreed by two independent copies of the code list.
FORMS = (
    Form(
        "12156*06",
        date(2023, 9, 19),
        (
            *(CerfaLine(code, CHARGE, label) for code, label in CHARGES_12156_06),
            *(CerfaLine(code, RESOURCE, label) for code, label in RESOURCES_12156_06),
            *(CerfaLine(code, side, label, True) for code, side, label in IN_KIND_12156_06),
        ),
    ),
)


def form_on(day: date) -> Form:
    """The edition in force that day; before the first one known, the first one."""
    known = [form for form in FORMS if form.valid_from <= day]
    return known[-1] if known else FORMS[0]


def cerfa_line(side: str, code: str, day: date) -> CerfaLine:
    """The line of that code on that side."""
    form = form_on(day)
    for line in form.lines:
        if (line.side, line.code) == (side, code):
            return line
    raise UnknownLine(f"Le formulaire Cerfa {form.name} n'a pas de ligne « {code} » de ce côté.")


@dataclass(frozen=True)
class Line:
    """An amount on a line of the form."""

    side: str
    code: str
    amount_cents: int

    def __post_init__(self) -> None:
        if self.amount_cents < 0 or self.amount_cents % 100:
            raise ValueError("Un budget s'écrit en euros entiers et positifs.")

    @property
    def in_kind(self) -> bool:
        return self.code[:2] in ("86", "87")


class Asked(NamedTuple):
    """What is asked of the fund for one class of expenses and one year."""

    expense_class: str
    year: int
    amount_cents: int


@dataclass(frozen=True)
class Caps:
    """The rules of the call: `class_caps` gives, in order of priority, the part of the amount
    asked that each class of expenses may reach."""

    max_rate_bp: int
    class_caps: Mapping[str, int]
    years: Sequence[int]
    min_cents: int = 0
    max_cents: int | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, expense_class: str) -> str:
        return self.names.get(expense_class, expense_class)


class Totals(NamedTuple):
    """Cash on both sides, contributions in kind on both sides, and the amount asked."""

    charges: int
    resources: int
    in_kind_charges: int
    in_kind_resources: int
    asked: int

    @property
    def gap(self) -> int:
        """What lacks to pay the charges; negative when there is too much."""
        return self.charges - self.resources - self.asked

    @property
    def in_kind_gap(self) -> int:
        return self.in_kind_charges - self.in_kind_resources

    @property
    def is_balanced(self) -> bool:
        return self.charges > 0 and not self.gap and not self.in_kind_gap

    @property
    def rate_bp(self) -> int:
        """The part of the cash budget asked of the fund, rounded up: never shown below a cap."""
        return -(-self.asked * WHOLE // self.charges) if self.charges else 0


class Fault(NamedTuple):
    """Something wrong: which page mends it (`budget` or `demande`), and how, in a sentence."""

    step: str
    code: str
    sentence: str


def totals(lines: Sequence[Line], asked: Sequence[Asked]) -> Totals:
    """Add up a budget. The line of the fund is the sum of what is asked, never typed twice."""

    def total(side: str, in_kind: bool) -> int:
        return sum(x.amount_cents for x in lines if (x.side, x.in_kind) == (side, in_kind))

    return Totals(
        total(CHARGE, False),
        total(RESOURCE, False),
        total(CHARGE, True),
        total(RESOURCE, True),
        sum(part.amount_cents for part in asked),
    )


def balance_faults(sums: Totals) -> list[Fault]:
    """Why the budget does not balance, and the ways out."""
    if not sums.charges:
        return [Fault("budget", "empty", "Écrivez les charges du projet.")]
    found = []
    if sums.gap > 0:
        found.append(
            Fault(
                "budget",
                "gap",
                f"Il manque {euros(sums.gap)} pour équilibrer : ajoutez une ressource, réduisez "
                "une charge, ou demandez ce montant au fonds.",
            )
        )
    if sums.gap < 0:
        found.append(
            Fault(
                "budget",
                "gap",
                f"Les ressources dépassent les charges de {euros(-sums.gap)} : ajoutez une charge "
                "oubliée, réduisez une ressource, ou demandez moins au fonds.",
            )
        )
    if sums.in_kind_gap:
        found.append(
            Fault(
                "budget",
                "in_kind",
                f"Les contributions en nature ne s'équilibrent pas : {euros(sums.in_kind_charges)} "
                f"en 86 et {euros(sums.in_kind_resources)} en 87. Écrivez le même total des deux "
                "côtés.",
            )
        )
    return found


def cap_faults(sums: Totals, asked: Sequence[Asked], caps: Caps) -> list[Fault]:
    """What is asked beyond the rules of the call."""
    return [
        Fault("demande", code, sentence)
        for code, sentence in (*amount_faults(sums, caps), *class_faults(sums, asked, caps))
    ]


def amount_faults(sums: Totals, caps: Caps) -> list[tuple[str, str]]:
    found = []
    if not sums.asked:
        found.append(("nothing", "Écrivez ce que vous demandez au fonds."))
    elif sums.asked < caps.min_cents:
        found.append(("min", f"Cet appel aide à partir de {euros(caps.min_cents)}."))
    if caps.max_cents is not None and sums.asked > caps.max_cents:
        found.append(
            (
                "max",
                f"Cet appel aide jusqu'à {euros(caps.max_cents)} : demandez "
                f"{euros(sums.asked - caps.max_cents)} de moins.",
            )
        )
    if sums.asked * WHOLE > sums.charges * caps.max_rate_bp:
        most = whole_euros_below(sums.charges * caps.max_rate_bp // WHOLE)
        found.append(
            (
                "rate",
                f"Le fonds paie au plus {percent(caps.max_rate_bp)} du budget, ici {euros(most)} : "
                f"demandez {euros(sums.asked - most)} de moins.",
            )
        )
    return found


def class_faults(sums: Totals, asked: Sequence[Asked], caps: Caps) -> list[tuple[str, str]]:
    found = []
    by_class: dict[str, int] = {}
    for part in asked:
        by_class[part.expense_class] = by_class.get(part.expense_class, 0) + part.amount_cents
        if part.amount_cents and part.year not in caps.years:
            found.append(("year", f"Cet appel ne finance pas l'année {part.year}."))
    for name, amount in by_class.items():
        if amount and name not in caps.class_caps:
            found.append(("class", f"Cet appel ne finance pas « {caps.name(name)} »."))
        elif amount * WHOLE > sums.asked * caps.class_caps.get(name, WHOLE):
            found.append(
                (
                    "class_cap",
                    f"« {caps.name(name)} » ne dépasse pas {percent(caps.class_caps[name])} de la "
                    f"demande : {euros(amount)} sur {euros(sums.asked)}, c'est trop.",
                )
            )
    return found


def faults(lines: Sequence[Line], asked: Sequence[Asked], caps: Caps) -> list[Fault]:
    """All that keeps a budget from being filed."""
    sums = totals(lines, asked)
    return balance_faults(sums) + cap_faults(sums, asked, caps)


def balanced_by_the_fund(
    lines: Sequence[Line], asked: Sequence[Asked], caps: Caps
) -> list[Asked] | None:
    """What to ask so that the cash budget balances within the rules, or None when none can.

    More is put on the first class of expenses (in the order of the call) that has room, in the
    first year already asked for; less is taken from the last classes first.
    """
    gap = totals(lines, asked).gap
    if not gap:
        return None
    tries = added(asked, gap, caps) if gap > 0 else lessened(asked, -gap, caps)
    for attempt in tries:
        if not cap_faults(totals(lines, attempt), attempt, caps):
            return attempt
    return None


def added(asked: Sequence[Asked], amount: int, caps: Caps) -> list[list[Asked]]:
    """One attempt for each class of expenses, the first of the call first."""
    tries = []
    for name in caps.class_caps:
        mine = [part for part in asked if part.expense_class == name]
        year = min((part.year for part in mine if part.amount_cents), default=min(caps.years))
        others = [part for part in asked if (part.expense_class, part.year) != (name, year)]
        before = sum(part.amount_cents for part in mine if part.year == year)
        tries.append([*others, Asked(name, year, before + amount)])
    return tries


def lessened(asked: Sequence[Asked], amount: int, caps: Caps) -> list[list[Asked]]:
    """One attempt: from the last class and the last year up."""
    order = list(caps.class_caps)
    ranked = sorted(
        asked,
        key=lambda part: (
            order.index(part.expense_class) if part.expense_class in order else len(order),
            part.year,
        ),
    )
    kept = []
    for part in reversed(ranked):
        taken = min(amount, part.amount_cents)
        amount -= taken
        if part.amount_cents > taken:
            kept.append(part._replace(amount_cents=part.amount_cents - taken))
    return [] if amount else [kept[::-1]]


def whole_euros_below(cents: int) -> int:
    return cents - cents % 100


def euros(cents: int) -> str:
    """1 234 €: the form has no cents, the caps of a call may."""
    return money.euros(cents).replace(f",00{NBSP}", NBSP)


def percent(bp: int) -> str:
    """80 %, 33,33 %."""
    units, rest = divmod(bp, 100)
    decimals = f",{rest:02d}".rstrip("0") if rest else ""
    return f"{units}{decimals}{NBSP}%"
