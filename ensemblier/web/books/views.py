"""Reading the books: accounts and balances, the history of one, and who did what and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from ensemblier.base.journal.models import Event, RefusedAttempt
from ensemblier.base.ledger.models import Account, AccountKind, Block, Transfer
from ensemblier.base.ledger.queries import ZERO, balance, balances, history
from ensemblier.base.people.access import guard
from ensemblier.base.people.models import User
from ensemblier.fund.applications.models import Application
from ensemblier.web.books import access
from ensemblier.web.books.forms import JournalFilters
from ensemblier.web.books.words import action_words, subject_words

MOST_LETTERS = 200
PAGE_ROWS = 50
SEALS_SHOWN = 5


@require_safe
@guard(access.may_read_books)
def index(request: HttpRequest) -> HttpResponse:
    found = balances()
    groups: dict[str, list[dict[str, Any]]] = {}
    for account in Account.objects.order_by("kind", "name", "pk"):
        groups.setdefault(account.kind, []).append(
            {"account": account, "balance": found.get(account.pk, ZERO)}
        )
    last = Block.objects.order_by("number").last()
    context = {
        "groups": [
            {"label": label, "rows": groups[kind]}
            for kind, label in AccountKind.choices
            if kind in groups
        ],
        "seals": Block.objects.order_by("-number").defer("ids", "fingerprints")[:SEALS_SHOWN],
        "waiting": Transfer.objects.filter(pk__gt=last.last_id if last else 0).count(),
        "transfers": Transfer.objects.count(),
    }
    return render(request, "books/index.html", context)


def load_account(request: HttpRequest, pk: int) -> Account:
    return get_object_or_404(Account, pk=pk)


@require_safe
@guard(access.may_read_account, load=load_account)
def account(request: HttpRequest, account: Account) -> HttpResponse:
    rows = history(account).order_by("-pk")
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    actor = request.actor  # type: ignore[attr-defined]
    context = {
        "account": account,
        "balance": balance(account),
        "page": page,
        "names": _names(row.actor_id for row in page.object_list),
        "reads_all": access.may_read_books(actor).allowed,
    }
    context["rows"] = [
        {
            "transfer": row,
            "inward": row.credit_id == account.pk,
            "other": row.debit if row.credit_id == account.pk else row.credit,
            "who": context["names"].get(row.actor_id, ""),
        }
        for row in page.object_list
    ]
    return render(request, "books/account.html", context)


@require_safe
@guard(access.may_read_journal)
def journal(request: HttpRequest) -> HttpResponse:
    form = JournalFilters(request.GET or None)
    page = Paginator(_events(form), PAGE_ROWS).get_page(request.GET.get("page"))
    names = _names(event.actor_id for event in page.object_list)
    files = _files(event.subject for event in page.object_list)
    rows = [
        {
            "event": event,
            "file": files.get(event.subject, ""),
            "what": action_words(event.action),
            "on": subject_words(event.subject, event.action),
            "who": names.get(event.actor_id, "") or ("compte effacé" if event.actor_id else ""),
        }
        for event in page.object_list
    ]
    return render(request, "books/journal.html", {"form": form, "page": page, "rows": rows})


@require_safe
@guard(access.may_read_journal)
def refusals(request: HttpRequest) -> HttpResponse:
    """What was tried and refused, the newest first."""
    # No name and no number is longer; SQLite refuses to look for a very long text.
    who, about = (request.GET.get(name, "").strip()[:MOST_LETTERS] for name in ("who", "sur"))
    found = RefusedAttempt.objects.order_by("-pk")
    if who:
        found = found.filter(actor_id__in=list(_people(who)))
    if about:
        file = Application.objects.filter(number=about).values_list("pk", flat=True).first()
        found = found.filter(subject=f"application:{file}" if file else about)
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    names = _names(row.actor_id for row in page.object_list)
    files = _files(row.subject for row in page.object_list)
    rows = [
        {
            "row": row,
            "who": names.get(row.actor_id, ""),
            "file": files.get(row.subject, ""),
            "on": subject_words(row.subject) if row.subject else "",
        }
        for row in page.object_list
    ]
    context = {"page": page, "rows": rows, "who": who, "about": about}
    return render(request, "books/refusals.html", context)


def _events(form: JournalFilters) -> QuerySet[Event]:
    """The newest first; a filter that makes no sense finds nothing and says why."""
    rows = Event.objects.order_by("-pk")
    if not form.is_bound:
        return rows
    if not form.is_valid():
        return rows.none()
    wanted = form.cleaned_data
    if wanted["subject"]:
        rows = rows.filter(subject=wanted["subject"])
    if wanted["action"]:
        rows = rows.filter(action__startswith=wanted["action"])
    if wanted["who"]:
        rows = rows.filter(actor_id__in=list(_people(wanted["who"])))
    if wanted["since"]:
        rows = rows.filter(at__date__gte=wanted["since"])
    if wanted["until"]:
        rows = rows.filter(at__date__lte=wanted["until"])
    return rows


def _people(text: str) -> QuerySet[Any]:
    found = User.objects.filter(name__icontains=text) | User.objects.filter(email__iexact=text)
    return found.values_list("pk", flat=True)


def _files(subjects: Iterable[str]) -> dict[str, str]:
    """Numbers of the files that reached the desk, by subject of the journal, in one query."""
    pks = [text.partition(":")[2] for text in set(subjects) if text.startswith("application:")]
    rows = Application.objects.filter(pk__in=pks, filed_at__isnull=False)
    return {f"application:{pk}": number for pk, number in rows.values_list("pk", "number")}


def _names(ids: Iterable[int | None]) -> dict[int | None, str]:
    """Names of accounts, in one query."""
    wanted = {number for number in ids if number}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=wanted)}
