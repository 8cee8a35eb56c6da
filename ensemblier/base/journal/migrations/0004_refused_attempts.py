"""What was tried and refused: rows that only grow."""

from django.db import migrations, models

from ensemblier.base.journal.append_only import migration_steps


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_access_without_subject")]
    operations = [
        migrations.CreateModel(
            name="RefusedAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True, db_index=True, verbose_name="quand")),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="compte")),
                ("action", models.CharField(max_length=60, verbose_name="action")),
                ("subject", models.CharField(db_index=True, max_length=250, verbose_name="objet")),
                ("reason", models.TextField(blank=True, verbose_name="motif du refus")),
            ],
            options={"verbose_name": "tentative refusée", "ordering": ["pk"]},
        ),
        migrations.RunPython(*migration_steps("journal_refusedattempt")),
    ]
