"""Every address of the site, one line per concept."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from ensemblier.web.concepts import concept

urlpatterns: list[URLPattern | URLResolver] = [
    concept("ensemblier.web.home.urls"),
    concept("ensemblier.web.home.legal_urls"),
    path("fiches/", include("ensemblier.library.urls")),
    path("atelier/", include("ensemblier.atelier.urls")),
    concept("ensemblier.web.operations.urls"),
    concept("ensemblier.web.downloads.urls"),
    concept("ensemblier.web.gallery.urls"),
    path("territoires/", include("ensemblier.web.territories")),
    concept("ensemblier.fund.applications.urls"),
    concept("ensemblier.fund.printing.urls"),
    concept("ensemblier.fund.intake.urls"),
    concept("ensemblier.fund.calls.urls"),
    concept("ensemblier.fund.orientation.urls"),
    concept("ensemblier.fund.programme.urls"),
    concept("ensemblier.fund.review.urls"),
    concept("ensemblier.fund.jury.urls"),
    concept("ensemblier.fund.allocation.urls"),
    concept("ensemblier.fund.decisions.urls"),
    concept("ensemblier.fund.agreements.urls"),
    concept("ensemblier.fund.monitoring.urls"),
    concept("ensemblier.fund.payments.urls"),
    concept("ensemblier.fund.frameworks.urls"),
    concept("ensemblier.fund.boards.urls"),
    concept("ensemblier.fund.publication.urls"),
    concept("ensemblier.base.chains.urls"),
    concept("ensemblier.chain.catalogue.urls"),
    concept("ensemblier.chain.commitments.urls"),
    concept("ensemblier.chain.stock.urls"),
    concept("ensemblier.chain.distribution.urls"),
    concept("ensemblier.chain.billing.desk_urls"),
    concept("ensemblier.chain.insertion.urls"),
    concept("ensemblier.chain.cofinancing.urls"),
    concept("ensemblier.reports.urls"),
    concept("ensemblier.chain.activities.urls"),
    concept("ensemblier.chain.billing.urls"),
    concept("ensemblier.web.tour.urls"),
    concept("ensemblier.web.dashboard.urls"),
    concept("ensemblier.web.books.urls"),
    concept("ensemblier.web.preferences.urls"),
    concept("ensemblier.base.people.account_urls"),
    concept("ensemblier.base.people.urls"),
]

handler400 = "ensemblier.web.failures.bad_request"
handler500 = "ensemblier.web.failures.server_error"
