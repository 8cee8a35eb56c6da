"""The order of all the files of a call at one moment, kept whole in the journal."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ensemblier.base.journal.actions import record
from ensemblier.base.journal.models import Event
from ensemblier.engines.scenarios import Candidate, ranked
from ensemblier.fund.applications.models import LEFT, Application
from ensemblier.fund.calls.models import Call
from ensemblier.fund.decisions.candidates import scores_of

ACTION = "call.ranking"


def grid_of(call: Call) -> dict[str, Any]:
    """The criteria that gave the scores: their version, and themselves."""
    criteria = [
        [row.code, row.label, row.weight, row.scale_max]
        for row in call.criteria.order_by("position", "pk")
    ]
    return {"version": call.grid_version, "rules": call.grid_digest, "criteria": criteria}


def ranking_of(call: Call) -> dict[str, Any]:
    """Every file filed and not withdrawn nor closed without an answer, decided or not, the best
    score first."""
    rows = Application.objects.filter(call=call, filed_at__isnull=False).exclude(state__in=LEFT)
    scores = scores_of(rows)
    order = ranked(
        Candidate(number, scores.get(pk), ()) for pk, number in rows.values_list("pk", "number")
    )
    return {
        "grid": grid_of(call),
        "order": [[row.number, None if row.score is None else str(row.score)] for row in order],
    }


def digest_of(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def keep_ranking(call: Call, actor: Any) -> str:
    """The digest of the order as it stands; written in the journal when it changed."""
    content = ranking_of(call)
    digest, subject = digest_of(content), f"call:{call.pk}"
    last = Event.objects.filter(subject=subject, action=ACTION).order_by("-pk").first()
    if last is None or last.data.get("digest") != digest:
        record(actor=actor, action=ACTION, subject=subject, data={**content, "digest": digest})
    return digest
