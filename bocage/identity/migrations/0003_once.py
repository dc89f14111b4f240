"""An open post is held once, an absence said once: doubles made by pressing twice are merged first."""

from django.db import migrations, models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce


def merge_doubles(apps, schema_editor):
    """Of the same open posts, keep the one that began first, with the titles of the others where it has none."""
    Post, Absence = apps.get_model("identity", "Post"), apps.get_model("identity", "Absence")
    kept = {}
    for post in Post.objects.filter(ends=None).order_by("starts", "pk"):
        key = (post.account_id, post.role, post.service, post.commune_id, post.organisation_id)
        first = kept.setdefault(key, post)
        if first is post:
            continue
        for name in ("title", "delegation"):
            setattr(first, name, getattr(first, name) or getattr(post, name))
        first.save(update_fields=["title", "delegation"])
        post.delete()
    said = set()
    for absence in Absence.objects.order_by("pk"):
        key = (absence.account_id, absence.substitute_id, absence.starts, absence.ends)
        if key in said:
            absence.delete()
        said.add(key)


class Migration(migrations.Migration):
    """First the doubles, then what forbids them."""

    dependencies = [
        ("identity", "0002_account_email_once"),
    ]

    operations = [
        migrations.RunPython(merge_doubles, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(
                models.F("account"),
                models.F("role"),
                models.F("service"),
                Coalesce("commune", Value(0)),
                Coalesce("organisation", Value(0)),
                condition=Q(ends=None),
                name="post_held_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.UniqueConstraint(
                models.F("account"), models.F("substitute"), models.F("starts"), models.F("ends"),
                name="absence_said_once",
            ),
        ),
    ]
