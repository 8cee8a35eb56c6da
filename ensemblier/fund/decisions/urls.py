"""Addresses of decisions."""

from django.urls import path

from ensemblier.fund.decisions import views

app_name = "decisions"
urlpatterns = [
    path("decisions/", views.inbox, name="inbox"),
    path("decisions/<str:number>/", views.decide, name="decide"),
    path("decisions/<str:number>/lettre/", views.letter, name="letter"),
]
