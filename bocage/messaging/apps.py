"""Django's view of this app."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Names the app to Django, registers its system checks."""

    name = "bocage.messaging"
    label = "messaging"
    verbose_name = "Avis et courriers"

    def ready(self) -> None:
        """Register the checks."""
        from bocage.messaging import checks  # noqa: F401
