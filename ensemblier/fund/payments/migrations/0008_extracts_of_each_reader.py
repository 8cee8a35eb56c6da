"""An extract of Chorus is known once for each payer who reads it, no longer once for all."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0007_money_handed_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="chorusimport",
            name="sha256",
            field=models.CharField(max_length=64, verbose_name="empreinte"),
        ),
        migrations.AddConstraint(
            model_name="chorusimport",
            constraint=models.UniqueConstraint(
                fields=("read_by", "sha256"),
                name="chorus_extract_once_per_reader",
                violation_error_message="Vous avez déjà lu cet extrait.",
            ),
        ),
    ]
