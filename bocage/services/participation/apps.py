"""Django's view of this app."""

from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.services.participation"
    label = "participation"
    verbose_name = "Participation"
