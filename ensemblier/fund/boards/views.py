"""The pages of the boards. Each reads its facts once, and each list leaves as a file."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ensemblier.base.pages.formats import moment
from ensemblier.base.people.access import Actor, guard
from ensemblier.fund.applications.models import Effect, State
from ensemblier.fund.boards import access, answers, asking, lists
from ensemblier.fund.boards.board import (
    AXES,
    STEPS,
    axis_chart,
    board_of,
    breakdown,
    money_bar,
)
from ensemblier.fund.boards.clocks import overdue
from ensemblier.fund.boards.exports import FORMATS, download
from ensemblier.fund.boards.facts import ZONES, Facts, facts_on
from ensemblier.fund.boards.instructor import open_files, turns
from ensemblier.fund.boards.network import network as network_of
from ensemblier.fund.boards.owed import both
from ensemblier.fund.programme.models import ExpenseClass, Strand
from ensemblier.fund.review.listing import BADGES

PAGE_ROWS = 50
STATES = dict(State.choices)


def _read(request: HttpRequest) -> tuple[asking.Asked, Facts]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = asking.read(request.GET, timezone.localdate())
    facts = facts_on(
        asked.day,
        today=asked.today,
        seen=access.files_seen(actor),
        with_effects=asked.axis == "effet" or "effet" in asked.filters,
    )
    if not access.sees_envelopes(actor):
        facts = Facts(facts.day, facts.files, [], facts.written_later)
    return asked, facts


def _choices(facts: Facts) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What may be chosen, from the files themselves: name, label, values."""
    regions = sorted({row.region for row in facts.files})
    places = sorted({row.department for row in facts.files})
    return [
        ("volet", "Volet", list(Strand.choices)),
        ("region", "Région", [(name, name) for name in regions]),
        ("departement", "Département", [(name, name) for name in places]),
        ("zonage", "Zonage", [(name, name) for name in ZONES]),
        ("effet", "Effet utile", list(Effect.choices)),
        ("depense", "Dépense", list(ExpenseClass.choices)),
        ("etat", "État", [pair for pair in State.choices if pair[0] != State.DRAFT]),
    ]


