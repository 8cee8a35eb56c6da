"""Addresses of the documents of a chain, their settlements and bank statements."""

from django.urls import path

from ensemblier.chain.billing import bank_views, receiving_views, till_views, views, writing_views

app_name = "billing"
urlpatterns = [
    path("filiere/<slug:slug>/pieces/", views.index, name="list"),
    path("filiere/<slug:slug>/pieces/restes/", views.owed, name="owed"),
    path("filiere/<slug:slug>/pieces/mois/", writing_views.month, name="month"),
    path("filiere/<slug:slug>/pieces/facturer/", writing_views.invoice, name="invoice"),
    path("filiere/<slug:slug>/pieces/appeler/", writing_views.call, name="call"),
    path("filiere/<slug:slug>/pieces/livrer/", writing_views.delivery, name="delivery"),
    path("filiere/<slug:slug>/pieces/recu-fiscal/", writing_views.receipt, name="receipt"),
    path("filiere/<slug:slug>/pieces/mandat/", writing_views.mandate, name="mandate"),
    path("filiere/<slug:slug>/pieces/banque/", bank_views.bank, name="bank"),
    path("filiere/<slug:slug>/pieces/caisse/", till_views.till, name="till"),
    path("filiere/<slug:slug>/pieces/cloture/", till_views.close_month, name="close_month"),
    path("filiere/<slug:slug>/pieces/recevoir/", receiving_views.receive, name="receive"),
    path("filieres/pieces/<int:pk>/", views.detail, name="detail"),
    path("filieres/pieces/<int:pk>/pdf/", views.as_pdf, name="pdf"),
    path("filieres/pieces/<int:pk>/xml/", views.as_xml, name="xml"),
    path("filieres/pieces/<int:pk>/csv/", views.as_csv, name="csv"),
    path("filieres/pieces/<int:pk>/avoir/", writing_views.credit, name="credit"),
    path("filieres/pieces/<int:pk>/regler/", writing_views.settle, name="settle"),
    path("filieres/reglements/<int:pk>/annuler/", writing_views.undo, name="undo"),
    path("filieres/caisses/<int:pk>/", till_views.till_file, name="till_file"),
    path("filieres/caisses/<int:pk>/importer/", till_views.import_till, name="import_till"),
    path("filieres/releves/<int:pk>/", bank_views.statement, name="statement"),
    path("filieres/releves/<int:pk>/confirmer/", bank_views.apply, name="apply"),
]
