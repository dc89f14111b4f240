"""Django's view of this app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.portal"
    label = "portal"
    verbose_name = "Portail"
