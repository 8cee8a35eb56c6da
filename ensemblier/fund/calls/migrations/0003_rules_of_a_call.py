"""A call's watch, papers, questions, desks and notices; all kept by the database once published."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ensemblier.fund.calls.frozen import first_rules, protect, release, rules

NOTES = {"Si l'enveloppe le permet.": "envelope", "À titre subsidiaire.": "subsidiary"}


def run(editor, statements):
    for sql in statements:
        editor.execute(sql, None)


def release_first(apps, editor):
    vendor = editor.connection.vendor
    run(editor, release(vendor, first_rules(vendor)))


def protect_first(apps, editor):
    vendor = editor.connection.vendor
    run(editor, protect(vendor, first_rules(vendor)))


def release_all(apps, editor):
    vendor = editor.connection.vendor
    run(editor, release(vendor, rules(vendor)))


def protect_all(apps, editor):
    vendor = editor.connection.vendor
    run(editor, protect(vendor, rules(vendor)))


def conditions_of_notes(apps, editor):
    """The conditions that were written in words become data that pages can read."""
    expenses = apps.get_model("calls", "CallExpense").objects
    for note, condition in NOTES.items():
        expenses.filter(note=note).update(condition=condition)


def leave(apps, editor):
    """The notes are still there."""


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0002_frozen'),
        ('people', '0002_counts_of_tries'),
        ('territory', '0002_alter_zoning_kind'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(release_first, protect_first),
        migrations.AddField(
            model_name='call',
            name='grid_digest',
            field=models.CharField(blank=True, default='', max_length=64, verbose_name='empreinte des règles'),
        ),
        migrations.AddField(
            model_name='call',
            name='grid_version',
            field=models.CharField(blank=True, default='', max_length=40, verbose_name='version de la grille'),
        ),
        migrations.AddField(
            model_name='call',
            name='has_silence_rule',
            field=models.BooleanField(default=True, verbose_name='le silence vaut refus'),
        ),
        migrations.AddField(
            model_name='call',
            name='kind_template',
            field=models.CharField(blank=True, default='', max_length=40, verbose_name="modèle d'appel"),
        ),
        migrations.AddField(
            model_name='call',
            name='short_reason',
            field=models.CharField(blank=True, default='', max_length=300, verbose_name="pourquoi l'appel est court"),
        ),
        migrations.AddField(
            model_name='call',
            name='watch',
            field=models.JSONField(blank=True, default=list, verbose_name='attention particulière'),
        ),
        migrations.AddField(
            model_name='callexpense',
            name='condition',
            field=models.CharField(blank=True, choices=[('', 'sans condition'), ('envelope', "seulement si l'enveloppe le permet"), ('subsidiary', 'à titre subsidiaire'), ('accessory', 'si elle est indispensable, et accessoire')], default='', max_length=12, verbose_name='condition'),
        ),
        migrations.AddField(
            model_name='criterion',
            name='levels',
            field=models.JSONField(blank=True, default=list, verbose_name="mots de l'échelle"),
        ),
        migrations.AlterField(
            model_name='callexpense',
            name='note',
            field=models.CharField(blank=True, max_length=200, verbose_name='précision'),
        ),
        migrations.CreateModel(
            name='CallNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('published_at', models.DateTimeField(verbose_name='publié le')),
                ('text', models.TextField(verbose_name='texte')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='calls.call')),
            ],
            options={
                'verbose_name': 'avis sur un appel',
                'ordering': ['-published_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Desk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='desks', to='calls.call')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation', verbose_name='service')),
                ('region', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='territory.region', verbose_name='région')),
            ],
            options={
                'verbose_name': 'guichet',
                'ordering': ['region__name', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('region__isnull', False)), fields=('call', 'region'), name='desk_of_a_region_is_unique', violation_error_message='Cette région a déjà son guichet.'), models.UniqueConstraint(condition=models.Q(('region__isnull', True)), fields=('call',), name='desk_of_all_regions_is_unique', violation_error_message="L'appel a déjà son guichet national.")],
            },
        ),
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(max_length=16, verbose_name='sorte')),
                ('label', models.CharField(max_length=160, verbose_name='pièce')),
                ('required', models.BooleanField(default=True, verbose_name='obligatoire')),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='papers', to='calls.call')),
            ],
            options={
                'verbose_name': 'pièce demandée',
                'ordering': ['position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('call', 'kind', 'label'), name='paper_once', violation_error_message="L'appel demande déjà cette pièce.")],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('code', models.SlugField(max_length=40, verbose_name='code')),
                ('label', models.CharField(max_length=200, verbose_name='question')),
                ('help', models.CharField(blank=True, max_length=300, verbose_name='aide')),
                ('kind', models.CharField(choices=[('text', 'une ligne de texte'), ('long_text', 'un texte long'), ('number', 'un nombre'), ('choice', 'un choix dans une liste'), ('multiple', 'plusieurs choix dans une liste'), ('file', 'un fichier')], max_length=10, verbose_name='sorte de réponse')),
                ('options', models.JSONField(blank=True, default=list, verbose_name='choix')),
                ('required', models.BooleanField(default=False, verbose_name='obligatoire')),
                ('shown_when_code', models.CharField(blank=True, max_length=40, verbose_name='montrée après la question')),
                ('shown_when_value', models.CharField(blank=True, max_length=200, verbose_name='quand la réponse est')),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='calls.call')),
            ],
            options={
                'verbose_name': "question de l'appel",
                'ordering': ['position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('call', 'code'), name='question_once', violation_error_message="Une question de l'appel porte déjà ce code.")],
            },
        ),
        migrations.RunPython(conditions_of_notes, leave),
        migrations.RunPython(protect_all, release_all),
    ]
