"""In which of their capacities someone acted. The journal's triggers keep that column too."""

from importlib import import_module

from django.db import migrations, models

before = import_module("bocage.base.migrations.0002_journal_append_only")
COLUMNS = (*before.COLUMNS, "hat")

SQLITE = (
    "CREATE TRIGGER base_event_no_change BEFORE UPDATE ON base_event WHEN NOT (OLD.seq IS NULL AND "
    + " AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in COLUMNS)
    + ") BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    before.SQLITE[1],
)
POSTGRESQL = (
    before.POSTGRESQL[0],
    "CREATE TRIGGER base_event_no_change BEFORE UPDATE ON base_event FOR EACH ROW WHEN (NOT (OLD.seq IS NULL AND "
    + " AND ".join(f'NEW."{name}" IS NOT DISTINCT FROM OLD."{name}"' for name in COLUMNS)
    + ")) EXECUTE FUNCTION base_event_kept()",
    before.POSTGRESQL[2],
)


def install(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("base", "0003_outbox_abandoned")]
    operations = [
        migrations.RunPython(before.remove, before.install),
        migrations.AddField(
            model_name="event",
            name="hat",
            field=models.CharField(blank=True, db_default="", default="", max_length=30),
        ),
        migrations.RunPython(install, before.remove),
    ]
