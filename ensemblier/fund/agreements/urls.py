"""Addresses of agreements."""

from django.urls import path

from ensemblier.fund.agreements import views

app_name = "agreements"
urlpatterns = [
    path("conventions/", views.index, name="list"),
    path("conventions/preparer/<str:number>/", views.prepare, name="prepare"),
    path("conventions/<str:number>/", views.detail, name="detail"),
    path("conventions/<str:number>/envoyer/", views.send, name="send"),
    path("conventions/<str:number>/signer/", views.sign, name="sign"),
]
