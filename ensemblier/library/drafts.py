"""What a sheet gives to a new application: words and structure, never amounts."""

from __future__ import annotations

from typing import Any

from ensemblier.fund.applications.models import Certainty
from ensemblier.library.models import Sheet


def draft_from(sheet: Sheet) -> dict[str, Any]:
    """First values of an application, page by page, under the names they have there."""
    example = sheet.example
    return {
        "slug": sheet.slug,
        "projet": {
            "summary": sheet.summary,
            "stage": example["stage"],
            "links": [row.link for row in sheet.links.all()],
            "length": sheet.length,
            "quality": f"{sheet.quality} {sheet.volumes}",
        },
        "publics": {
            "publics": example["publics"],
            "participation": example["participation_level"],
        },
        "modele": {
            "effects": [
                effect | {"certainty": Certainty.ASKED} for effect in example["useful_effects"]
            ],
        },
    }
