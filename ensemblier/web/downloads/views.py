"""Gives a stored file to whoever may read it, always as an attachment."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.access import guard
from ensemblier.web.downloads.access import may_read


def load_file(request: HttpRequest, name: str) -> StoredFile:
    stored: StoredFile = get_object_or_404(StoredFile, name=name)
    return stored


# Public here: the rule of the purpose decides, for anonymous readers too.
@require_GET
@guard(may_read, load=load_file, public=True)
def download(request: HttpRequest, stored: Any) -> HttpResponseBase:
    try:
        opened = open(stored.path, "rb")  # noqa: SIM115 (closed by the response)
    except FileNotFoundError as error:
        raise Http404("Ce fichier n'est plus conservé.") from error
    response = FileResponse(
        opened,
        as_attachment=True,
        filename=stored.original_name,
        content_type=stored.media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
