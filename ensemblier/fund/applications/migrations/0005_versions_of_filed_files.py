"""Files sent before versions existed get one: the content of their receipt."""

from django.db import migrations


def forward(apps, schema_editor):
    Receipt = apps.get_model("applications", "Receipt")
    Snapshot = apps.get_model("applications", "Snapshot")
    known = set(Snapshot.objects.values_list("application_id", flat=True))
    Snapshot.objects.bulk_create(
        Snapshot(
            application_id=row.application_id,
            number=1,
            taken_at=row.filed_at,
            taken_by_id=row.filed_by_id,
            reason="filed",
            content=row.content,
            digest=row.digest,
        )
        for row in Receipt.objects.iterator()
        if row.application_id not in known
    )


class Migration(migrations.Migration):
    dependencies = [("applications", "0004_company")]
    operations = [migrations.RunPython(forward, migrations.RunPython.noop)]
