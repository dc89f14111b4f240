"""The one row that Wagtail installs in English where agents read it: the approval of the Moderators, named in French.

Only while it is still called as Wagtail called it: a name that someone gave stays.
"""

from django.db import migrations

ENGLISH, FRENCH = "Moderators approval", "Relecture par les modérateurs"


def _rename(apps, old, new):
    for model in ("Workflow", "Task"):
        apps.get_model("wagtailcore", model).objects.filter(name=old).update(name=new)


def to_french(apps, schema_editor):
    _rename(apps, ENGLISH, FRENCH)


def to_english(apps, schema_editor):
    _rename(apps, FRENCH, ENGLISH)


class Migration(migrations.Migration):
    dependencies = [("publishing", "0002_typographic_apostrophes"), ("wagtailcore", "0048_add_default_workflows")]

    operations = [migrations.RunPython(to_french, to_english)]
