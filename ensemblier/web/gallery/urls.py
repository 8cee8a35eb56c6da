"""Addresses of the gallery and of the choice of appearance."""

from django.urls import path

from ensemblier.web.gallery import views

app_name = "gallery"
urlpatterns = [
    path("composants", views.index, name="index"),
    path("composants/pages/<slug:name>", views.sample, name="sample"),
    path("apparence/", views.appearance, name="appearance"),
]
