"""Addresses of decisions."""

from django.urls import path

from ensemblier.fund.decisions import draft_views, letter_views, scenario_views, views

app_name = "decisions"
urlpatterns = [
    path("decisions/", views.inbox, name="inbox"),
    path("decisions/projets/", draft_views.drafts, name="drafts"),
    path("decisions/projets/signer/", draft_views.sign_many, name="sign_many"),
    path("decisions/scenarios/", scenario_views.calls, name="calls"),
    path("decisions/scenarios/<slug:slug>/", scenario_views.side_by_side, name="scenarios"),
    path("decisions/scenarios/<slug:slug>/nouveau/", scenario_views.new, name="scenario_new"),
    path("decisions/scenarios/<slug:slug>/tableau.csv", scenario_views.table, name="table"),
    path("decisions/scenario/<int:pk>/", scenario_views.one, name="scenario"),
    path("decisions/scenario/<int:pk>/preparer/", scenario_views.prepare, name="prepare"),
    path("decisions/scenario/<int:pk>/supprimer/", scenario_views.remove, name="remove"),
    path("decisions/ajustement/<int:pk>/enlever/", scenario_views.release, name="release"),
    path("decisions/lettres/", letter_views.words, name="words"),
    path("decisions/lettres/<slug:kind>/", letter_views.rewrite, name="rewrite"),
    path("decisions/delegations/", letter_views.delegate, name="delegations"),
    path("decisions/observations/<int:pk>/", letter_views.notice, name="notice"),
    path("decisions/<str:number>/", views.decide, name="decide"),
    path("decisions/<str:number>/lettre/", views.letter, name="letter"),
    path("decisions/<str:number>/notifier/", draft_views.notify, name="notify"),
    path("decisions/<str:number>/retirer/", draft_views.withdraw, name="withdraw"),
    path("decisions/<str:number>/observations/", letter_views.notice_new, name="notice_new"),
]
