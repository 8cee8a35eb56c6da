"""Django application: the e-mails that each account wants."""

from django.apps import AppConfig


class PreferencesConfig(AppConfig):
    name = "ensemblier.web.preferences"
    label = "preferences"
    verbose_name = "Courriels choisis"
