"""The tests' databases: migrated once for each state of the code. ``./test`` begins with this file, to make them."""

import pytest
from django.db import connection

from tests import databases


@pytest.mark.django_db
def test_the_snapshot_of_this_state_of_the_code_is_kept() -> None:
    """The first worker makes it; all others copy it."""
    name = databases.fingerprint()
    if connection.vendor == "sqlite":
        assert (databases.KEPT / f"{name}.sqlite3").is_file()
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [f"bocage_template_{name}"])
        assert cursor.fetchone() is not None


@pytest.mark.django_db
def test_it_holds_what_migrations_insert() -> None:
    from wagtail.models import Locale

    assert Locale.objects.exists()
