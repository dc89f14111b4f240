"""Django's view of this app."""

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.publishing"
    label = "publishing"
    verbose_name = "Pages et actualités"
