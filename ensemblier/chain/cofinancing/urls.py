"""Addresses of the schemes of a chain."""

from django.urls import path

from ensemblier.chain.cofinancing import form_views, views

app_name = "cofinancing"
urlpatterns = [
    path("filiere/<slug:slug>/cofinancement/", views.index, name="list"),
    path("filiere/<slug:slug>/cofinancement/creer/", form_views.new, name="new"),
    path("filieres/cofinancement/<int:pk>/", views.detail, name="detail"),
    path("filieres/cofinancement/<int:pk>/parts/", views.parts, name="parts"),
    path("filieres/cofinancement/<int:pk>/regle/", form_views.edit, name="edit"),
    path("filieres/cofinancement/<int:pk>/essai/", form_views.preview, name="preview"),
    path("filieres/cofinancement/<int:pk>/payeurs/nommer/", form_views.name_payer, name="payer"),
    path("filieres/cofinancement/<int:pk>/publier/", form_views.publish, name="publish"),
    path("filieres/cofinancement/<int:pk>/droits/ouvrir/", form_views.entitle, name="entitle"),
    path("filieres/cofinancement/versions/<int:pk>/", views.version, name="version"),
    path("filieres/cofinancement/lignes/<int:pk>/", views.why, name="why"),
]
