"""Addresses of the activities of a chain and of the people who take part."""

from django.urls import path

from ensemblier.chain.activities import people_views, views

app_name = "activities"
urlpatterns = [
    path("filiere/<slug:slug>/activites/", views.index, name="list"),
    path("filiere/<slug:slug>/activites/creer/", views.new, name="new"),
    path("filiere/<slug:slug>/activites/personnes/", people_views.people, name="people"),
    path(
        "filiere/<slug:slug>/activites/personnes/ajouter/",
        people_views.add_participant,
        name="add_participant",
    ),
    path("filieres/activites/<int:pk>/", views.detail, name="detail"),
    path("filieres/activites/<int:pk>/deplacer/", views.move, name="move"),
    path("filieres/activites/<int:pk>/convention/", views.agreement, name="agreement"),
    path("filieres/activites/<int:pk>/annuler/", views.cancel, name="cancel"),
    path("filieres/activites/<int:pk>/terminer/", views.finish, name="finish"),
    path("filieres/activites/<int:pk>/servir/", views.serve, name="serve"),
    path("filieres/activites/<int:pk>/inscrire/", people_views.sign_up, name="sign_up"),
    path("filieres/activites/<int:pk>/heures/", people_views.hours, name="hours"),
    path("filieres/personnes/<int:pk>/effacer/", people_views.erase, name="erase"),
]
