"""Addresses of imports."""

from django.urls import path

from ensemblier.fund.intake import views

app_name = "intake"
urlpatterns = [
    path("imports/", views.batches, name="batches"),
    path("imports/nouveau/", views.new, name="new"),
    path("imports/<int:pk>/", views.batch, name="batch"),
    path("imports/<int:pk>/colonnes/", views.columns, name="columns"),
    path("imports/<int:pk>/appliquer/", views.apply, name="apply"),
    path("imports/<int:pk>/defaire/", views.undo, name="undo"),
]
