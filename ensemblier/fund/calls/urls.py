"""Addresses of the calls."""

from django.urls import path

from ensemblier.fund.calls import college_views, publication_views, rule_views, views

app_name = "calls"
urlpatterns = [
    path("appels/", views.index, name="list"),
    path("appels/nouveau/", views.new, name="new"),
    path("appels/<slug:slug>/", views.detail, name="detail"),
    path("appels/<slug:slug>/modifier/", views.edit, name="edit"),
    path("appels/<slug:slug>/depenses/", views.expenses, name="expenses"),
    path("appels/<slug:slug>/grille/", rule_views.grid, name="grid"),
    path("appels/<slug:slug>/pieces/", rule_views.papers, name="papers"),
    path("appels/<slug:slug>/guichets/", rule_views.offices, name="desks"),
    path("appels/<slug:slug>/jury/", college_views.jury, name="colleges"),
    path("appels/<slug:slug>/questions/", rule_views.question_list, name="questions"),
    path("appels/<slug:slug>/questions/ajouter/", rule_views.question_new, name="question_new"),
    path("appels/<slug:slug>/questions/<slug:code>/", rule_views.question, name="question"),
    path(
        "appels/<slug:slug>/questions/<slug:code>/deplacer/",
        rule_views.question_move,
        name="question_move",
    ),
    path(
        "appels/<slug:slug>/questions/<slug:code>/retirer/",
        rule_views.question_remove,
        name="question_remove",
    ),
    path("appels/<slug:slug>/apercu/", publication_views.preview, name="preview"),
    path("appels/<slug:slug>/publier/", publication_views.publish, name="publish"),
    path("appels/<slug:slug>/regles.json", publication_views.rules_file, name="rules"),
    path("appels/<slug:slug>/avis/", publication_views.notice, name="notice"),
    path("appels/<slug:slug>/copier/", publication_views.copy, name="copy"),
]
