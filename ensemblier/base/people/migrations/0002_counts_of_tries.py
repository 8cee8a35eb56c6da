"""The table of the shared cache: counts of tries, seen by all workers."""

from django.conf import settings
from django.core.management import call_command
from django.db import migrations

TABLE = settings.CACHES["default"]["LOCATION"]


def create(apps, schema_editor):
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias, verbosity=0)


def drop(apps, schema_editor):
    schema_editor.execute(f'DROP TABLE "{TABLE}"')


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
