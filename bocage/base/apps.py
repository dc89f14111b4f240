"""Django's view of this app."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.base"
    label = "base"
    verbose_name = "Fondations"

    def ready(self) -> None:
        """Registers the checks of the manifests."""
        from bocage.base import checks  # noqa: F401
