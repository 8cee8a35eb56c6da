"""Addresses of the atelier."""

from django.urls import path

from ensemblier.atelier import edit_views, file_views, link_views, variant_views, views

app_name = "atelier"
urlpatterns = [
    path("", views.index, name="list"),
    path("nouveau/", views.new, name="new"),
    path("modeles/<int:number>/", views.model, name="model"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/chiffres/", views.figures, name="figures"),
    path("<int:pk>/chiffres/<slug:table>/", edit_views.row, name="head"),
    path("<int:pk>/chiffres/<slug:table>/ajouter/", edit_views.row_new, name="row_new"),
    path("<int:pk>/chiffres/<slug:table>/<slug:item>/", edit_views.row, name="row"),
    path(
        "<int:pk>/chiffres/<slug:table>/<slug:item>/retirer/",
        edit_views.row_remove,
        name="row_remove",
    ),
    path("<int:pk>/texte/", edit_views.text, name="text"),
    path("<int:pk>/carte/", views.activities, name="activities"),
    path("<int:pk>/scenarios/", variant_views.scenarios, name="scenarios"),
    path("<int:pk>/versions/", variant_views.versions, name="versions"),
    path("<int:pk>/equilibre/", variant_views.balance, name="balance"),
    path("<int:pk>/commentaires/", variant_views.comments, name="comments"),
    path("<int:pk>/dossier/", link_views.budget, name="budget"),
    path("<int:pk>/dossier/choisir/", link_views.attach, name="attach"),
    path("<int:pk>/realise/", link_views.actual, name="actual"),
    path("<int:pk>/fichiers/", file_views.files, name="files"),
    path("<int:pk>/plan.ods", file_views.ods, name="ods"),
    path("<int:pk>/plan.xlsx", file_views.xlsx, name="xlsx"),
    path("<int:pk>/plan.toml", file_views.toml, name="toml"),
    path("<int:pk>/conseil.pdf", file_views.pdf, name="pdf"),
]
