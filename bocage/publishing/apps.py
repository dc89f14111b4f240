"""Django's view of this app."""

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """Names the app to Django, and keeps the public index true to the pages."""

    name = "bocage.publishing"
    label = "publishing"
    verbose_name = "Pages et actualités"

    def ready(self) -> None:
        """Listen to Wagtail."""
        from bocage.publishing import signals

        signals.connect()
