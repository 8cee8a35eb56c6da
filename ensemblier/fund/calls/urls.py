"""Addresses of the calls."""

from django.urls import path

from ensemblier.fund.calls import views

app_name = "calls"
urlpatterns = [
    path("appels/", views.index, name="list"),
    path("appels/nouveau/", views.new, name="new"),
    path("appels/<slug:slug>/", views.detail, name="detail"),
    path("appels/<slug:slug>/modifier/", views.edit, name="edit"),
    path("appels/<slug:slug>/depenses/", views.expenses, name="expenses"),
    path("appels/<slug:slug>/publier/", views.publish, name="publish"),
]
