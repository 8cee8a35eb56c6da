"""Address of the dashboard."""

from django.urls import path

from ensemblier.web.dashboard import views

app_name = "dashboard"
urlpatterns = [path("tableau-de-bord/", views.index, name="index")]
