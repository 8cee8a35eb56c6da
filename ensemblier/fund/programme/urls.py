"""Addresses of the programmes and envelopes."""

from django.urls import path

from ensemblier.fund.programme import delegation_views, gift_views, views

app_name = "programme"
urlpatterns = [
    path("programme/", views.index, name="index"),
    path("programme/nouveau/", views.new, name="new"),
    path("programme/<int:pk>/", views.programme, name="programme"),
    path("programme/<int:pk>/plafonds/", delegation_views.ceilings, name="ceilings"),
    path("programme/dons/", gift_views.gifts, name="gifts"),
    path("programme/dons/noter/", gift_views.new_gifts, name="new_gifts"),
    path("programme/enveloppes/nouvelle/", views.new_envelope, name="new_envelope"),
    path("programme/enveloppes/<int:pk>/", views.envelope, name="envelope"),
    path("programme/enveloppes/<int:pk>/contribuer/", views.contribute, name="contribute"),
    path("programme/enveloppes/<int:pk>/deleguer/", delegation_views.delegate, name="delegate"),
    path("programme/enveloppes/<int:pk>/rendre/", delegation_views.give_back, name="give_back"),
]
