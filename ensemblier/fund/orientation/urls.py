"""Addresses of orientation."""

from django.urls import path

from ensemblier.fund.orientation import views

app_name = "orientation"
urlpatterns = [
    path("orientation/", views.ask, name="ask"),
    path("orientation/reponse/", views.answer, name="answer"),
]
