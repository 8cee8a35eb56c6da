"""Addresses of what is printed."""

from django.urls import path

from ensemblier.fund.printing import views

app_name = "printing"
urlpatterns = [
    path("dossiers/<slug:number>/imprimer/", views.menu, name="menu"),
    path("dossiers/<slug:number>/imprimer/dossier.pdf", views.whole, name="whole"),
    path("dossiers/<slug:number>/imprimer/dossier.zip", views.zipped, name="zip"),
    path("dossiers/<slug:number>/imprimer/<slug:key>.<slug:kind>", views.form, name="form"),
    path("impression/modeles/", views.templates, name="templates"),
    path("impression/modeles/nouveau/", views.template, name="template"),
    path("impression/modeles/<int:pk>/proposer/", views.offer, name="offer"),
]
