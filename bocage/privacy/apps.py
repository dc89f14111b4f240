"""Django's view of this app."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.privacy"
    label = "privacy"
    verbose_name = "Données personnelles"
