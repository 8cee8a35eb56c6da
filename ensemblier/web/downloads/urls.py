"""Address of stored files."""

from django.urls import re_path

from ensemblier.web.downloads import views

app_name = "downloads"
urlpatterns = [
    re_path(r"^fichiers/(?P<name>[0-9a-f]{32})/$", views.download, name="download"),
]
