"""Django's view of this app."""

from django.apps import AppConfig

from bocage.base import errors


class TerritoryConfig(AppConfig):
    """Names the app to Django, and the house to error pages."""

    name = "bocage.territory"
    label = "territory"
    verbose_name = "Territoire"

    def ready(self) -> None:
        """Models are there: error pages may ask whose site this is."""
        errors.house_told_by(_house)


def _house() -> errors.House:
    """The territory, as one says it, and its telephone. Raises Territory.DoesNotExist before its import."""
    from bocage.territory.queries import short_name, territory

    return errors.House(short_name(), territory().phone)
