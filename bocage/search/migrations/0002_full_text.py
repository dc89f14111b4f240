"""Full-text indexes of the two databases, over the tables of 0001."""

from django.db import migrations

from bocage.search import schema


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: schema.ensure(editor.connection),
            lambda apps, editor: schema.drop(editor.connection),
        )
    ]
