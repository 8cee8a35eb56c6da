"""Addresses of framework programmes."""

from django.urls import path

from ensemblier.fund.frameworks import answer_views, money_views, views

app_name = "frameworks"
urlpatterns = [
    path("cadres/", views.programmes, name="programmes"),
    path("ma-part/<str:token>/", answer_views.confirm_share, name="confirm"),
    path("cadres/parts/<int:pk>/", money_views.share, name="share"),
    path("cadres/parts/<int:pk>/modifier/", views.share_edit, name="share_edit"),
    path("cadres/parts/<int:pk>/retirer/", views.share_remove, name="share_remove"),
    path("cadres/parts/<int:pk>/demander/", views.share_ask, name="share_ask"),
    path("cadres/parts/<int:pk>/repondre/", answer_views.answer, name="answer"),
    path("cadres/parts/<int:pk>/noter/", views.score, name="score"),
    path("cadres/parts/<int:pk>/depense/", money_views.draw, name="draw"),
    path("cadres/depenses/<int:pk>/controler/", money_views.check, name="check"),
    path("cadres/transferts/<int:pk>/repondre/", money_views.give, name="give"),
    path("dossiers/<slug:number>/cadre/", views.detail, name="detail"),
    path("dossiers/<slug:number>/cadre/commencer/", views.start, name="start"),
    path("dossiers/<slug:number>/cadre/date/", views.change_day, name="day"),
    path("dossiers/<slug:number>/cadre/membre/", views.share_new, name="share_new"),
    path("dossiers/<slug:number>/cadre/garantie/", views.guarantee, name="guarantee"),
    path("dossiers/<slug:number>/cadre/signer/", views.sign, name="sign"),
    path("dossiers/<slug:number>/cadre/critere/", views.criterion, name="criterion"),
    path("dossiers/<slug:number>/cadre/partager/", money_views.open_shares, name="open"),
    path("dossiers/<slug:number>/cadre/suivi/", money_views.live, name="live"),
    path("dossiers/<slug:number>/cadre/transfert/", money_views.propose, name="propose"),
]