@require_safe
@guard(access.may_steer)
def officer(request: HttpRequest) -> HttpResponseBase:
    """From the envelope to the evaluation, today or on a past day."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked, facts = _read(request)
    files = asked.narrow(facts.files)
    board = board_of(facts, files)
    axis = AXES[asked.axis]
    lines = breakdown(files, axis)
    if asked.format:
        wants_purses = request.GET.get("liste") == "enveloppes"
        table = lists.of_purses(board) if wants_purses else lists.of_lines(lines, axis)
        return download(request, table, asked.format)
    context = {
        "asked": asked,
        "facts": facts,
        "board": board,
        "steps": [
            (step, cents, count, asked.query(etape=step.key)) for step, cents, count in board.steps
        ],
        "bar": money_bar(board) if facts.purses and not asked.filters else None,
        "axis": axis,
        "axes": [(one, asked.query(par=one.key)) for one in AXES.values()],
        "heads": STEPS,
        "lines": [
            (
                row,
                asked.query(**{axis.key: row.value}),
                [
                    (step, cents, asked.query(**{axis.key: row.value, "etape": step.key}))
                    for step, cents in zip(STEPS, row.cents, strict=True)
                ],
            )
            for row in lines
        ],
        "chart": axis_chart(lines, axis) if len(lines) > 1 else None,
        "delays": [(row, asked.query(delai=row.key)) for row in board.delays],
        "clocks": [] if asked.is_past else overdue(asked.day, access.files_seen(actor)),
        "choices": _choices(facts),
        "exports": exports_of(asked.query(par=axis.key)),
        "purse_exports": exports_of(asked.query(liste="enveloppes")),
        "scope": answers.scope(asked),
    }
    return render(request, "boards/officer.html", context)


def exports_of(query: str) -> list[tuple[str, str]]:
    return [(label, f"{query}&format={name}".lstrip("&")) for name, label in FORMATS.items()]


@require_safe
@guard(access.may_steer)
def rows(request: HttpRequest) -> HttpResponseBase:
    """The files behind a figure."""
    asked, facts = _read(request)
    files = asked.narrow(facts.files)
    if asked.format:
        return download(request, lists.of_files(files), asked.format)
    page = Paginator(files, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "board": board_of(facts, files),
        "page": page,
        "rows": [
            (row, STATES[row.state], BADGES.get(State(row.state))) for row in page.object_list
        ],
        "scope": answers.scope(asked),
        "step": next((s for s in STEPS if s.key == asked.filters.get("etape")), None),
        "choices": _choices(facts),
        "exports": exports_of(asked.query()),
        "back": asked.query(etape=None, delai=None),
        "kept": {name: asked.filters[name] for name in ("etape", "delai") if name in asked.filters},
    }
    return render(request, "boards/rows.html", context)


@require_safe
@guard(access.may_steer)
def answer(request: HttpRequest) -> HttpResponseBase:
    """Figures ready to quote, each with its formula, its date and its rows."""
    asked, facts = _read(request)
    board = board_of(facts, asked.narrow(facts.files))
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = "tout le fonds" if actor.has(*access.WHOLE) else "votre territoire"
    made_on = moment(timezone.now())
    context = {
        "asked": asked,
        "scope": answers.scope(asked),
        "figures": [
            (one, answers.to_copy(one, asked, made_on, seen))
            for one in answers.quoted(board, asked)
        ],
        "choices": _choices(facts),
    }
    return render(request, "boards/answer.html", context)


@require_safe
@guard(access.may_instruct_here)
def instructor(request: HttpRequest) -> HttpResponseBase:
    """My files, what is late, and whose turn it is."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    files = open_files(actor, timezone.localdate())
    who, wanted = request.GET.get("attend", "")[:120], request.GET.get("format", "")
    shown = [row for row in files if row.is_mine] if request.GET.get("pour") == "moi" else files
    shown = [row for row in shown if row.late] if request.GET.get("retard") else shown
    shown = [row for row in shown if row.waits_for == who] if who else shown
    if wanted in FORMATS:
        return download(request, lists.of_open(shown), wanted)
    page = Paginator(shown, PAGE_ROWS).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context: dict[str, Any] = {
        "files": files,
        "mine": sum(row.is_mine for row in files),
        "late": sum(row.late for row in files),
        "turns": turns(files),
        "page": page,
        "rows": [
            (row, STATES[row.state], BADGES.get(State(row.state))) for row in page.object_list
        ],
        "who": who,
        "shown": len(shown),
        "exports": exports_of(query.urlencode()),
    }
    return render(request, "boards/instructor.html", context)


@require_safe
@guard(access.may_lead)
def network(request: HttpRequest) -> HttpResponseBase:
    """Members' files, what members owe, what is not spent."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    networks = access.networks_of(actor)
    found = network_of(networks, timezone.now())
    wanted, which = request.GET.get("format", ""), request.GET.get("liste", "")
    if wanted in FORMATS:
        if which == "dossiers":
            return download(request, lists.of_files(found.files), wanted)
        if which == "attendu":
            return download(request, lists.of_due(found.due), wanted)
        return download(request, lists.of_members(found.members), wanted)
    page = Paginator(found.files, PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "networks": networks.values(),
        "found": found,
        "asked_cents": sum(row.asked_cents for row in found.files),
        "paid_cents": sum(row.paid for row in found.files),
        "unspent_cents": sum(row.unspent for row in found.members),
        "page": page,
        "rows": [
            (row, STATES[row.state], BADGES.get(State(row.state))) for row in page.object_list
        ],
        "mine": found.due.mine[:PAGE_ROWS],
        "exports": exports_of(""),
        "file_exports": exports_of("liste=dossiers"),
        "due_exports": exports_of("liste=attendu"),
    }
    return render(request, "boards/network.html", context)


@require_safe
@guard(access.may_see_own)
def owed(request: HttpRequest) -> HttpResponseBase:
    """« Ce qu'on attend de moi, ce qu'on me doit »."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = both(actor.organisations(*access.MEMBERS), timezone.now())
    wanted = request.GET.get("format", "")
    if wanted in FORMATS:
        return download(request, lists.of_due(found), wanted)
    context = {
        "found": found,
        "late": sum(row.late for row in (*found.mine, *found.theirs)),
        "owed_cents": sum(row.cents or 0 for row in found.theirs),
        "exports": exports_of(""),
    }
    return render(request, "boards/owed.html", context)
