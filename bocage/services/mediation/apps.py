"""Django's view of this app."""

from django.apps import AppConfig


class MediationConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.services.mediation"
    label = "mediation"
    verbose_name = "Inclusion numérique"
