"""Addresses of the machinery."""

from django.urls import path

from ensemblier.web.operations import views

app_name = "operations"
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("exploitation/", views.index, name="index"),
    path("exploitation/taches/<uuid:task_id>/relancer/", views.retry_task, name="retry_task"),
    path(
        "exploitation/messages/<int:message_id>/relancer/",
        views.retry_message,
        name="retry_message",
    ),
]
