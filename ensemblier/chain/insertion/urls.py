"""Addresses of insertion."""

from django.urls import path

from ensemblier.chain.insertion import contract_views, views

app_name = "insertion"
BOARD = "filiere/<slug:slug>/insertion/<int:pk>/"
CONTRACT = "filieres/insertion/contrats/<int:pk>/"
urlpatterns = [
    path("filiere/<slug:slug>/insertion/", views.index, name="list"),
    path(BOARD, views.agreement, name="agreement"),
    path(f"{BOARD}contrats/ouvrir/", views.open_contract, name="open"),
    path(f"{BOARD}charges/noter/", views.note_charge, name="charge"),
    path(f"{BOARD}recettes/noter/", views.note_sale, name="sale"),
    path(f"{BOARD}ventes/attribuer/", views.choose_sales, name="choose_sales"),
    path(CONTRACT, contract_views.contract, name="contract"),
    path(f"{CONTRACT}heures/", contract_views.note_hours, name="hours"),
    path(f"{CONTRACT}sortie/", contract_views.leave, name="leave"),
    path(
        "filieres/insertion/heures/<int:pk>/annuler/", contract_views.undo_hours, name="undo_hours"
    ),
]
