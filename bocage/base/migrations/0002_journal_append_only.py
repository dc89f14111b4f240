"""The journal is append-only in the database itself: an event only ever gains its place in the chain, once.

A later migration that alters ``base_event`` on SQLite rebuilds the table and loses its triggers: such a migration ends
with ``RunPython(install, remove)`` again (tests/base/test_journal.py sees to it).
"""

from django.db import migrations

COLUMNS = ("id", "stream", "kind", "subject", "actor", "on_behalf_of", "channel", "at", "digest")

SQLITE = (
    "CREATE TRIGGER base_event_no_change BEFORE UPDATE ON base_event WHEN NOT (OLD.seq IS NULL AND "
    + " AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in COLUMNS)
    + ") BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    "CREATE TRIGGER base_event_no_delete BEFORE DELETE ON base_event"
    " BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
)
POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION base_event_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER base_event_no_change BEFORE UPDATE ON base_event FOR EACH ROW WHEN (NOT (OLD.seq IS NULL AND "
    + " AND ".join(f'NEW."{name}" IS NOT DISTINCT FROM OLD."{name}"' for name in COLUMNS)
    + ")) EXECUTE FUNCTION base_event_kept()",
    "CREATE TRIGGER base_event_no_delete BEFORE DELETE ON base_event FOR EACH ROW EXECUTE FUNCTION base_event_kept()",
)


def install(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def remove(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for name in ("base_event_no_change", "base_event_no_delete"):
        schema_editor.execute(f"DROP TRIGGER {name}" + (" ON base_event" if postgresql else ""))
    if postgresql:
        schema_editor.execute("DROP FUNCTION base_event_kept()")


class Migration(migrations.Migration):
    dependencies = [("base", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
