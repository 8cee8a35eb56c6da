"""Addresses of the products of a chain, their prices and labels."""

from django.urls import path

from ensemblier.chain.catalogue import selection_views, views

app_name = "catalogue"
urlpatterns = [
    path("filiere/<slug:slug>/produits/", views.index, name="list"),
    path("filiere/<slug:slug>/produits/creer/", views.new, name="new"),
    path("filiere/<slug:slug>/produits/choix/", selection_views.select, name="select"),
    path("filieres/produits/<int:pk>/", views.detail, name="detail"),
    path("filieres/produits/<int:pk>/tarif/", views.price, name="price"),
    path("filieres/produits/<int:pk>/label/", views.label, name="label"),
    path("filieres/produits/<int:pk>/proposer/", views.offer, name="offer"),
]
