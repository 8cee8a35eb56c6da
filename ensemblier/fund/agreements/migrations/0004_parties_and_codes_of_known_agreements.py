"""Known agreements had two parties, never written down, and no code on their text."""

import secrets

from django.db import migrations

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def forwards(apps, editor):
    Agreement = apps.get_model("agreements", "Agreement")
    Party = apps.get_model("agreements", "Party")
    rows = Agreement.objects.select_related("decision__application__call")
    for agreement in rows.iterator():
        agreement.code = "".join(secrets.choice(LETTERS) for _ in range(16))
        agreement.save(update_fields=["code"])
        application = agreement.decision.application
        pairs = [(application.organisation_id, "beneficiary", 1)]
        if application.call.owner_id != application.organisation_id:
            pairs.append((application.call.owner_id, "grantor", 100))
        for organisation_id, role, position in pairs:
            Party.objects.create(
                agreement=agreement,
                organisation_id=organisation_id,
                role=role,
                position=position,
            )


class Migration(migrations.Migration):
    dependencies = [("agreements", "0003_parties_articles_amendments_recoveries")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
