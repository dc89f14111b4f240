"""Django's view of this app."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.desk"
    label = "desk"
    verbose_name = "Bureau"
