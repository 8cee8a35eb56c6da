"""The journal only grows: triggers on both databases."""

from django.db import migrations

from ensemblier.base.journal.append_only import migration_steps


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [migrations.RunPython(*migration_steps("journal_event"))]
