"""Every address of the site, one line per concept."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("territoires/", include("ensemblier.web.territories")),
]
