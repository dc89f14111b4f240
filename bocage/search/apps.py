"""Django's view of this app."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class SearchConfig(AppConfig):
    """Names the app to Django, and keeps its full-text indexes whole after every migration."""

    name = "bocage.search"
    label = "search"
    verbose_name = "Recherche"

    def ready(self) -> None:
        """Listen to the end of ``migrate``."""
        post_migrate.connect(_keep_indexes, sender=self, dispatch_uid="bocage.search.schema")


def _keep_indexes(using: str, plan: Any = None, **_: object) -> None:
    from bocage.search import schema

    connection = connections[using]
    # Migrating back to before this app's tables: there is nothing to keep.
    if schema.ENTRIES.table in connection.introspection.table_names():
        schema.ensure(connection)
