"""Every address of the site, and how to fill it in a world of two sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ensemblier.base.ledger.models import Account
from ensemblier.base.notices.models import Message
from ensemblier.fund.printing.models import FormTemplate
from ensemblier.library.models import Sheet
from tests.trust import chain_pages

ABSENT = "00000000-0000-4000-8000-000000000000"


class Address(NamedTuple):
    """One URL pattern: its full name, and the names of what it takes."""

    name: str
    takes: tuple[str, ...]
    view: Any


def addresses() -> list[Address]:
    return sorted(set(_walk(get_resolver(), "")), key=lambda address: address.name)


def _walk(resolver: URLResolver, space: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            takes = tuple(sorted(pattern.pattern.regex.groupindex))
            yield Address(f"{space}{pattern.name}", takes, pattern.callback)
        else:
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern, inner)


Side = SimpleNamespace
# Addresses that belong to somebody, and the object of a side that fills them.
OWNED: dict[str, Callable[[Side], dict[str, Any]]] = {
    **chain_pages.OWNED,
    "agreements:amend": lambda s: {"number": s.money.agreement.number},
    "agreements:annex": lambda s: {"number": s.money.agreement.number},
    "agreements:find": lambda s: {"number": s.money.agreement.number},
    "agreements:indicator": lambda s: {"number": s.money.agreement.number},
    "agreements:party": lambda s: {"number": s.money.agreement.number},
    "agreements:scan": lambda s: {"number": s.money.agreement.number},
    "agreements:suspend": lambda s: {"number": s.money.agreement.number},
    "agreements:text": lambda s: {"number": s.money.agreement.number},
    "agreements:article": lambda s: {
        "number": s.money.agreement.number,
        "code": "object",
    },
    "agreements:by_code": lambda s: {"code": s.money.agreement.code},
    "agreements:aids": lambda s: {"pk": s.organisation.pk},
    "agreements:abandon": lambda s: {"pk": s.amendment.pk},
    "agreements:amendment": lambda s: {"pk": s.amendment.pk},
    "agreements:send_amendment": lambda s: {"pk": s.amendment.pk},
    "agreements:sign_amendment": lambda s: {"pk": s.amendment.pk},
    "agreements:check_evidence": lambda s: {"pk": s.evidence.pk},
    "agreements:check_scan": lambda s: {"pk": s.scan.pk},
    "agreements:drop": lambda s: {"pk": s.recovery.pk},
    "agreements:hear": lambda s: {"pk": s.recovery.pk},
    "agreements:recovery": lambda s: {"pk": s.recovery.pk},
    "agreements:evidence": lambda s: {"pk": s.instalment.pk},
    "agreements:lift": lambda s: {"pk": s.suspension.pk},
    "agreements:measure": lambda s: {"pk": s.indicator.pk},
    "agreements:party_paid": lambda s: {"pk": s.party_payment.pk},
    "agreements:take_out": lambda s: {"pk": s.party.pk},
    "payments:order_recovery": lambda s: {"pk": s.recovery.pk},
    "payments:cancel_recovery": lambda s: {"pk": s.recovery.pk},
    "payments:give_back": lambda s: {"pk": s.stage.pk},
    "agreements:detail": lambda s: {"number": s.money.agreement.number},
    "agreements:prepare": lambda s: {"number": s.funded.application.number},
    "agreements:send": lambda s: {"number": s.money.agreement.number},
    "agreements:sign": lambda s: {"number": s.money.agreement.number},
    "applications:detail": lambda s: {"number": s.filed.number},
    "applications:file": lambda s: {"number": s.draft.number},
    "applications:carryover": lambda s: {"number": s.draft.number},
    "applications:comment": lambda s: {"number": s.draft.number, "pk": s.comment.pk},
    "applications:comments": lambda s: {"number": s.draft.number},
    "applications:help": lambda s: {"number": s.draft.number},
    "applications:help_ask": lambda s: {"number": s.draft.number},
    "applications:help_end": lambda s: {"number": s.draft.number},
    "applications:help_paper": lambda s: {"number": s.draft.number},
    "applications:people": lambda s: {"number": s.draft.number},
    "applications:presence": lambda s: {"number": s.draft.number, "step": "budget"},
    "applications:seat": lambda s: {"number": s.draft.number, "pk": s.seat.pk},
    "applications:seat_withdraw": lambda s: {
        "number": s.draft.number,
        "pk": s.seat_invitation.pk,
    },
    "applications:versions": lambda s: {"number": s.filed.number},
    "printing:form": lambda s: {"number": s.filed.number, "key": "region", "kind": "csv"},
    "printing:menu": lambda s: {"number": s.filed.number},
    "printing:whole": lambda s: {"number": s.filed.number},
    "printing:zip": lambda s: {"number": s.filed.number},
    "applications:receipt": lambda s: {"number": s.filed.number},
    "applications:remove_paper": lambda s: {
        "number": s.draft.number,
        "paper": s.draft.attachments.first().pk,
    },
    "applications:step": lambda s: {"number": s.draft.number, "step": "budget"},
    "applications:withdraw": lambda s: {"number": s.draft.number},
    "boards:evidence": lambda s: {"pk": s.money.payment.pk},
    "books:account": lambda s: {"pk": Account.objects.get(code=f"payee:{s.organisation.pk}").pk},
    "decisions:decide": lambda s: {"number": s.proposed.number},
    "decisions:letter": lambda s: {"number": s.funded.application.number},
    "decisions:notice": lambda s: {"pk": s.notice.pk},
    "decisions:notice_new": lambda s: {"number": s.funded.application.number},
    "decisions:notify": lambda s: {"number": s.funded.application.number},
    "decisions:withdraw": lambda s: {"number": s.funded.application.number},
    "downloads:download": lambda s: {"name": s.money.agreement.pdf.name},
    "frameworks:answer": lambda s: {"pk": s.share.pk},
    "frameworks:check": lambda s: {"pk": s.draw.pk},
    "frameworks:criterion": lambda s: {"number": s.grouped.number},
    "frameworks:day": lambda s: {"number": s.grouped.number},
    "frameworks:detail": lambda s: {"number": s.grouped.number},
    "frameworks:draw": lambda s: {"pk": s.share.pk},
    "frameworks:give": lambda s: {"pk": s.passed.pk},
    "frameworks:guarantee": lambda s: {"number": s.grouped.number},
    "frameworks:live": lambda s: {"number": s.grouped.number},
    "frameworks:open": lambda s: {"number": s.grouped.number},
    "frameworks:propose": lambda s: {"number": s.grouped.number},
    "frameworks:score": lambda s: {"pk": s.share.pk},
    "frameworks:share": lambda s: {"pk": s.share.pk},
    "frameworks:share_ask": lambda s: {"pk": s.share.pk},
    "frameworks:share_edit": lambda s: {"pk": s.share.pk},
    "frameworks:share_new": lambda s: {"number": s.grouped.number},
    "frameworks:share_remove": lambda s: {"pk": s.share.pk},
    "frameworks:sign": lambda s: {"number": s.grouped.number},
    "frameworks:start": lambda s: {"number": s.grouped.number},
    "intake:apply": lambda s: {"pk": s.intake.pk},
    "intake:batch": lambda s: {"pk": s.intake.pk},
    "intake:columns": lambda s: {"pk": s.intake.pk},
    "intake:demarche": lambda s: {"pk": s.demarche.pk},
    "intake:papers": lambda s: {"pk": s.intake.pk},
    "intake:read_demarche": lambda s: {"pk": s.demarche.pk},
    "intake:undo": lambda s: {"pk": s.intake.pk},
    "monitoring:check": lambda s: {"pk": s.money.report.pk},
    "monitoring:declare": lambda s: {"pk": s.money.report.pk},
    "monitoring:draft_sheet": lambda s: {"number": s.money.agreement.number},
    "monitoring:end": lambda s: {"number": s.money.agreement.number},
    "monitoring:evaluation": lambda s: {"number": s.money.agreement.number},
    "monitoring:fund": lambda s: {"number": s.money.agreement.number},
    "monitoring:invoices": lambda s: {"pk": s.money.report.pk},
    "monitoring:marks": lambda s: {"number": s.money.agreement.number},
    "monitoring:open": lambda s: {"number": s.money.agreement.number},
    "monitoring:pdf": lambda s: {"pk": s.money.report.pk},
    "monitoring:people": lambda s: {"number": s.money.agreement.number},
    "monitoring:publish_sheet": lambda s: {"number": s.money.agreement.number},
    "monitoring:save_sheet": lambda s: {"number": s.money.agreement.number},
    "monitoring:sheet": lambda s: {"number": s.money.agreement.number},
    "monitoring:use": lambda s: {"number": s.money.agreement.number},
    "monitoring:withdraw": lambda s: {"pk": s.invoice.pk},
    "monitoring:withdraw_sheet": lambda s: {"number": s.money.agreement.number},
    "monitoring:list": lambda s: {"number": s.money.agreement.number},
    "monitoring:report": lambda s: {"pk": s.money.report.pk},
    "monitoring:save": lambda s: {"pk": s.money.report.pk},
    "monitoring:start": lambda s: {"number": s.money.agreement.number},
    "payments:account_confirm": lambda s: {"pk": s.account.pk},
    "payments:account_new": lambda s: {"pk": s.organisation.pk},
    "payments:account_reveal": lambda s: {"pk": s.account.pk},
    "payments:account_stop": lambda s: {"pk": s.account.pk},
    "payments:accounts": lambda s: {"pk": s.organisation.pk},
    "payments:apply_bank_report": lambda s: {"pk": s.report_of_bank.pk},
    "payments:apply_extract": lambda s: {"pk": s.batch.pk},
    "payments:ask_cancel": lambda s: {"pk": s.transfers.pk},
    "payments:bank_report": lambda s: {"pk": s.report_of_bank.pk},
    "payments:bank_reports": lambda s: {"pk": s.head.pk},
    "payments:come_back": lambda s: {"pk": s.money.payment.pk},
    "payments:extract": lambda s: {"pk": s.batch.pk},
    "payments:fetch_file": lambda s: {"pk": s.transfers.pk},
    "payments:file": lambda s: {"pk": s.transfers.pk},
    "payments:keep_file": lambda s: {"pk": s.transfers.pk},
    "payments:make_file": lambda s: {"pk": s.head.pk},
    "payments:order_back": lambda s: {"pk": s.transfer_order.pk},
    "payments:record_step": lambda s: {"number": s.money.agreement.number},
    "payments:send_file": lambda s: {"pk": s.transfers.pk},
    "payments:settle_cancel": lambda s: {"pk": s.transfers.pk},
    "payments:undo_extract": lambda s: {"pk": s.batch.pk},
    "payments:undo_step": lambda s: {"pk": s.trace.pk},
    "payments:where": lambda s: {"number": s.money.application.number},
    "payments:agreement": lambda s: {"number": s.money.agreement.number},
    "payments:certify": lambda s: {"pk": s.money.instalments[0].pk},
    "payments:close": lambda s: {"number": s.money.agreement.number},
    "payments:pay": lambda s: {"pk": s.money.payment.pk},
    "payments:refund": lambda s: {"number": s.money.agreement.number},
    "payments:void": lambda s: {"pk": s.money.payment.pk},
    "people:aid_add": lambda s: {"pk": s.organisation.pk},
    "people:claim": lambda s: {"pk": s.organisation.pk},
    "people:claim_check": lambda s: {"pk": s.claim.pk},
    "people:claim_confirm": lambda s: {"pk": s.claim.pk},
    "people:claim_refuse": lambda s: {"pk": s.claim.pk},
    "people:designate": lambda s: {"pk": s.aid.pk},
    "people:iae_add": lambda s: {"pk": s.organisation.pk},
    "people:invitation_withdraw": lambda s: {"pk": s.invitation.pk},
    "people:invite": lambda s: {"pk": s.organisation.pk},
    "people:mandate_end": lambda s: {"pk": s.mandate.pk},
    "people:membership_accept": lambda s: {"pk": s.asked.pk},
    "people:membership_refuse": lambda s: {"pk": s.asked.pk},
    "people:membership_withdraw": lambda s: {"pk": s.asked.pk},
    "people:network": lambda s: {"pk": s.head.pk},
    "people:network_ask": lambda s: {"pk": s.organisation.pk},
    "people:network_leave": lambda s: {"pk": s.organisation.pk},
    "people:organisation": lambda s: {"pk": s.organisation.pk},
    "people:organisation_confirm": lambda s: {"pk": s.organisation.pk},
    "people:organisation_edit": lambda s: {"pk": s.organisation.pk},
    "review:answer": lambda s: {"number": s.filed.number},
    "review:assign": lambda s: {"number": s.filed.number},
    "review:complement": lambda s: {"number": s.filed.number},
    "review:declare": lambda s: {"number": s.filed.number},
    "review:drop_view": lambda s: {"pk": s.view.pk},
    "review:file": lambda s: {"number": s.filed.number},
    "review:invite_expert": lambda s: {"number": s.filed.number},
    "review:join": lambda s: {"number": s.filed.number},
    "review:lift": lambda s: {"number": s.filed.number, "pk": s.interest.pk},
    "review:mark_read": lambda s: {"number": s.filed.number},
    "review:opinion": lambda s: {"number": s.filed.number},
    "review:propose": lambda s: {"number": s.filed.number},
    "review:reconcile": lambda s: {"number": s.filed.number},
    "review:revise": lambda s: {"number": s.filed.number},
    "review:send_back": lambda s: {"number": s.proposed.number},
    "review:take": lambda s: {"number": s.filed.number},
    "review:thread": lambda s: {"number": s.filed.number},
    "review:visit": lambda s: {"number": s.filed.number, "pk": s.visit.pk},
    "review:visits": lambda s: {"number": s.filed.number},
    "review:withdraw_expert": lambda s: {"number": s.filed.number, "pk": s.expert.pk},
}
# Addresses that are the same for everybody.
SHARED: dict[str, Callable[[SimpleNamespace], dict[str, Any]]] = {
    "agreements:article_template": lambda w: {"kind": "grant", "code": "object"},
    "atelier:model": lambda w: {"number": 21},
    "account_confirm_email": lambda w: {"key": "absente"},
    "account_reset_password_from_key": lambda w: {"uidb36": "zzzz", "key": "absente-cle"},
    "applications:copy": lambda w: {"slug": w.call.slug},
    "applications:help_begin": lambda w: {"slug": w.call.slug},
    "applications:help_confirm": lambda w: {"token": "jeton-absent"},
    "applications:seat_accept": lambda w: {"token": "jeton-absent"},
    "printing:offer": lambda w: {"pk": FormTemplate.objects.earliest("pk").pk},
    "applications:start": lambda w: {"slug": w.call.slug},
    "calls:copy": lambda w: {"slug": w.call.slug},
    "calls:desks": lambda w: {"slug": w.draft_call.slug},
    "calls:detail": lambda w: {"slug": w.call.slug},
    "calls:grid": lambda w: {"slug": w.draft_call.slug},
    "calls:notice": lambda w: {"slug": w.call.slug},
    "calls:papers": lambda w: {"slug": w.draft_call.slug},
    "calls:preview": lambda w: {"slug": w.draft_call.slug},
    "calls:question": lambda w: {"slug": w.draft_call.slug, "code": "axe"},
    "calls:question_move": lambda w: {"slug": w.draft_call.slug, "code": "axe"},
    "calls:question_new": lambda w: {"slug": w.draft_call.slug},
    "calls:question_remove": lambda w: {"slug": w.draft_call.slug, "code": "axe"},
    "calls:questions": lambda w: {"slug": w.draft_call.slug},
    "calls:rules": lambda w: {"slug": w.call.slug},
    "calls:edit": lambda w: {"slug": w.draft_call.slug},
    "calls:expenses": lambda w: {"slug": w.draft_call.slug},
    "calls:publish": lambda w: {"slug": w.draft_call.slug},
    "decisions:prepare": lambda w: {"pk": w.scenario.pk},
    "decisions:release": lambda w: {"pk": w.line.pk},
    "decisions:remove": lambda w: {"pk": w.scenario.pk},
    "decisions:rewrite": lambda w: {"kind": "grant"},
    "decisions:scenario": lambda w: {"pk": w.scenario.pk},
    "decisions:scenario_new": lambda w: {"slug": w.call.slug},
    "decisions:scenarios": lambda w: {"slug": w.call.slug},
    "decisions:table": lambda w: {"slug": w.call.slug},
    "frameworks:confirm": lambda w: {"token": "jeton-absent"},
    "gallery:sample": lambda w: {"name": "refus"},
    "library:detail": lambda w: {"slug": Sheet.objects.earliest("pk").slug},
    "library:easy": lambda w: {"slug": Sheet.objects.earliest("pk").slug},
    "library:start": lambda w: {"slug": Sheet.objects.earliest("pk").slug},
    "library:supported": lambda w: {"slug": w.sides["near"].sheet.slug},
    "mfa_edit_webauthn": lambda w: {"pk": 0},
    "mfa_remove_webauthn": lambda w: {"pk": 0},
    "operations:retry_message": lambda w: {"message_id": Message.objects.earliest("pk").pk},
    "operations:retry_task": lambda w: {"task_id": ABSENT},
    "people:email_confirm": lambda w: {"token": "absent"},
    "people:invitation": lambda w: {"token": "absente"},
    "tour:enter": lambda w: {"key": "instructeur"},
    "programme:ceilings": lambda w: {"pk": w.sides["near"].envelope.programme_id},
    "programme:programme": lambda w: {"pk": w.sides["near"].envelope.programme_id},
    "programme:delegate": lambda w: {"pk": w.sides["near"].envelope.pk},
    "programme:give_back": lambda w: {"pk": w.sides["near"].envelope.pk},
    "programme:contribute": lambda w: {"pk": w.sides["near"].envelope.pk},
    "programme:envelope": lambda w: {"pk": w.sides["near"].envelope.pk},
    "publication:edit": lambda w: {"code": "SUB-2027-000001"},
    "publication:entry": lambda w: {"code": "SUB-2027-000001"},
    "publication:restore": lambda w: {"code": "SUB-2027-000001"},
    "publication:withdraw": lambda w: {"code": "SUB-2027-000001"},
    "publication:editions": lambda w: {"year": 2027},
    "publication:figures": lambda w: {"year": 2027},
    "publication:file": lambda w: {"year": 2027},
    "publication:scdl_version": lambda w: {"year": 2027, "number": 1},
    "publication:statistics_version": lambda w: {"year": 2027, "number": 1},
    "publication:version": lambda w: {"year": 2027, "number": 1},
    "review:expert": lambda w: {"token": "jeton-absent"},
}


def fill(address: Address, world: SimpleNamespace) -> dict[str, str]:
    """The paths of an address: one for each side when it belongs to somebody."""
    if address.name in OWNED:
        return {
            side: reverse(address.name, kwargs=OWNED[address.name](objects))
            for side, objects in world.sides.items()
        }
    takes = SHARED[address.name](world) if address.takes else {}
    return {"": reverse(address.name, kwargs=takes)}
