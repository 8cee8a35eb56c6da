"""A published call is kept as it is by the database itself."""

from django.db import migrations

from ensemblier.fund.calls.frozen import protect, release


def forwards(apps, editor):
    for sql in protect(editor.connection.vendor):
        editor.execute(sql, None)


def backwards(apps, editor):
    for sql in release(editor.connection.vendor):
        editor.execute(sql, None)


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
