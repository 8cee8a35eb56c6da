"""What co-financing says no to: a rule that cannot be, a line that cannot be shared."""

from __future__ import annotations

from datetime import date

from ensemblier.base.refusal import Refusal


class DraftRefused(Refusal):
    """The text of the rule cannot be read; the message is the engine's, with the line."""

    def __init__(self, message: str, line: int | None = None) -> None:
        where = f"Ligne {line}. " if line and f"ligne {line}," not in message else ""
        super().__init__(f"{where}{message}", field="text")
        self.line = line


class AlreadyPublished(Refusal):
    """A published version never changes."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Cette version est publiée : elle ne change plus. Écrivez une nouvelle version, qui "
            "commencera un autre jour.".replace(" :", "\u00a0:")
        )


class DraftMoved(Refusal):
    """Another person saved the draft since it was read."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Quelqu'un a enregistré ce brouillon depuis que vous avez ouvert cette page. Ce que "
            "vous avez tapé est gardé ici. Relisez le brouillon dans un autre onglet, puis "
            "recommencez pour garder le vôtre."
        )


class PayerWithoutOrganisation(Refusal):
    """Somebody has to stand behind a funder or a seller."""

    def __init__(self) -> None:
        super().__init__("Choisissez l'organisation qui paie.", field="organisation")


class AgreementNotOpen(Refusal):
    """The fund has not opened this account to the chain's lead, or no account was chosen."""

    def __init__(self) -> None:
        super().__init__(
            "Choisissez une convention ouverte à votre organisation. S'il n'y en a pas, demandez "
            "au service instructeur de l'ouvrir aux ventes de la filière.",
            field="agreement",
        )


class VersionOverlaps(Refusal):
    """Another published version holds on these days."""

    def __init__(self, number: int, starts: date) -> None:
        super().__init__(
            f"La version {number} commence le {starts:%d/%m/%Y} et tient ces jours-là, ou des "
            "lignes y sont déjà partagées. Choisissez un premier jour plus tard.",
            field="starts",
        )


class PayerNotNamed(Refusal):
    """The rule names a payer that has no account."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"Dites quel compte paie pour {', '.join(names)} avant de publier.", field="payers"
        )


class PayerKnown(Refusal):
    """The name already stands for another account."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            f"«\u00a0{name}\u00a0» est déjà un payeur de ce dispositif, avec un autre compte. "
            "Choisissez un autre nom.",
            field="name",
        )


class SchemeCodeTaken(Refusal):
    """Another scheme of the chain has this code."""

    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(
            f"Un dispositif de cette filière porte déjà le code «\u00a0{code}\u00a0». "
            "Choisissez un autre code.",
            field="code",
        )


class GeneralDeMinimisRefused(Refusal):
    """A part of the price of farm goods cannot be general de minimis aid."""

    def __init__(self, payer: str, products: list[str]) -> None:
        super().__init__(
            f"{payer} ne peut pas payer au titre du de minimis général : le dispositif se dit hors "
            f"produits agricoles, et il porte sur {', '.join(products)} (règlement (UE) 2023/2831, "
            "article 1er). Limitez les produits, ou choisissez une autre base.".replace(
                " :", "\u00a0:"
            ),
            field="text",
        )


class ShareRefused(Refusal):
    """This line cannot be shared; nothing is written."""

    def __init__(self, scheme: str, reason: str) -> None:
        super().__init__(
            f"Cette ligne ne se partage pas avec le dispositif «\u00a0{scheme}\u00a0»\u00a0: "
            f"{reason}. Rien n'est enregistré.",
            field="scheme",
        )
        self.reason = reason


NOT_SHARED = (
    "la ligne à annuler attend encore d'être partagée ; clôturez le mois, puis annulez-la"
).replace(" ;", "\u00a0;")


class AgreementClosed(ShareRefused):
    """The agreement whose account pays is no longer open to lines."""

    def __init__(self, scheme: str, payer: str) -> None:
        super().__init__(
            scheme,
            f"la convention qui paie pour {payer} n'est plus ouverte aux ventes (publiez une règle "
            "sans elle, ou demandez au service instructeur de la rouvrir)",
        )


class NotInTable(Refusal):
    """The scheme's table has no line for a household of this size."""

    def __init__(self, persons: int, bands: tuple[str, ...]) -> None:
        super().__init__(
            f"Le barème n'a pas de ligne pour un foyer de {persons} (il a {', '.join(bands)}). "
            "Vérifiez le nombre de personnes.",
            field="persons",
        )
