"""What a sheet gives to a new application: words and structure, never amounts."""

from __future__ import annotations

from typing import Any

from ensemblier.library.models import Sheet


def draft_from(sheet: Sheet) -> dict[str, Any]:
    """Fields of an application, under the names they have there."""
    example = sheet.example
    return {
        "sheet_slug": sheet.slug,
        "summary": sheet.summary,
        "stage": example["stage"],
        "links": [row.link for row in sheet.links.all()],
        "length": sheet.length,
        "quality": f"{sheet.quality} {sheet.volumes}",
        "publics": example["publics"],
        "participation": example["participation_level"],
        "effects": example["useful_effects"],
    }
