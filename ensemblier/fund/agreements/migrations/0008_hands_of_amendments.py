"""Whoever wrote, wrote again or sent an amendment: for those known, as the journal tells."""

from django.conf import settings
from django.db import migrations, models

ACTS = ("amendment.prepare", "amendment.send")


def forwards(apps, editor):
    Amendment = apps.get_model("agreements", "Amendment")
    Event = apps.get_model("journal", "Event")
    User = apps.get_model("people", "User")
    known = {(row.agreement_id, row.number): row for row in Amendment.objects.iterator()}
    for row in known.values():
        row.hands.add(row.prepared_by_id)
    for event in Event.objects.filter(action__in=ACTS, actor_id__isnull=False).iterator():
        agreement = event.subject.partition(":")[2]
        number = event.data.get("amendment")
        row = known.get((int(agreement), number)) if agreement.isdigit() else None
        if row is not None and User.objects.filter(pk=event.actor_id).exists():
            row.hands.add(event.actor_id)


class Migration(migrations.Migration):
    dependencies = [
        ("agreements", "0007_withdrawn_shares"),
        ("journal", "0004_refused_attempts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            "amendment",
            "hands",
            models.ManyToManyField(
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="écrit ou envoyé par",
            ),
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
