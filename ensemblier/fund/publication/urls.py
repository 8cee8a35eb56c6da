"""Addresses of open data: the files never change place."""

from django.urls import path, re_path

from ensemblier.fund.publication import officer_views, views

app_name = "publication"
urlpatterns = [
    path("donnees/", views.grants, name="grants"),
    path("donnees/statistiques/", views.figures, name="statistics"),
    re_path(
        r"^donnees/subventions-(?P<year>[0-9]{4})(?P<suffix>-scdl)?\.csv$", views.file, name="file"
    ),
    path("donnees/statistiques-<int:year>.csv", views.file, {"suffix": "x"}, name="figures"),
    path("donnees/versions/<int:year>/", views.editions, name="editions"),
    path("donnees/versions/<int:year>/<int:number>/subventions.csv", views.file, name="version"),
    path(
        "donnees/versions/<int:year>/<int:number>/subventions-scdl.csv",
        views.file,
        {"suffix": "-scdl"},
        name="scdl_version",
    ),
    path(
        "donnees/versions/<int:year>/<int:number>/statistiques.csv",
        views.file,
        {"suffix": "x"},
        name="statistics_version",
    ),
    path("donnees/subventions/<str:code>/", views.entry, name="entry"),
    path("publication/", officer_views.index, name="index"),
    path("publication/publier/", officer_views.refresh, name="refresh"),
    path("publication/<str:code>/", officer_views.edit, name="edit"),
    path("publication/<str:code>/retirer/", officer_views.withdraw, name="withdraw"),
    path("publication/<str:code>/remettre/", officer_views.restore, name="restore"),
]
