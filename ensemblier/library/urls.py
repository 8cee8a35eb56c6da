"""Addresses of the library."""

from django.urls import path

from ensemblier.library import views

app_name = "library"
urlpatterns = [
    path("", views.index, name="list"),
    path("projets/<slug:slug>/", views.supported, name="supported"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/facile/", views.easy, name="easy"),
    path("<slug:slug>/partir/", views.start, name="start"),
]
