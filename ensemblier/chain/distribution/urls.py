"""Addresses of distribution."""

from django.urls import path

from ensemblier.chain.distribution import views

app_name = "distribution"
urlpatterns = [
    path("filiere/<slug:slug>/distribution/", views.index, name="list"),
    path("filiere/<slug:slug>/distribution/cartes/creer/", views.give, name="give"),
    path("filieres/cartes/<int:pk>/", views.card, name="card"),
    path("filieres/cartes/<int:pk>/bloquer/", views.block, name="block"),
    path("filieres/cartes/<int:pk>/effacer/", views.erase, name="erase"),
]
