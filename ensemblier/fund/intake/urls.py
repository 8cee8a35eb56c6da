"""Addresses of imports."""

from django.urls import path

from ensemblier.fund.intake import demarche_views, views

app_name = "intake"
urlpatterns = [
    path("imports/", views.batches, name="batches"),
    path("imports/nouveau/", views.new, name="new"),
    path("imports/demarches/", demarche_views.demarches, name="demarches"),
    path("imports/demarches/<int:pk>/", demarche_views.demarche, name="demarche"),
    path("imports/demarches/<int:pk>/lire/", demarche_views.read, name="read_demarche"),
    path("imports/<int:pk>/pieces/", demarche_views.papers, name="papers"),
    path("imports/<int:pk>/", views.batch, name="batch"),
    path("imports/<int:pk>/colonnes/", views.columns, name="columns"),
    path("imports/<int:pk>/appliquer/", views.apply, name="apply"),
    path("imports/<int:pk>/defaire/", views.undo, name="undo"),
]
