"""The upload field of every form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ensemblier.base.files import limits
from ensemblier.base.files.content import CheckedFile, FileRefused, check

HINT = f"{limits.KINDS}, {limits.in_french(limits.MAX_BYTES)} au plus."


class CheckedFileField(forms.FileField):
    """Gives a `CheckedFile`, ready for `files.actions.store`, or a clear error.

    `kinds` narrows the media types, for instance to `limits.IMAGES`; a recording is
    taken only where `limits.MP3` is named.
    """

    widget = forms.FileInput

    def __init__(self, *, kinds: frozenset[str] | None = None, **options: Any) -> None:
        options.setdefault("help_text", HINT)
        super().__init__(**options)
        self.kinds = kinds
        chosen = limits.ACCEPT
        if kinds:
            chosen = ",".join(sorted(f".{limits.NAMES[kind]}" for kind in kinds))
        self.widget.attrs["accept"] = chosen

    def to_python(self, data: Any) -> CheckedFile | None:  # type: ignore[override]
        if data in self.empty_values:
            return None
        try:
            checked = check(data, sounds=bool(self.kinds and self.kinds & set(limits.SOUNDS)))
        except FileRefused as refusal:
            raise ValidationError(refusal.message, code="refused") from refusal
        if self.kinds and checked.media_type not in self.kinds:
            names = ", ".join(sorted(limits.NAMES[kind].upper() for kind in self.kinds))
            raise ValidationError(f"Déposez un fichier de ce type : {names}.", code="refused")
        return checked
