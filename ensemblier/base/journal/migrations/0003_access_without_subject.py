"""The access journal keeps no subject (it never did); events are counted by person and action."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_append_only")]
    operations = [
        migrations.RemoveField(model_name="access", name="subject"),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["actor_id", "action", "at"], name="journal_event_who_what_when"
            ),
        ),
    ]
