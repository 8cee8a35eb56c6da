"""Decisions made before letters could wait were told at once: they carry that date."""

from django.db import migrations
from django.db.models import F


def forwards(apps, editor):
    rows = apps.get_model("decisions", "Decision").objects.filter(notified_at__isnull=True)
    rows.update(notified_at=F("decided_at"), notified_by=F("signatory"))


class Migration(migrations.Migration):
    dependencies = [("decisions", "0002_scenarios_letters_notices")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
