"""Every address of the site, one line per concept."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("ensemblier.web.home.urls")),
    path("", include("ensemblier.web.home.legal_urls")),
    path("fiches/", include("ensemblier.library.urls")),
    path("atelier/", include("ensemblier.atelier.urls")),
    path("", include("ensemblier.web.operations.urls")),
    path("", include("ensemblier.web.downloads.urls")),
    path("", include("ensemblier.web.gallery.urls")),
    path("territoires/", include("ensemblier.web.territories")),
    path("", include("ensemblier.fund.applications.urls")),
    path("", include("ensemblier.fund.printing.urls")),
    path("", include("ensemblier.fund.intake.urls")),
    path("", include("ensemblier.fund.calls.urls")),
    path("", include("ensemblier.fund.orientation.urls")),
    path("", include("ensemblier.fund.programme.urls")),
    path("", include("ensemblier.fund.review.urls")),
    path("", include("ensemblier.fund.decisions.urls")),
    path("", include("ensemblier.fund.agreements.urls")),
    path("", include("ensemblier.fund.monitoring.urls")),
    path("", include("ensemblier.fund.payments.urls")),
    path("", include("ensemblier.fund.frameworks.urls")),
    path("", include("ensemblier.fund.boards.urls")),
    path("", include("ensemblier.fund.publication.urls")),
    path("", include("ensemblier.base.chains.urls")),
    path("", include("ensemblier.chain.catalogue.urls")),
    path("", include("ensemblier.chain.commitments.urls")),
    path("", include("ensemblier.chain.stock.urls")),
    path("", include("ensemblier.chain.distribution.urls")),
    path("", include("ensemblier.chain.billing.desk_urls")),
    path("", include("ensemblier.chain.insertion.urls")),
    path("", include("ensemblier.chain.cofinancing.urls")),
    path("", include("ensemblier.reports.urls")),
    path("", include("ensemblier.chain.activities.urls")),
    path("", include("ensemblier.chain.billing.urls")),
    path("", include("ensemblier.web.tour.urls")),
    path("", include("ensemblier.web.dashboard.urls")),
    path("", include("ensemblier.web.books.urls")),
    path("", include("ensemblier.web.preferences.urls")),
    path("", include("ensemblier.base.people.account_urls")),
    path("", include("ensemblier.base.people.urls")),
]

handler400 = "ensemblier.web.failures.bad_request"
handler500 = "ensemblier.web.failures.server_error"
