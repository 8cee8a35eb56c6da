"""A column more on organisations (on SQLite the table is made again), filled row by row."""

from django.db import migrations, models

from tests.trust.next_release.elsewhere import ATOMIC, Elsewhere, last_of, note_each


class Migration(migrations.Migration):
    atomic = ATOMIC
    initial = False
    dependencies = [("people", last_of("ensemblier/base/people"))]
    operations = [
        Elsewhere(
            "people",
            migrations.AddField(
                "organisation", "next_note", models.CharField(max_length=60, default="")
            ),
        ),
        migrations.RunPython(note_each, migrations.RunPython.noop),
        Elsewhere(
            "people",
            migrations.AddIndex(
                "organisation", models.Index(fields=["next_note"], name="next_note_index")
            ),
        ),
    ]
