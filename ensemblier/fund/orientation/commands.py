"""`ensemblier orient ANSWERS.toml`: the same answer as the page, in JSON."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from django.utils import timezone

from ensemblier.fund.orientation.guide import guide
from ensemblier.fund.orientation.rules import Advice, Question, UnknownAnswer, orient, read


def register(subparsers: Any) -> None:
    command = subparsers.add_parser(
        "orient", help="dit si le fonds convient à un projet, et sinon quoi d'autre (JSON)"
    )
    command.add_argument(
        "answers",
        metavar="RÉPONSES.toml",
        nargs="?",
        help="fichier des réponses ; sans lui, la commande écrit les questions",
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from ensemblier.fund.orientation.reading import open_calls

    now = timezone.now()
    if arguments.answers is None:
        show({row.code: asked(row) for row in guide().questions})
        return 0
    try:
        answers = read(guide(), load(Path(arguments.answers)))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        print(f"Ce fichier ne se lit pas : {error}", file=sys.stderr)
        return 2
    except UnknownAnswer as error:
        print(error, file=sys.stderr)
        return 2
    show(told(orient(guide(), answers, day=timezone.localdate(now), calls=open_calls(now))))
    return 0


def load(path: Path) -> dict[str, list[str]]:
    """The answers of the file: a word, or a list of words, for each question."""
    found = {}
    for code, value in tomllib.loads(path.read_text(encoding="utf-8")).items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in values):
            raise UnknownAnswer(f"Écrivez la réponse à « {code[:40]} » entre guillemets.")
        found[code] = values
    return found


def asked(question: Question) -> dict[str, Any]:
    return {"question": question.label, "many": question.many, "options": dict(question.options)}


def told(advice: Advice) -> dict[str, Any]:
    return {
        "guide": guide().version,
        "verdict": advice.verdict,
        "sentence": advice.sentence,
        "reasons": [
            {"verdict": row.verdict, "reason": row.reason, "source": row.source}
            for row in advice.reasons
        ],
        "unanswered": list(advice.unanswered),
        "calls": [
            {
                "slug": row.call.slug,
                "title": row.call.title,
                "opens_at": row.call.opens_at.isoformat(),
                "closes_at": row.call.closes_at.isoformat(),
                "zone": row.call.zone,
                "notes": list(row.notes),
            }
            for row in advice.calls
        ],
        "vehicles": [
            {
                "code": row.code,
                "name": row.name,
                "why": row.why,
                "who": row.who,
                "since": row.since.isoformat(),
                "source": row.source,
            }
            for row in advice.vehicles
        ],
    }


def show(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))
