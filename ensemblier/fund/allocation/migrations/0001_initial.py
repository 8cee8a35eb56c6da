"""Sharings, what they say of each project, and departures: added, never changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ensemblier.base.journal.append_only import protect, release

TABLES = ("allocation_run", "allocation_outcome", "allocation_departure")


def protect_all(apps, editor):
    for table in TABLES:
        for sql in protect(editor.connection.vendor, table):
            editor.execute(sql, None)


def release_all(apps, editor):
    for table in TABLES:
        for sql in release(editor.connection.vendor, table):
            editor.execute(sql, None)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('applications', '0005_versions_of_filed_files'),
        ('jury', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='numéro')),
                ('envelope_cents', models.PositiveBigIntegerField(verbose_name='enveloppe partagée')),
                ('settings', models.JSONField(verbose_name='réglages')),
                ('inputs', models.TextField(verbose_name='entrées')),
                ('inputs_digest', models.CharField(max_length=64, verbose_name='empreinte des entrées')),
                ('result', models.JSONField(verbose_name='résultat')),
                ('facts', models.JSONField(verbose_name="ce qu'il dit")),
                ('result_digest', models.CharField(max_length=64, verbose_name='empreinte du résultat')),
                ('certificate', models.TextField(verbose_name='ce que dit le vérificateur')),
                ('is_final', models.BooleanField(default=False, verbose_name='remis au signataire')),
                ('made_at', models.DateTimeField(verbose_name='fait le')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='jury.sitting')),
            ],
            options={
                'verbose_name': 'répartition',
                'ordering': ['sitting', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Outcome',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='numéro du projet')),
                ('asked_cents', models.PositiveBigIntegerField(verbose_name='demandé')),
                ('funded_cents', models.PositiveBigIntegerField(verbose_name='retenu')),
                ('sentences', models.JSONField(verbose_name='explication')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outcomes', to='applications.application')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outcomes', to='allocation.run')),
            ],
            options={
                'verbose_name': "sort d'un projet",
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='Departure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('decision', models.CharField(max_length=20, unique=True, verbose_name='décision')),
                ('granted_cents', models.PositiveBigIntegerField(verbose_name='accordé')),
                ('reason', models.TextField(max_length=2000, verbose_name='pourquoi')),
                ('written_at', models.DateTimeField(verbose_name='écrit le')),
                ('signatory', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('outcome', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='departures', to='allocation.outcome')),
            ],
            options={
                'verbose_name': 'écart au résultat du jury',
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='departure_says_why', violation_error_message='Un écart au résultat du jury dit pourquoi.')],
            },
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(fields=('sitting', 'number'), name='run_number_once', violation_error_message='Une répartition de cette séance porte déjà ce numéro.'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(condition=models.Q(('is_final', True)), fields=('sitting',), name='one_final_run_each', violation_error_message='La répartition de cette séance est déjà remise.'),
        ),
        migrations.AddConstraint(
            model_name='outcome',
            constraint=models.UniqueConstraint(fields=('run', 'application'), name='outcome_once', violation_error_message='Ce projet a déjà son résultat.'),
        ),
        migrations.RunPython(protect_all, release_all),
    ]
