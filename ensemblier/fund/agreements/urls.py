"""Addresses of agreements."""

from django.urls import path

from ensemblier.fund.agreements import (
    amendment_views,
    follow_views,
    paper_views,
    recovery_views,
    text_views,
    views,
    wording_views,
)

app_name = "agreements"
urlpatterns = [
    path("conventions/", views.index, name="list"),
    path("conventions/modeles/", wording_views.wordings, name="wordings"),
    path(
        "conventions/modeles/<str:kind>/<slug:code>/",
        wording_views.article_template,
        name="article_template",
    ),
    path("conventions/preparer/<str:number>/", views.prepare, name="prepare"),
    path("conventions/papier/<str:code>/", paper_views.by_code, name="by_code"),
    path("conventions/exemplaire/<int:pk>/", paper_views.check_scan, name="check_scan"),
    path("conventions/partie/<int:pk>/retirer/", text_views.take_out, name="take_out"),
    path("conventions/cofinancement/<int:pk>/", follow_views.paid, name="party_paid"),
    path("conventions/echeance/<int:pk>/ouvrir/", follow_views.evidence, name="evidence"),
    path("conventions/justificatif/<int:pk>/", follow_views.check_evidence, name="check_evidence"),
    path("conventions/suspension/<int:pk>/lever/", follow_views.lift, name="lift"),
    path("conventions/indicateur/<int:pk>/mesurer/", follow_views.measure, name="measure"),
    path("conventions/aides/<int:pk>/", follow_views.aids, name="aids"),
    path("conventions/avenant/<int:pk>/", amendment_views.amendment, name="amendment"),
    path(
        "conventions/avenant/<int:pk>/envoyer/",
        amendment_views.send_amendment,
        name="send_amendment",
    ),
    path(
        "conventions/avenant/<int:pk>/signer/",
        amendment_views.sign_amendment,
        name="sign_amendment",
    ),
    path("conventions/avenant/<int:pk>/abandonner/", amendment_views.abandon, name="abandon"),
    path("conventions/reversement/<int:pk>/", recovery_views.recovery, name="recovery"),
    path("conventions/reversement/<int:pk>/entendre/", recovery_views.hear, name="hear"),
    path("conventions/reversement/<int:pk>/abandonner/", recovery_views.drop, name="drop"),
    path("conventions/<str:number>/", views.detail, name="detail"),
    path("conventions/<str:number>/envoyer/", views.send, name="send"),
    path("conventions/<str:number>/signer/", views.sign, name="sign"),
    path("conventions/<str:number>/texte/", text_views.text, name="text"),
    path("conventions/<str:number>/texte/<slug:code>/", text_views.article, name="article"),
    path("conventions/<str:number>/partie/", text_views.party, name="party"),
    path("conventions/<str:number>/indicateur/", text_views.indicator, name="indicator"),
    path("conventions/<str:number>/annexe/", text_views.annex, name="annex"),
    path("conventions/<str:number>/exemplaire/", paper_views.scan, name="scan"),
    path("conventions/<str:number>/suspendre/", follow_views.suspend, name="suspend"),
    path("conventions/<str:number>/avenant/", amendment_views.amend, name="amend"),
    path("conventions/<str:number>/manquement/", recovery_views.find, name="find"),
]
