"""Pictograms of the cards: drawn here, in lines of one weight, with the words that go with them."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe


class Picture(NamedTuple):
    """A drawing of 64 by 64, and what it stands for in French and in English."""

    drawing: str
    fr: str
    en: str

    def words(self, language: str) -> str:
        return self.en if language == "en" else self.fr


PICTURES = {
    "garden": Picture(
        '<path d="M8 52h48M32 52V30"/><path class="soft" d="M32 34c-10 0-14-7-14-14 9 0 14 5 '
        '14 14zM32 40c9 0 14-6 14-13-9 0-14 5-14 13z"/>',
        "On fait pousser", "Growing food"),
    "basket": Picture(
        '<path class="soft" d="M10 28h44l-5 26H15z"/><path d="M18 28c0-20 28-20 28 0M24 '
        '36v11M32 36v11M40 36v11"/>',
        "Des paniers", "Food baskets"),
    "meal": Picture(
        '<circle class="soft" cx="34" cy="34" r="17"/><circle cx="34" cy="34" r="9"/><path '
        'd="M8 14v12a4 4 0 0 0 8 0V14M12 30v20M56 50V14c-5 2-6 10-5 18h5"/>',
        "Des repas", "Meals"),
    "truck": Picture(
        '<path class="soft" d="M4 20h32v26H4z"/><path d="M36 28h12l10 10v8H36z"/><circle '
        'cx="16" cy="48" r="5"/><circle cx="46" cy="48" r="5"/>',
        "On livre", "Delivery"),
    "jar": Picture(
        '<path class="soft" d="M18 22h28c4 4 4 6 4 10v18a6 6 0 0 1-6 6H20a6 6 0 0 '
        '1-6-6V32c0-4 0-6 4-10z"/><path d="M18 10h28v8H18zM22 38h20"/>',
        "On fait des conserves", "Preserving food"),
    "hands": Picture(
        '<path class="soft" d="M8 40h10l8 8h18c4 0 4-6 0-6H32"/><path d="M32 42c8-2 16-10 '
        '20-8 4 3-8 18-18 22H8M32 30s-12-7-12-14c0-6 9-7 12-1 3-6 12-5 12 1 0 7-12 14-12 '
        '14z"/>',
        "On aide les gens", "Helping people"),
    "home": Picture(
        '<path class="soft" d="M14 30v26h36V30L32 14z"/><path d="M6 34L32 10l26 24M27 '
        '56V42h10v14"/>',
        "Près de chez soi", "Close to home"),
    "shop": Picture(
        '<path class="soft" d="M10 30h44v26H10z"/><path d="M6 14h52l-2 12a6 6 0 0 1-12 0 6 6 '
        '0 0 1-12 0 6 6 0 0 1-12 0 6 6 0 0 1-12 0zM34 56V40h12v16"/>',
        "Une épicerie", "A grocery"),
    "work": Picture(
        '<path class="soft" d="M20 56V38a12 12 0 0 1 24 0v18z"/><circle cx="32" cy="15" '
        'r="8"/><path d="M14 56h36M26 44h12"/>',
        "Des emplois", "Jobs"),
    "learn": Picture(
        '<path class="soft" d="M8 14c10-3 18 0 24 5v35c-6-5-14-8-24-5z"/><path d="M56 '
        '14c-10-3-18 0-24 5v35c6-5 14-8 24-5z"/>',
        "On apprend", "Learning"),
    "together": Picture(
        '<circle class="soft" cx="32" cy="18" r="8"/><circle cx="14" cy="26" r="6"/><circle '
        'cx="50" cy="26" r="6"/><path d="M20 54V42a12 12 0 0 1 24 0v12M4 52V44a10 10 0 0 1 '
        '14-9M60 52V44a10 10 0 0 0-14-9"/>',
        "On décide ensemble", "Deciding together"),
    "price": Picture(
        '<path class="soft" d="M8 30L30 8h24v24L32 54z"/><circle cx="44" cy="18" '
        'r="4"/><path d="M24 32l12 12M30 26l12 12"/>',
        "Des prix plus bas", "Lower prices"),
    "farmer": Picture(
        '<path class="soft" d="M16 56V40a16 12 0 0 1 32 0v16z"/><circle cx="32" cy="22" '
        'r="8"/><path d="M14 18h36M22 18c0-12 20-12 20 0"/>',
        "On paie bien les paysans", "Fair pay for farmers"),
    "save": Picture(
        '<path class="soft" d="M32 56c-12 0-18-9-18-18s6-16 18-14c12-2 18 5 18 14s-6 18-18 '
        '18z"/><path d="M32 24c0-7 3-11 9-14M44 12c-6-4-11 0-12 6"/>',
        "Rien ne se perd", "No waste"),
    "fish": Picture(
        '<path class="soft" d="M6 32c10-16 30-16 40 0-10 16-30 16-40 0z"/><path d="M46 '
        '32l12-11v22z"/><circle cx="18" cy="29" r="1.6"/>',
        "Du poisson", "Fish"),
    "bread": Picture(
        '<path class="soft" d="M8 30c0-18 48-18 48 0 0 5-4 6-4 6v16H12V36s-4-1-4-6z"/><path '
        'd="M24 28l4 8M34 28l4 8"/>',
        "Du pain", "Bread"),
}  # fmt: skip
# The three cards of the vote.
YES = '<circle class="soft" cx="32" cy="32" r="26"/><path d="M18 33l10 10 19-21"/>'
NO = '<circle class="soft" cx="32" cy="32" r="26"/><path d="M22 22l20 20M42 22L22 42"/>'
UNSURE = (
    '<circle class="soft" cx="32" cy="32" r="26"/><path d="M23 26c0-13 19-12 18-1-1 7-9 7-9 14"/>'
    '<circle cx="32" cy="48" r="1.6"/>'
)


def svg(drawing: str) -> SafeString:
    """The drawing, hidden from screen readers: its words are beside it."""
    return mark_safe(  # noqa: S308 (our own drawings, no text from outside)
        '<svg class="pictogram" viewBox="0 0 64 64" aria-hidden="true" focusable="false">'
        f"{drawing}</svg>"
    )
