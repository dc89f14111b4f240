"""Django's view of this app."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.messaging"
    label = "messaging"
    verbose_name = "Avis et courriers"
