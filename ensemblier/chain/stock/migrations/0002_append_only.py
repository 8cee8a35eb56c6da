"""These rows only grow: a correction is an opposite row."""

from django.db import migrations

from ensemblier.base.journal.append_only import migration_steps


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_initial"), ("journal", "0002_append_only")]
    operations = [
        migrations.RunPython(
            *migration_steps(
                "stock_lot", "stock_processing", "stock_movement", "stock_lotparent", "stock_lotmark"
            )
        )
    ]
