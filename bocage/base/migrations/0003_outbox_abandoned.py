"""A person may give up an effect for good; the column itself does not change."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('base', '0002_journal_append_only'),
    ]

    operations = [
        migrations.AlterField(
            model_name='outbox',
            name='state',
            field=models.CharField(choices=[('pending', 'Pending'), ('leased', 'Leased'), ('done', 'Done'), ('uncertain', 'Uncertain'), ('dead', 'Dead'), ('abandoned', 'Abandoned')], default='pending', max_length=10),
        ),
    ]
