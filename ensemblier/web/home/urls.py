"""Addresses of the home page and of its plain-French version."""

from django.urls import path

from ensemblier.web.home import views

app_name = "home"
urlpatterns = [
    path("", views.index, name="index"),
    path("facile/", views.easy, name="easy"),
]
