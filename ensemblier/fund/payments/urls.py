"""Addresses of payments."""

from django.urls import path

from ensemblier.fund.payments import (
    account_views,
    bank_views,
    chorus_views,
    file_views,
    queue_views,
    recovery_views,
    views,
    where_views,
)

app_name = "payments"
urlpatterns = [
    path("reversements/<int:pk>/decider/", recovery_views.order, name="order_recovery"),
    path("reversements/<int:pk>/annuler/", recovery_views.cancel, name="cancel_recovery"),
    path("reversements/etape/<int:pk>/", recovery_views.give_back, name="give_back"),
    path("versements/", queue_views.index, name="inbox"),
    path("versements/certifier/", queue_views.certify_many, name="certify_many"),
    path("versements/echeances/<int:pk>/certifier/", views.certify, name="certify"),
    path("versements/<int:pk>/payer/", views.pay, name="pay"),
    path("versements/<int:pk>/annuler/", views.void, name="void"),
    path("versements/<int:pk>/revenu/", views.come_back, name="come_back"),
    path("versements/chorus/", chorus_views.extracts, name="extracts"),
    path("versements/chorus/<int:pk>/", chorus_views.extract, name="extract"),
    path("versements/chorus/<int:pk>/appliquer/", chorus_views.apply, name="apply_extract"),
    path("versements/chorus/<int:pk>/defaire/", chorus_views.undo_extract, name="undo_extract"),
    path("versements/etapes/<int:pk>/defaire/", chorus_views.undo, name="undo_step"),
    path("virements/", file_views.files, name="files"),
    path("virements/payeur/<int:pk>/nouveau/", file_views.make_file, name="make_file"),
    path("virements/payeur/<int:pk>/retours/", bank_views.bank_reports_of, name="bank_reports"),
    path("virements/retours/<int:pk>/", bank_views.bank_report, name="bank_report"),
    path("virements/retours/<int:pk>/appliquer/", bank_views.apply, name="apply_bank_report"),
    path("virements/ordres/<int:pk>/revenu/", file_views.order_back, name="order_back"),
    path("virements/<int:pk>/", file_views.file, name="file"),
    path("virements/<int:pk>/prendre/", file_views.fetch, name="fetch_file"),
    path("virements/<int:pk>/envoyer/", file_views.send, name="send_file"),
    path("virements/<int:pk>/annuler/", file_views.ask_cancel, name="ask_cancel"),
    path("virements/<int:pk>/annulation/", file_views.settle_cancel, name="settle_cancel"),
    path("virements/<int:pk>/garder/", file_views.keep, name="keep_file"),
    path("organisations/<int:pk>/comptes/", account_views.accounts, name="accounts"),
    path("organisations/<int:pk>/comptes/nouveau/", account_views.account_new, name="account_new"),
    path("comptes/<int:pk>/confirmer/", account_views.account_confirm, name="account_confirm"),
    path("comptes/<int:pk>/arreter/", account_views.account_stop, name="account_stop"),
    path("comptes/<int:pk>/afficher/", account_views.account_reveal, name="account_reveal"),
    path("dossiers/<str:number>/argent/", where_views.where, name="where"),
    path("conventions/<str:number>/versements/", views.agreement, name="agreement"),
    path("conventions/<str:number>/chorus/", chorus_views.record, name="record_step"),
    path("conventions/<str:number>/reversement/", views.refund, name="refund"),
    path("conventions/<str:number>/clore/", views.close, name="close"),
]
