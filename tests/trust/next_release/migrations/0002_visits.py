"""A table more, filled, then held by a constraint."""

import django.db.models.deletion
from django.db import migrations, models

from tests.trust.next_release.elsewhere import ATOMIC, visit_each


class Migration(migrations.Migration):
    atomic = ATOMIC
    dependencies = [("next_release", "0001_notes")]
    operations = [
        migrations.CreateModel(
            "Visit",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("cents", models.BigIntegerField(default=0)),
                (
                    "organisation",
                    models.ForeignKey(
                        "people.organisation", on_delete=django.db.models.deletion.PROTECT
                    ),
                ),
            ],
        ),
        migrations.RunPython(visit_each, migrations.RunPython.noop),
    ]
