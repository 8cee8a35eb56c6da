"""Addresses of the stock."""

from django.urls import path

from ensemblier.chain.stock import lot_views, views

app_name = "stock"
urlpatterns = [
    path("filiere/<slug:slug>/stock/", views.index, name="list"),
    path("filiere/<slug:slug>/stock/recevoir/", views.receive, name="receive"),
    path("filiere/<slug:slug>/stock/atelier/", views.process, name="process"),
    path("filiere/<slug:slug>/stock/inventaire/", views.count, name="count"),
    path("filieres/lots/<int:pk>/", lot_views.lot, name="lot"),
    path("filieres/lots/<int:pk>/transporter/", lot_views.transport, name="transport"),
    path("filieres/lots/<int:pk>/sortir/", lot_views.take_out, name="take_out"),
    path("filieres/lots/<int:pk>/perdre/", lot_views.lose, name="lose"),
    path("filieres/lots/<int:pk>/quarantaine/", lot_views.quarantine, name="quarantine"),
    path("filieres/lots/<int:pk>/liberer/", lot_views.release, name="release"),
    path("filieres/lots/<int:pk>/rappeler/", lot_views.recall, name="recall"),
    path("filieres/lots/<int:pk>/parcours/", lot_views.reached, name="reached"),
    path("filieres/lots/<int:pk>/parcours.csv", lot_views.reached_csv, name="reached_csv"),
    path("filieres/mouvements/<int:pk>/annuler/", views.undo, name="undo"),
]
