"""Pages of a framework programme once it is agreed: shares, expenses, transfers, live view."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import guard
from ensemblier.fund.agreements.shares import agreed_cents
from ensemblier.fund.frameworks import access, figures, spending
from ensemblier.fund.frameworks.forms import DrawForm, OpenForm, TransferForm, YesNoForm
from ensemblier.fund.frameworks.models import Draw, Framework, MemberShare, ShareTransfer
from ensemblier.fund.frameworks.reading import BADGES, DRAWS, TRANSFERS, totals
from ensemblier.fund.frameworks.views import FORM, WHOLE, home, load_framework, load_share, shown
from ensemblier.fund.payments.confirming import confirm
from ensemblier.fund.programme.models import ExpenseClass

PAGE = require_http_methods(["GET", "HEAD", "POST"])
READ = require_http_methods(["GET", "HEAD"])
DEEP = tuple(f"share__framework__{name}" for name in WHOLE)


def load_draw(request: HttpRequest, pk: int) -> Draw:
    rows = Draw.objects.select_related(
        "source__share__member", "evidence", "given_by", *(f"source__{name}" for name in DEEP)
    )
    return get_object_or_404(rows, pk=pk)


def load_transfer(request: HttpRequest, pk: int) -> ShareTransfer:
    rows = ShareTransfer.objects.select_related(
        "giver__share__member", "taker__share__member", *(f"giver__{name}" for name in DEEP)
    )
    return get_object_or_404(rows, pk=pk)


@READ
@guard(access.may_see_share, load=load_share)
def share(request: HttpRequest, share: MemberShare) -> HttpResponse:
    """One share: what was asked, what it holds, its expenses, its transfers."""
    actor = request.actor  # type: ignore[attr-defined]
    sources = list(share.accounts.select_related("account", "share__member"))
    lines = figures.read(sources)
    draws = Draw.objects.filter(source__share=share).select_related(
        "source", "evidence", "given_by", "checked_by"
    )
    moved = ShareTransfer.objects.filter(giver__share=share) | ShareTransfer.objects.filter(
        taker__share=share
    )
    moved = moved.select_related("giver__share__member", "taker__share__member", "proposed_by")
    context = {
        "share": share,
        "application": share.framework.application,
        "badge": BADGES[share.state],
        "lines": lines,
        "sums": totals(lines),
        "draws": [
            (row, DRAWS[row.state], access.may_check(actor, row).allowed) for row in draws[:100]
        ],
        "transfers": [(row, TRANSFERS[row.state], row.giver.share_id == share.pk) for row in moved],
        "scores": share.scores.select_related("criterion"),
        "is_representative": access.may_answer(actor, share).allowed,
        "may_give": any(
            access.may_give(actor, row).allowed for row in moved if row.giver.share_id == share.pk
        ),
        "draws_on": bool(lines) and access.may_draw(actor, share).allowed,
        "sees_all": access.may_see(actor, share.framework).allowed,
        **shown(share),
    }
    return render(request, "frameworks/share.html", context)


@PAGE
@guard(access.may_lead, load=load_framework)
def open_shares(request: HttpRequest, framework: Framework) -> HttpResponse:
    """Share out what was granted."""
    agreement = spending.agreement_of(framework)
    if agreement is None or framework.opened_at is not None:
        raise Http404
    first = spending.proposal(framework, agreement)
    names = {row.pk: row.member.name for row in spending.confirmed(framework)}
    wanted = {
        (row.pk, part.expense_class)
        for row in spending.confirmed(framework)
        for part in row.amounts.all()
    }
    places = [(pk, name, names[pk]) for pk, name in sorted(wanted, key=lambda k: (names[k[0]], k))]

    def act(typed: dict[str, Any]) -> None:
        amounts = {(pk, name): typed.get(f"part_{pk}_{name}") or 0 for pk, name, _ in places}
        spending.open_shares(
            key=typed["key"], framework=framework, amounts=amounts, actor=request.user,
            now=timezone.now(),
        )  # fmt: skip

    given = spending.by_class(agreement)
    return confirm(
        request,
        back=reverse("frameworks:live", args=[framework.application.number]),
        form_class=OpenForm,
        options={"places": places, "first": first},
        act=act,
        template=FORM,
        words={
            "title": "Partager la subvention",
            "eyebrow": f"Convention {agreement.number}",
            "will_happen": [
                *[f"{ExpenseClass(name).label.capitalize()} : {euros(cents)} accordés."
                  for name, cents in given.items()],
                "Les montants proposés suivent les parts confirmées ; vous pouvez les changer.",
                "Ce que vous ne partagez pas reste à la tête de réseau.",
                "Ensuite, une part ne change que par un transfert accepté.",
            ],
            "button": "Ouvrir les parts",
            "done": "Les parts sont ouvertes.",
        },
    )  # fmt: skip


@READ
@guard(access.may_see, load=load_framework)
def live(request: HttpRequest, framework: Framework) -> HttpResponse:
    """Where each share stands, now; and who pays for the whole."""
    actor = request.actor  # type: ignore[attr-defined]
    lines = figures.lines_of(framework)
    waiting = Draw.objects.filter(source__share__framework=framework, state=Draw.State.GIVEN)
    moved = ShareTransfer.objects.filter(giver__share__framework=framework).select_related(
        "giver__share__member", "taker__share__member", "proposed_by", "answered_by"
    )
    context = {
        "framework": framework,
        "application": framework.application,
        "lines": lines,
        "sums": totals(lines),
        "funders": _funders(framework, totals(lines)),
        "waiting": waiting.select_related("source__share__member", "given_by").order_by("pk")[:50],
        "transfers": [(row, TRANSFERS[row.state]) for row in moved[:100]],
        "leads": access.may_lead(actor, framework).allowed,
    }
    return render(request, "frameworks/live.html", context)


def _funders(framework: Framework, sums: dict[str, int]) -> list[tuple[str, int, int]]:
    """Funder, what it gives to the whole, and its part of what members have spent."""
    if framework.agreement is None:
        return []
    grant = agreed_cents(framework.agreement)
    rows = [(framework.application.call.owner.name, grant)]
    for party in framework.agreement.parties.filter(role="co_funder", left_by__isnull=True):
        rows.append((party.organisation.name, party.amount_cents or 0))
    whole = sum(cents for _, cents in rows)
    # Shares are those of the grant: a co-funder pays beside it, in the same proportion.
    return [
        (name, cents, sums["spent"] * cents // grant if grant and whole else 0)
        for name, cents in rows
    ]


@PAGE
@guard(access.may_draw, load=load_share)
def draw(request: HttpRequest, share: MemberShare) -> HttpResponse:
    """Declare a real expense, with its evidence."""
    lines = figures.read(list(share.accounts.select_related("account", "share__member")))
    sources = {str(line.source.pk): line.source for line in lines}
    if not lines:
        raise Http404

    def act(typed: dict[str, Any]) -> None:
        source = sources[typed.pop("source")]
        spending.draw(source=source, actor=request.user, now=timezone.now(), **typed)

    return confirm(
        request,
        back=reverse("frameworks:share", args=[share.pk]),
        form_class=DrawForm,
        options={
            "choices": [
                (line.source.pk, f"{line.label.capitalize()} : reste {euros(line.left)}")
                for line in lines
            ]
        },
        act=act,
        template=FORM,
        words={
            "title": "Déclarer une dépense",
            "eyebrow": f"Part de {share.member}",
            "will_happen": [
                "Le montant est mis de côté sur votre part.",
                "Votre tête de réseau lit la preuve, puis l'accepte ou dit pourquoi non.",
            ],
            "button": "Envoyer cette dépense",
            "done": "La dépense est envoyée à la tête de réseau.",
        },
    )


@PAGE
@guard(access.may_check, load=load_draw)
def check(request: HttpRequest, draw: Draw) -> HttpResponse:
    """Accept an expense, or refuse it."""
    return confirm(
        request,
        back=home(draw.source.share.framework),
        form_class=YesNoForm,
        act=lambda typed: spending.check_draw(
            key=typed["key"],
            draw=draw,
            accepts=typed["accepts"] == "yes",
            reason=typed["reason"],
            actor=request.user,
            now=timezone.now(),
        ),
        words={
            "title": "Contrôler une dépense",
            "eyebrow": f"Part de {draw.source.share.member}",
            "will_happen": [
                f"{draw.label} : {euros(draw.amount_cents)}, donnée par {draw.given_by}.",
                f"Preuve : {draw.evidence.original_name}.",
                "Oui : elle compte sur la part. Non : le montant redevient disponible.",
            ],
            "button": "Enregistrer le contrôle",
            "done": "La dépense est contrôlée.",
        },
    )


@PAGE
@guard(access.may_lead, load=load_framework)
def propose(request: HttpRequest, framework: Framework) -> HttpResponse:
    """Offer an unspent share to another member."""
    lines = figures.lines_of(framework)
    if not lines:
        raise Http404
    sources = {str(line.source.pk): line.source for line in lines}
    shares = {str(row.pk): row for row in spending.confirmed(framework)}

    def act(typed: dict[str, Any]) -> None:
        giver, taker = sources[typed.pop("giver")], shares[typed.pop("taker")]
        spending.propose_transfer(
            giver=giver, taker=taker, actor=request.user, now=timezone.now(), **typed
        )

    return confirm(
        request,
        back=reverse("frameworks:live", args=[framework.application.number]),
        form_class=TransferForm,
        options={
            "givers": [
                (line.source.pk, f"{line.source} : reste {euros(line.left)}")
                for line in lines
                if line.left > 0
            ],
            "takers": [(row.pk, row.member.name) for row in shares.values()],
        },
        act=act,
        template=FORM,
        words={
            "title": "Proposer un transfert",
            "eyebrow": f"Programme cadre {framework.application.number}",
            "will_happen": [
                "Le montant est mis de côté sur la part du membre qui laisse.",
                "Rien ne bouge sans l'accord de son représentant.",
                "Le total du programme et de chaque type de dépense ne change pas.",
            ],
            "button": "Proposer ce transfert",
            "done": "Le transfert est proposé au membre.",
        },
    )


@PAGE
@guard(access.may_give, load=load_transfer)
def give(request: HttpRequest, transfer: ShareTransfer) -> HttpResponse:
    """The member that gives says yes or no."""
    giver, taker = transfer.giver.share, transfer.taker.share
    return confirm(
        request,
        back=reverse("frameworks:share", args=[giver.pk]),
        form_class=YesNoForm,
        act=lambda typed: spending.answer_transfer(
            key=typed["key"],
            row=transfer,
            accepts=typed["accepts"] == "yes",
            reason=typed["reason"],
            actor=request.user,
            now=timezone.now(),
        ),
        words={
            "title": "Répondre à un transfert",
            "eyebrow": f"Part de {giver.member}",
            "will_happen": [
                f"Oui : {euros(transfer.amount_cents)} passent de {giver.member} à "
                f"{taker.member}, tout de suite.",
                f"Motif donné : {transfer.reason}",
                "Non : vous gardez ce montant ; dites pourquoi.",
            ],
            "button": "Envoyer la réponse",
            "done": "Votre réponse est enregistrée.",
        },
    )
