"""Addresses of juries."""

from django.urls import path

from ensemblier.fund.jury import office_views, paper_views, sitting_views, views, vote_views

app_name = "jury"
urlpatterns = [
    path("jury/", views.index, name="list"),
    path("jury/langue/", views.language, name="language"),
    path("jury/appel/<slug:slug>/reunir/", office_views.gather, name="gather"),
    path("jury/<int:pk>/", views.detail, name="detail"),
    path("jury/<int:pk>/volontaires/", office_views.volunteers, name="volunteers"),
    path("jury/<int:pk>/clore-la-liste/", office_views.close_list, name="close_list"),
    path("jury/<int:pk>/tirage/", office_views.lots, name="lots"),
    path("jury/<int:pk>/aides/", office_views.helper, name="helper"),
    path("jury/<int:pk>/langues/", office_views.languages, name="languages"),
    path("jury/<int:pk>/seances/", office_views.new_sitting, name="new_sitting"),
    path("jury/sieges/<int:pk>/remplacer/", office_views.replace, name="replace"),
    path("jury/seances/<int:pk>/", sitting_views.sitting, name="sitting"),
    path("jury/seances/<int:pk>/presents/", sitting_views.present, name="present"),
    path("jury/seances/<int:pk>/ouvrir/", sitting_views.open_vote, name="open"),
    path("jury/seances/<int:pk>/clore/", sitting_views.close_vote, name="close"),
    path("jury/seances/<int:pk>/proces-verbal/", sitting_views.minutes, name="minutes"),
    path("jury/seances/<int:pk>/resultat/", sitting_views.result, name="result"),
    path("jury/seances/<int:pk>/frais/", sitting_views.costs, name="costs"),
    path("jury/frais/<int:pk>/payer/", sitting_views.pay, name="pay"),
    path("jury/frais/<int:pk>/annuler/", sitting_views.cancel, name="cancel"),
    path("jury/seances/<int:pk>/cartes/", paper_views.printed, name="cards"),
    path("jury/seances/<int:pk>/emarger/", paper_views.sign, name="sign"),
    path("jury/seances/<int:pk>/depouiller/", paper_views.count, name="count"),
    path("jury/seances/<int:pk>/projets/", views.projects, name="projects"),
    path("jury/seances/<int:pk>/liens/", views.links, name="links"),
    path("jury/seances/<int:pk>/nouvelles/", views.news, name="news"),
    path("jury/seances/<int:pk>/recu/", views.receipt, name="receipt"),
    path("jury/seances/<int:pk>/vote/", vote_views.start, name="vote"),
    path("jury/seances/<int:pk>/vote/urne/", vote_views.urn, name="urn"),
    path("jury/seances/<int:pk>/vote/<int:number>/", vote_views.question, name="question"),
    path("jury/projets/<int:pk>/", views.card, name="card"),
    path("jury/projets/<int:pk>/noter/", views.score, name="score"),
    path("jury/projets/<int:pk>/fiche/", office_views.edit_card, name="edit_card"),
]
