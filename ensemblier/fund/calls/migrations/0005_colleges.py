"""The colleges of a call's jury; kept by the database once the call is published."""

import django.db.models.deletion
from django.db import migrations, models

from ensemblier.fund.calls.frozen import jury_rules, protect, release


def protect_colleges(apps, editor):
    vendor = editor.connection.vendor
    for sql in protect(vendor, jury_rules(vendor)):
        editor.execute(sql, None)


def release_colleges(apps, editor):
    vendor = editor.connection.vendor
    for sql in release(vendor, jury_rules(vendor)):
        editor.execute(sql, None)


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0004_papers_of_older_calls'),
    ]

    operations = [
        migrations.CreateModel(
            name='College',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('institutions', 'institutions'), ('associations', 'associations'), ('people', 'personnes concernées')], max_length=12, verbose_name='collège')),
                ('share_bp', models.PositiveIntegerField(verbose_name='part de la décision (centièmes de %)')),
                ('seats', models.PositiveSmallIntegerField(verbose_name='sièges')),
                ('reserves', models.PositiveSmallIntegerField(default=0, verbose_name='réservistes')),
                ('quorum', models.PositiveSmallIntegerField(verbose_name='quorum')),
                ('way', models.CharField(choices=[('scores', 'note chaque critère, en son nom'), ('cards', 'vote par cartes, à bulletin secret')], max_length=6, verbose_name='façon de voter')),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='colleges', to='calls.call')),
            ],
            options={
                'verbose_name': 'collège du jury',
                'ordering': ['position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('call', 'kind'), name='college_once', violation_error_message="Ce collège est déjà dans le jury de l'appel."), models.CheckConstraint(condition=models.Q(('quorum__gt', 0), ('quorum__lte', models.F('seats')), ('seats__gt', 0)), name='college_quorum_fits_its_seats', violation_error_message='Le quorum va de 1 au nombre de sièges.'), models.CheckConstraint(condition=models.Q(('share_bp__gt', 0), ('share_bp__lte', 10000)), name='college_share_is_a_percentage', violation_error_message="La part d'un collège va de 0 à 100 %%.")],
            },
        ),
        migrations.RunPython(protect_colleges, release_colleges),
    ]
