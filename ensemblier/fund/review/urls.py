"""Addresses of the desk."""

from django.urls import path

from ensemblier.fund.review import file_views, inbox_views, views

app_name = "review"
urlpatterns = [
    path("instruction/", inbox_views.inbox, name="inbox"),
    path("instruction/charge/", inbox_views.work, name="workload"),
    path("instruction/lot/", inbox_views.several, name="several"),
    path("instruction/vues/", inbox_views.save_view, name="save_view"),
    path("instruction/vues/<int:pk>/retirer/", inbox_views.drop_view, name="drop_view"),
    path("expertise/<str:token>/", file_views.expert, name="expert"),
    path("instruction/<str:number>/", views.file, name="file"),
    path("instruction/<str:number>/declaration/", file_views.declare, name="declare"),
    path("instruction/<str:number>/declarations/<int:pk>/lever/", file_views.lift, name="lift"),
    path("instruction/<str:number>/messages/", file_views.messages_of, name="thread"),
    path("instruction/<str:number>/messages/lus/", file_views.mark_read, name="mark_read"),
    path("instruction/<str:number>/prendre/", views.take, name="take"),
    path("instruction/<str:number>/attribuer/", file_views.assign, name="assign"),
    path("instruction/<str:number>/rejoindre/", views.join, name="join"),
    path("instruction/<str:number>/avis/", views.opinion, name="opinion"),
    path("instruction/<str:number>/avis/reviser/", views.revise, name="revise"),
    path("instruction/<str:number>/conciliation/", views.reconcile, name="reconcile"),
    path("instruction/<str:number>/experts/", file_views.invite_expert, name="invite_expert"),
    path(
        "instruction/<str:number>/experts/<int:pk>/annuler/",
        file_views.withdraw_expert,
        name="withdraw_expert",
    ),
    path("instruction/<str:number>/visites/", file_views.visits_of, name="visits"),
    path("instruction/<str:number>/visites/<int:pk>/", file_views.visit, name="visit"),
    path("instruction/<str:number>/complements/", views.complement, name="complement"),
    path("instruction/<str:number>/reponse/", views.answer, name="answer"),
    path("instruction/<str:number>/proposer/", views.propose, name="propose"),
    path("instruction/<str:number>/renvoyer/", views.send_back, name="send_back"),
]
