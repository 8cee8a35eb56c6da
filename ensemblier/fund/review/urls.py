"""Addresses of the desk."""

from django.urls import path

from ensemblier.fund.review import views

app_name = "review"
urlpatterns = [
    path("instruction/", views.inbox, name="inbox"),
    path("instruction/<str:number>/", views.file, name="file"),
    path("instruction/<str:number>/prendre/", views.take, name="take"),
    path("instruction/<str:number>/rejoindre/", views.join, name="join"),
    path("instruction/<str:number>/avis/", views.opinion, name="opinion"),
    path("instruction/<str:number>/complements/", views.complement, name="complement"),
    path("instruction/<str:number>/reponse/", views.answer, name="answer"),
    path("instruction/<str:number>/proposer/", views.propose, name="propose"),
    path("instruction/<str:number>/renvoyer/", views.send_back, name="send_back"),
]
