"""Addresses of the files."""

from django.urls import path, re_path

from ensemblier.fund.applications import step_views, views
from ensemblier.fund.applications.rules import NAMES

app_name = "applications"
urlpatterns = [
    path("appels/<slug:slug>/candidater/", views.start, name="start"),
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
]
