"""Addresses of the boards."""

from django.urls import path

from ensemblier.fund.boards import audit_views, views

app_name = "boards"
urlpatterns = [
    path("pilotage/", views.officer, name="officer"),
    path("pilotage/dossiers/", views.rows, name="rows"),
    path("pilotage/reponse/", views.answer, name="answer"),
    path("pilotage/instruction/", views.instructor, name="instructor"),
    path("pilotage/reseau/", views.network, name="network"),
    path("attendu/", views.owed, name="owed"),
    path("audit/", audit_views.audit, name="audit"),
    path("audit/echantillon/", audit_views.sample, name="sample"),
    path("audit/versement/<int:pk>/", audit_views.evidence, name="evidence"),
]
