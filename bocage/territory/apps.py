"""Django's view of this app."""

from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.territory"
    label = "territory"
    verbose_name = "Territoire"
