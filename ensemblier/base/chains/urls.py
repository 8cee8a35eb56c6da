"""Addresses of the chains, their members and places."""

from django.urls import path

from ensemblier.base.chains import views

app_name = "chains"
urlpatterns = [
    path("filieres/", views.index, name="list"),
    path("filieres/creer/", views.new, name="new"),
    path("filieres/membres/<int:pk>/terminer/", views.end_member, name="end_member"),
    path("filieres/lieux/<int:pk>/ouverture/", views.set_open, name="set_open"),
    path("filiere/<slug:slug>/", views.detail, name="detail"),
    path("filiere/<slug:slug>/membres/ajouter/", views.add_member, name="add_member"),
    path("filiere/<slug:slug>/lieux/ajouter/", views.add_site, name="add_site"),
]
