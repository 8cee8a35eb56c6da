"""The books only grow, and PostgreSQL writes a checked transfer in one round trip."""

from django.db import migrations

from ensemblier.base.journal.append_only import migration_steps
from ensemblier.base.ledger.functions import DROP, HORIZON, PUT


def create(apps, editor):
    if editor.connection.vendor == "postgresql":
        for sql in (PUT, HORIZON):
            editor.execute(sql, None)
        # Counters are written on every payment: leave room for updates inside the page.
        editor.execute("ALTER TABLE ledger_counter SET (fillfactor = 20)")


def drop(apps, editor):
    if editor.connection.vendor == "postgresql":
        for sql in DROP:
            editor.execute(sql, None)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("journal", "0002_append_only")]
    operations = [
        migrations.RunPython(
            *migration_steps("ledger_account", "ledger_transfer", "ledger_block")
        ),
        migrations.RunPython(create, drop),
    ]
