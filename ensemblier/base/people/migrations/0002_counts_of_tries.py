"""The table of the shared cache: counts of tries, seen by all workers."""

from django.core.management import call_command
from django.db import migrations

from ensemblier.web.databases import CACHE_TABLE


def create(apps, schema_editor):
    call_command(
        "createcachetable", CACHE_TABLE, database=schema_editor.connection.alias, verbosity=0
    )


def drop(apps, schema_editor):
    schema_editor.execute(f'DROP TABLE "{CACHE_TABLE}"')


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
