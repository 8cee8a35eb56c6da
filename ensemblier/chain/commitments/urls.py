"""Addresses of the promises of a chain."""

from django.urls import path

from ensemblier.chain.commitments import views

app_name = "commitments"
urlpatterns = [
    path("filiere/<slug:slug>/promesses/", views.index, name="list"),
    path("filiere/<slug:slug>/promesses/creer/", views.new, name="new"),
    path("filiere/<slug:slug>/promesses/proposer/", views.propose, name="propose"),
    path("filieres/promesses/<int:pk>/", views.detail, name="detail"),
    path("filieres/promesses/<int:pk>/appeler/", views.call_off, name="call_off"),
    path("filieres/promesses/<int:pk>/reviser/", views.revise, name="revise"),
    path("filieres/promesses/<int:pk>/tenir/", views.keep, name="keep"),
    path("filieres/promesses/<int:pk>/annuler/", views.cancel, name="cancel"),
]
