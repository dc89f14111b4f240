"""Django's view of this app."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.ui"
    label = "ui"
    verbose_name = "Charte"
