"""Addresses of the programmes and envelopes."""

from django.urls import path

from ensemblier.fund.programme import views

app_name = "programme"
urlpatterns = [
    path("programme/", views.index, name="index"),
    path("programme/nouveau/", views.new, name="new"),
    path("programme/enveloppes/nouvelle/", views.new_envelope, name="new_envelope"),
    path("programme/enveloppes/<int:pk>/", views.envelope, name="envelope"),
    path("programme/enveloppes/<int:pk>/contribuer/", views.contribute, name="contribute"),
]
