"""Django's view of this app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.identity"
    label = "identity"
    verbose_name = "Identité"
