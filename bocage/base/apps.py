"""Django's view of this app."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.base"
    label = "base"
    verbose_name = "Fondations"

    def ready(self) -> None:
        """Registers the checks of the manifests and the parts of addresses."""
        from bocage.base import checks, converters  # noqa: F401
