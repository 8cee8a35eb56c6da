"""Declares the books pages to Django, for the templates."""

from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "ensemblier.web.books"
    label = "books"
    verbose_name = "Livre"
