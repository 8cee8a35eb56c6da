"""Addresses of the reports of a chain."""

from django.urls import path

from ensemblier.reports import fill_views, views

app_name = "reports"
urlpatterns = [
    path("filiere/<slug:slug>/comptes-rendus/", views.index, name="list"),
    path("filiere/<slug:slug>/comptes-rendus/clore/", views.close, name="close"),
    path("filiere/<slug:slug>/comptes-rendus/envoyer/", views.send, name="send"),
    path("filiere/<slug:slug>/comptes-rendus/reponses/", views.sufficiency, name="sufficiency"),
    path("filiere/<slug:slug>/comptes-rendus/ecritures/", views.books, name="books"),
    path("bilans/<int:pk>/remplir/", fill_views.fill, name="fill"),
    path("filieres/comptes-rendus/<int:pk>/", views.detail, name="detail"),
    path("filieres/comptes-rendus/<int:pk>/lignes/", views.rows, name="rows"),
    path("filieres/comptes-rendus/<int:pk>/tableau.csv", views.table, name="table"),
    path("filieres/comptes-rendus/<int:pk>/ma-cantine.csv", views.canteen, name="canteen"),
]
