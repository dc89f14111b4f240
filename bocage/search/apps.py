"""Django's view of this app."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.search"
    label = "search"
    verbose_name = "Recherche"
