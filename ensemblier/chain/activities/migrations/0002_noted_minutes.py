"""Minutes of participations get rows that tell when they were written; known ones, on their day."""

import django.db.models.deletion
from django.db import migrations, models

from ensemblier.base.pages.formats import in_paris


def forwards(apps, editor):
    Participation = apps.get_model("activities", "Participation")
    NotedMinutes = apps.get_model("activities", "NotedMinutes")
    known = Participation.objects.filter(minutes__gt=0).values_list(
        "pk", "minutes", "activity__starts_at"
    )
    NotedMinutes.objects.bulk_create(
        (
            NotedMinutes(
                participation_id=pk, minutes=minutes, day=in_paris(at).date(), created_at=at
            )
            for pk, minutes, at in known.order_by("pk").iterator()
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [("activities", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="NotedMinutes",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("minutes", models.IntegerField(verbose_name="minutes, en plus ou en moins")),
                ("day", models.DateField(db_index=True, verbose_name="jour")),
                ("created_at", models.DateTimeField(verbose_name="écrit le")),
                (
                    "participation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="noted",
                        to="activities.participation",
                    ),
                ),
            ],
            options={
                "verbose_name": "minutes notées",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("minutes", 0), _negated=True),
                        name="noted_minutes_change_something",
                        violation_error_message="Une correction change un nombre de minutes.",
                    )
                ],
            },
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
