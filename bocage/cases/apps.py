"""Django's view of this app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.cases"
    label = "cases"
    verbose_name = "Démarches et dossiers"
