"""A decision may lead to a state that is not final: its outcome is then that state's id, 40 characters as all ids."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0017_mailbox"),
    ]

    operations = [
        migrations.AlterField(
            model_name="decision",
            name="outcome",
            field=models.CharField(max_length=40),
        ),
    ]
