"""Addresses of the pages the law asks for."""

from django.urls import path

from ensemblier.web.home import views

app_name = "legal"
urlpatterns = [
    path("mentions-legales/", views.notice, name="notice"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("donnees-personnelles/", views.privacy, name="privacy"),
]
