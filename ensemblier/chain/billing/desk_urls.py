"""Addresses of the desk."""

from django.urls import path

from ensemblier.chain.billing import desk_views

app_name = "desk"
urlpatterns = [
    path("filiere/<slug:slug>/comptoir/", desk_views.sale, name="sale"),
    path("filiere/<slug:slug>/comptoir/jour/", desk_views.day, name="day"),
    path("filiere/<slug:slug>/comptoir/jour.csv", desk_views.day_csv, name="day_csv"),
    path("filieres/comptoir/lignes/<int:pk>/", desk_views.line, name="line"),
    path("filieres/comptoir/lignes/<int:pk>/annuler/", desk_views.undo, name="undo"),
]
