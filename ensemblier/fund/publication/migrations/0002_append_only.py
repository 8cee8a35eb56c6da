"""Versions of entries and editions of files only grow: triggers on both databases."""

from django.db import migrations

from ensemblier.base.journal.append_only import migration_steps


class Migration(migrations.Migration):
    dependencies = [("publication", "0001_initial")]
    operations = [
        migrations.RunPython(*migration_steps("publication_entryversion", "publication_edition"))
    ]
