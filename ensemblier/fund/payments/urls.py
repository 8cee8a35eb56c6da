"""Addresses of payments."""

from django.urls import path

from ensemblier.fund.payments import views

app_name = "payments"
urlpatterns = [
    path("versements/", views.index, name="inbox"),
    path("versements/echeances/<int:pk>/certifier/", views.certify, name="certify"),
    path("versements/<int:pk>/payer/", views.pay, name="pay"),
    path("versements/<int:pk>/annuler/", views.void, name="void"),
    path("conventions/<str:number>/versements/", views.agreement, name="agreement"),
    path("conventions/<str:number>/reversement/", views.refund, name="refund"),
    path("conventions/<str:number>/clore/", views.close, name="close"),
]
