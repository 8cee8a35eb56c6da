"""A constraint on rows that are there already."""

from django.db import migrations, models

from tests.trust.next_release.elsewhere import ATOMIC


class Migration(migrations.Migration):
    atomic = ATOMIC
    dependencies = [("next_release", "0002_visits")]
    operations = [
        migrations.AddConstraint(
            "visit",
            models.CheckConstraint(condition=models.Q(cents__gt=0), name="next_visit_is_counted"),
        ),
    ]
