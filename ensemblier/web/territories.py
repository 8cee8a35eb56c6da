"""Addresses of the territories: views of `base.territory`, guarded here, above accounts."""

from django.urls import path

from ensemblier.base.people.access import everyone, guard
from ensemblier.base.territory import views

app_name = "territory"
urlpatterns = [
    path("communes", guard(everyone, public=True)(views.communes), name="communes"),
]
