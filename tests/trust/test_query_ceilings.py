"""R4: how many queries and octets each page may cost, whatever the number of rows behind it.

The world holds 300 more files of the same call, of twenty organisations and of the near one. Every
page is opened by everybody who may; the dearest counts. A page absent from the table fails.
"""

from __future__ import annotations

from collections import defaultdict

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories_fund as fund
from tests.trust import chain_pages, jury_pages
from tests.trust.crawl import Crawl

pytestmark = [pytest.mark.django_db, pytest.mark.trust]
OCTETS = 100_000
# The gallery shows every component and every chart at once: for whoever writes pages.
HEAVY = {"gallery:index": 140_000}
LIST, DETAIL, OTHER = 10, 15, 25  # a list with its own counts or facets is not a plain list
CEILINGS = (
    {
        name: most
        for most, names in {
            LIST: """
            agreements:list books:index books:journal books:refusals calls:list payments:files
            frameworks:programmes intake:batches intake:demarches
            people:claims programme:gifts programme:index programme:programme
            review:inbox
            territory:communes
        """,
            DETAIL: """
            agreements:aids agreements:amend agreements:amendment agreements:annex
            agreements:article agreements:check_evidence agreements:check_scan agreements:detail
            agreements:drop agreements:evidence agreements:find agreements:hear
            agreements:indicator agreements:lift agreements:measure agreements:party
            agreements:party_paid agreements:prepare agreements:recovery agreements:scan
            agreements:article_template agreements:suspend agreements:text agreements:wordings
            applications:mine applications:receipt library:list
            applications:carryover applications:comments applications:copy applications:help
            applications:help_begin applications:people applications:seat_accept
            applications:versions printing:menu
            printing:template printing:templates
            boards:answer boards:audit boards:evidence boards:instructor boards:network
            boards:officer boards:owed boards:rows boards:sample
            books:account calls:detail decisions:inbox decisions:letter
            decisions:calls decisions:delegations decisions:drafts decisions:notice
            decisions:notice_new decisions:prepare decisions:rewrite decisions:scenario_new
            frameworks:answer frameworks:check frameworks:confirm frameworks:criterion
            frameworks:day frameworks:detail frameworks:draw frameworks:give frameworks:guarantee
            frameworks:live frameworks:propose frameworks:score frameworks:share_edit
            frameworks:share_new frameworks:share_remove frameworks:sign frameworks:start
            intake:apply intake:batch intake:columns intake:demarche intake:new intake:undo
            decisions:scenarios decisions:withdraw decisions:words home:easy home:index
            orientation:answer orientation:ask
            payments:accounts payments:extract payments:extracts payments:file
            payments:bank_report payments:bank_reports
            library:detail library:easy monitoring:list monitoring:report operations:index
            library:supported monitoring:fund monitoring:invoices publication:editions
            publication:entry publication:grants publication:statistics
            people:account
            people:claim_check people:organisation programme:envelope review:file tour:index
            account_change_password account_confirm_email account_email_verification_sent
            account_inactive account_login account_logout account_reauthenticate
            account_reset_password account_reset_password_done account_reset_password_from_key
            account_reset_password_from_key_done account_signup gallery:index gallery:sample
            legal:accessibility legal:notice legal:privacy mfa_index mfa_list_webauthn
            mfa_reauthenticate mfa_reauthenticate_webauthn mfa_view_recovery_codes
            mfa_activate_totp mfa_add_webauthn mfa_authenticate mfa_deactivate_totp
            mfa_edit_webauthn mfa_generate_recovery_codes mfa_remove_webauthn people:aid_add
            people:designate people:email people:email_confirm people:membership_refuse
            people:network people:network_ask people:network_leave
            people:claim people:iae_add people:invitation people:invite people:mandate_end
            people:organisation_create people:organisation_edit people:organisation_find
            people:rename people:second_factor socialaccount_login_cancelled
        """,
            OTHER: """
            frameworks:open frameworks:share
            payments:cancel_recovery payments:give_back payments:order_recovery
            applications:help_confirm applications:start applications:step
            applications:detail applications:withdraw payments:inbox payments:where
            calls:copy calls:desks calls:edit calls:expenses calls:grid calls:new calls:notice
            calls:papers calls:preview calls:publish calls:question calls:question_new
            calls:questions calls:rules dashboard:index decisions:decide decisions:scenario
            library:start payments:certify
            monitoring:evaluation monitoring:marks monitoring:people monitoring:sheet
            publication:edit publication:index
            payments:close payments:pay payments:refund payments:void
            payments:end_lines payments:open_lines
            payments:account_confirm payments:account_new payments:account_reveal
            payments:account_stop payments:apply_extract payments:ask_cancel
            payments:apply_bank_report payments:order_back
            payments:certify_many payments:come_back payments:fetch_file payments:keep_file
            payments:make_file payments:record_step payments:send_file payments:settle_cancel
            payments:undo_bank_report payments:undo_extract payments:undo_step
            programme:contribute
            programme:ceilings programme:delegate programme:give_back programme:new_gifts
            programme:new programme:new_envelope review:answer review:complement review:opinion
            review:propose review:send_back review:assign review:declare review:expert
            review:invite_expert review:lift review:reconcile review:save_view review:several
            preferences:choose review:thread review:visit review:visits review:workload
        """,
        }.items()
        for name in names.split()
    }
    # Instalments, suspensions, lines of a chain, refunds, traces, and what this person may do.
    | {"payments:agreement": 31}
    | chain_pages.CEILINGS
    | jury_pages.CEILINGS
)


def test_every_page_stays_under_its_ceiling(crawled: Crawl) -> None:
    dearest: dict[str, tuple[int, str]] = defaultdict(lambda: (0, ""))
    heaviest: dict[str, tuple[int, str]] = defaultdict(lambda: (0, ""))
    for answer in crawled.answers:
        if answer.status == 200 and answer.is_page:
            name = answer.name
            dearest[name] = max(dearest[name], (answer.queries, answer.who))
            heaviest[name] = max(heaviest[name], (answer.octets, answer.who))
    assert set(dearest) <= set(CEILINGS), sorted(set(dearest) - set(CEILINGS))
    over = [f"{n}: {q} SQL ({who})" for n, (q, who) in dearest.items() if q > CEILINGS[n]]
    over += [
        f"{n}: {size} octets ({who})"
        for n, (size, who) in heaviest.items()
        if size > HEAVY.get(n, OCTETS)
    ]
    assert not over, "\n".join(over)


def test_negative_control_a_query_for_each_row_is_seen() -> None:
    from ensemblier.fund.applications.models import Application

    rows = fund.bulk_applications(30).rows
    with CaptureQueriesContext(connection) as asked:
        for row in Application.objects.filter(pk__in=[row.pk for row in rows]):
            assert row.organisation.name
    assert len(asked) > LIST
