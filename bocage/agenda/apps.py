"""Django's view of this app."""

from django.apps import AppConfig


class AgendaConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.agenda"
    label = "agenda"
    verbose_name = "Agenda"
