"""These rows only grow: a correction is an opposite row."""

from django.db import migrations

from ensemblier.base.journal.append_only import migration_steps


class Migration(migrations.Migration):
    dependencies = [("cofinancing", "0001_initial"), ("journal", "0002_append_only")]
    operations = [migrations.RunPython(*migration_steps("cofinancing_share", "cofinancing_sharedline"))]
