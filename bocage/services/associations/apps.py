"""Django's view of this app."""

from django.apps import AppConfig


class AssociationsConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.services.associations"
    label = "associations"
    verbose_name = "Vie associative"
