"""Addresses of the guided tour."""

from django.urls import path

from ensemblier.web.tour import views

app_name = "tour"
urlpatterns = [
    path("visite/", views.index, name="index"),
    path("visite/entrer/<str:key>/", views.enter, name="enter"),
]
