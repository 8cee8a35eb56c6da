"""Addresses of reports."""

from django.urls import path

from ensemblier.fund.monitoring import views

app_name = "monitoring"
urlpatterns = [
    path("conventions/<str:number>/bilans/", views.index, name="list"),
    path("conventions/<str:number>/bilans/commencer/", views.start, name="start"),
    path("bilans/<int:pk>/", views.report, name="report"),
    path("bilans/<int:pk>/enregistrer/", views.save, name="save"),
    path("bilans/<int:pk>/controler/", views.check, name="check"),
]
