"""Addresses of reports, evaluations and end sheets."""

from django.urls import path

from ensemblier.fund.monitoring import file_views, views, voice_views

app_name = "monitoring"
urlpatterns = [
    path("conventions/<str:number>/bilans/", views.index, name="list"),
    path("conventions/<str:number>/bilans/commencer/", views.start, name="start"),
    path("conventions/<str:number>/fonds-dedies/", file_views.fund, name="fund"),
    path("conventions/<str:number>/fonds-dedies/emploi/", file_views.use, name="use"),
    path("conventions/<str:number>/evaluation/", voice_views.evaluation, name="evaluation"),
    path("conventions/<str:number>/evaluation/ouvrir/", voice_views.open_evaluation, name="open"),
    path("conventions/<str:number>/evaluation/avis/", voice_views.marks, name="marks"),
    path("conventions/<str:number>/evaluation/personnes/", voice_views.people, name="people"),
    path("conventions/<str:number>/evaluation/terminer/", voice_views.end, name="end"),
    path("conventions/<str:number>/fiche/", voice_views.sheet, name="sheet"),
    path("conventions/<str:number>/fiche/preparer/", voice_views.draft, name="draft_sheet"),
    path("conventions/<str:number>/fiche/enregistrer/", voice_views.save_sheet, name="save_sheet"),
    path(
        "conventions/<str:number>/fiche/publier/", voice_views.publish_sheet, name="publish_sheet"
    ),
    path(
        "conventions/<str:number>/fiche/retirer/", voice_views.withdraw_sheet, name="withdraw_sheet"
    ),
    path("bilans/<int:pk>/", views.report, name="report"),
    path("bilans/<int:pk>/enregistrer/", views.save, name="save"),
    path("bilans/<int:pk>/controler/", views.check, name="check"),
    path("bilans/<int:pk>/pdf/", file_views.pdf, name="pdf"),
    path("bilans/<int:pk>/factures/", file_views.invoice_list, name="invoices"),
    path("bilans/<int:pk>/factures/ajouter/", file_views.declare, name="declare"),
    path("bilans/factures/<int:pk>/retirer/", file_views.withdraw, name="withdraw"),
]
