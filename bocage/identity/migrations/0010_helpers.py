from typing import Any

from django.db import migrations, models


def members_who_helped(apps: Any, schema_editor: Any) -> None:
    """Until now any member of an organisation used its mandates: those of organisations that hold some still do."""
    memberships = apps.get_model("identity", "OrganisationMembership")
    holders = apps.get_model("identity", "Mandate").objects.filter(holder_organisation__isnull=False)
    memberships.objects.filter(organisation__in=holders.values("holder_organisation")).update(is_helper=True)


class Migration(migrations.Migration):
    dependencies = [("identity", "0009_merging")]

    operations = [
        migrations.AddField(
            model_name="organisationmembership",
            name="is_helper",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(members_who_helped, migrations.RunPython.noop),
    ]
