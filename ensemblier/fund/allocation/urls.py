"""Addresses of sharings."""

from django.urls import path

from ensemblier.fund.allocation import views

app_name = "allocation"
urlpatterns = [
    path("jury/seances/<int:pk>/partager/", views.share, name="share"),
    path("jury/seances/<int:pk>/choisis/", views.for_jurors, name="for_jurors"),
    path("jury/repartitions/<int:pk>/", views.run, name="run"),
    path("jury/repartitions/<int:pk>/entrees.toml", views.inputs, name="inputs"),
    path("jury/repartitions/<int:pk>/resultat.json", views.result, name="result"),
    path("jury/pourquoi/<str:number>/", views.why, name="why"),
    path("jury/pourquoi/<str:number>/explication.pdf", views.why_paper, name="why_pdf"),
]
