"""Addresses of the books and the journal."""

from django.urls import path

from ensemblier.web.books import views

app_name = "books"
urlpatterns = [
    path("livre/", views.index, name="index"),
    path("livre/<int:pk>/", views.account, name="account"),
    path("journal/", views.journal, name="journal"),
    path("journal/refus/", views.refusals, name="refusals"),
]
