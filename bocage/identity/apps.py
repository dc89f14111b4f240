"""Django's view of this app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Names the app to Django, and listens to django-allauth."""

    name = "bocage.identity"
    label = "identity"
    verbose_name = "Identité"

    def ready(self) -> None:
        """Connect the receivers; keep the keys that sign, once read."""
        from bocage.identity import signals, sittings  # noqa: F401
        from bocage.identity.provider import keys

        keys.keep_read()
