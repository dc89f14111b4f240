"""Django's view of this app."""

from django.apps import AppConfig


class WasteConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.services.waste"
    label = "waste"
    verbose_name = "Déchets"
