"""Each frozen text has its own code."""

import ensemblier.fund.agreements.models.agreement
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0004_parties_and_codes_of_known_agreements")]
    operations = [
        migrations.AlterField(
            model_name="agreement",
            name="code",
            field=models.CharField(
                default=ensemblier.fund.agreements.models.agreement.new_code,
                max_length=16,
                unique=True,
                verbose_name="code du texte",
            ),
        ),
    ]
