"""Addresses of the files."""

from django.urls import path, re_path

from ensemblier.fund.applications import (
    company_views,
    help_views,
    step_views,
    version_views,
    views,
)
from ensemblier.fund.applications.rules import NAMES

app_name = "applications"
urlpatterns = [
    path("appels/<slug:slug>/candidater/", views.start, name="start"),
    path("appels/<slug:slug>/reprendre/", version_views.copy, name="copy"),
    path("appels/<slug:slug>/aider/", help_views.begin, name="help_begin"),
    path("rejoindre-un-dossier/<str:token>/", company_views.seat_accept, name="seat_accept"),
    path("confirmer-un-dossier/<str:token>/", help_views.confirm, name="help_confirm"),
    path("dossiers/", views.mine, name="mine"),
    re_path(
        rf"^dossiers/(?P<number>[\w-]+)/(?P<step>{'|'.join(NAMES)})/$",
        step_views.step,
        name="step",
    ),
    path("dossiers/<slug:number>/", views.detail, name="detail"),
    path("dossiers/<slug:number>/deposer/", views.file, name="file"),
    path("dossiers/<slug:number>/accuse/", views.receipt, name="receipt"),
    path("dossiers/<slug:number>/retirer/", views.withdraw, name="withdraw"),
    path(
        "dossiers/<slug:number>/pieces/<int:paper>/retirer/",
        step_views.remove_paper,
        name="remove_paper",
    ),
    path("dossiers/<slug:number>/personnes/", company_views.people, name="people"),
    path("dossiers/<slug:number>/places/<int:pk>/", company_views.seat_change, name="seat"),
    path(
        "dossiers/<slug:number>/invitations/<int:pk>/annuler/",
        company_views.seat_withdraw,
        name="seat_withdraw",
    ),
    path("dossiers/<slug:number>/presence/<slug:step>/", company_views.presence, name="presence"),
    path("dossiers/<slug:number>/commentaires/", company_views.comment_list, name="comments"),
    path(
        "dossiers/<slug:number>/commentaires/<int:pk>/",
        company_views.comment_act,
        name="comment",
    ),
    path("dossiers/<slug:number>/versions/", version_views.versions, name="versions"),
    path("dossiers/<slug:number>/reprise/", version_views.carryover, name="carryover"),
    path("dossiers/<slug:number>/mandat/", help_views.record, name="help"),
    path("dossiers/<slug:number>/mandat/lien/", help_views.ask, name="help_ask"),
    path("dossiers/<slug:number>/mandat/papier/", help_views.paper, name="help_paper"),
    path("dossiers/<slug:number>/mandat/fin/", help_views.end, name="help_end"),
]
