"""Juries: seats, sittings, cards, polls, expenses."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('applications', '0005_versions_of_filed_files'),
        ('calls', '0005_colleges'),
        ('files', '0002_sounds'),
        ('ledger', '0002_append_only'),
        ('programme', '0002_delegation_ceilings_gifts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Poll',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('opened_at', models.DateTimeField(verbose_name='ouvert le')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='clos le')),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='empreinte des bulletins')),
            ],
            options={
                'verbose_name': 'scrutin',
            },
        ),
        migrations.CreateModel(
            name='AgendaItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='numéro du projet')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.application')),
            ],
            options={
                'verbose_name': "projet à l'ordre du jour",
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='Jury',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('volunteers_closed_at', models.DateTimeField(blank=True, null=True, verbose_name='liste close le')),
                ('volunteers_digest', models.CharField(blank=True, max_length=64, verbose_name='empreinte de la liste')),
                ('call', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='jury', to='calls.call')),
                ('chair', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='présidence')),
                ('envelope', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programme.envelope', verbose_name='enveloppe des frais')),
                ('helpers', models.ManyToManyField(related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='accompagnants')),
            ],
            options={
                'verbose_name': 'jury',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='PaperSlip',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('receipt', models.CharField(max_length=64, unique=True, verbose_name='empreinte du code')),
                ('college', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calls.college')),
                ('poll', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slips', to='jury.poll')),
            ],
            options={
                'verbose_name': 'talon imprimé',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('told_on', models.DateField(verbose_name='dit le')),
                ('poll', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='feedback', to='jury.poll')),
            ],
            options={
                'verbose_name': 'nouvelles données aux jurés',
            },
        ),
        migrations.CreateModel(
            name='Ballot',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('points', models.JSONField(verbose_name='points par numéro de projet')),
                ('receipt', models.CharField(max_length=64, unique=True, verbose_name='empreinte du reçu')),
                ('college', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calls.college')),
                ('poll', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ballots', to='jury.poll')),
            ],
            options={
                'verbose_name': 'bulletin',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ProjectCard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pictures', models.JSONField(verbose_name='pictogrammes')),
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='card', to='applications.application')),
                ('recording', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='files.storedfile')),
            ],
            options={
                'verbose_name': "fiche d'un projet",
            },
        ),
        migrations.CreateModel(
            name='Seat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rank', models.PositiveSmallIntegerField(verbose_name='rang du tirage')),
                ('state', models.CharField(choices=[('sitting', 'siège'), ('reserve', 'en réserve'), ('left', 'parti')], max_length=8, verbose_name='état')),
                ('left_reason', models.CharField(blank=True, max_length=300, verbose_name='motif du départ')),
                ('college', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calls.college')),
                ('jury', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='jury.jury')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'siège de juré',
                'ordering': ['college__position', 'rank'],
            },
        ),
        migrations.CreateModel(
            name='JurorScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.PositiveSmallIntegerField(verbose_name='note')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='applications.application')),
                ('criterion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calls.criterion')),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='jury.seat')),
            ],
            options={
                'verbose_name': "note d'un juré",
                'ordering': ['criterion__position'],
            },
        ),
        migrations.CreateModel(
            name='Sitting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held_on', models.DateField(verbose_name='le')),
                ('place', models.CharField(max_length=200, verbose_name='lieu')),
                ('minutes', models.TextField(blank=True, max_length=8000, verbose_name='procès-verbal')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='levée le')),
                ('agenda', models.ManyToManyField(related_name='+', through='jury.AgendaItem', to='applications.application')),
                ('jury', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sittings', to='jury.jury')),
                ('present', models.ManyToManyField(related_name='+', to='jury.seat', verbose_name='présents')),
            ],
            options={
                'verbose_name': 'séance',
                'ordering': ['held_on', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='poll',
            name='sitting',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='poll', to='jury.sitting'),
        ),
        migrations.CreateModel(
            name='JurorExpense',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('travel', 'trajet'), ('childcare', "garde d'enfant"), ('time', 'temps passé')], max_length=9, verbose_name='sorte')),
                ('amount_cents', models.PositiveBigIntegerField(verbose_name='montant')),
                ('state', models.CharField(choices=[('planned', 'prévu'), ('paid', "payé d'avance"), ('cancelled', 'annulé')], default='planned', max_length=9, verbose_name='état')),
                ('planned_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reservation', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.transfer')),
                ('settlement', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.transfer')),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='expenses', to='jury.seat')),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='expenses', to='jury.sitting')),
            ],
            options={
                'verbose_name': "frais d'un juré",
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='agendaitem',
            name='sitting',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='jury.sitting'),
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='numéro du projet')),
                ('against', models.PositiveSmallIntegerField(default=0, verbose_name='non')),
                ('unsure', models.PositiveSmallIntegerField(default=0, verbose_name='ne sait pas')),
                ('college', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calls.college')),
                ('poll', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tallies', to='jury.poll')),
            ],
            options={
                'verbose_name': 'décompte',
                'ordering': ['number', 'college__position'],
            },
        ),
        migrations.CreateModel(
            name='Volunteer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='numéro')),
                ('college', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calls.college')),
                ('jury', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='volunteers', to='jury.jury')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'volontaire',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='Voter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(blank=True, choices=[('', "n'a pas voté"), ('screen', "a voté à l'écran"), ('paper', 'a voté sur papier')], default='', max_length=6, verbose_name='vote')),
                ('poll', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='voters', to='jury.poll')),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='jury.seat')),
            ],
            options={
                'verbose_name': 'émargement',
                'ordering': ['seat__college__position', 'seat__rank'],
            },
        ),
        migrations.CreateModel(
            name='LanguageReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=5, unique=True, verbose_name='langue')),
                ('readers', models.PositiveSmallIntegerField(verbose_name='combien de personnes ont relu')),
                ('note', models.CharField(max_length=300, verbose_name="ce qu'elles ont dit")),
                ('reviewed_at', models.DateTimeField(verbose_name='relue le')),
                ('reviewed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': "relecture d'une langue",
                'constraints': [models.CheckConstraint(condition=models.Q(('readers__gt', 0)), name='language_was_read_by_somebody', violation_error_message='Au moins une personne relit la langue.')],
            },
        ),
        migrations.CreateModel(
            name='LotDraw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seed', models.CharField(max_length=120, verbose_name='graine')),
                ('source', models.CharField(max_length=200, verbose_name="d'où vient la graine")),
                ('numbers', models.JSONField(verbose_name="numéros tirés, dans l'ordre")),
                ('drawn_at', models.DateTimeField(verbose_name='tiré le')),
                ('college', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calls.college')),
                ('drawn_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('jury', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='draws', to='jury.jury')),
            ],
            options={
                'verbose_name': 'tirage au sort',
                'ordering': ['college__position'],
                'constraints': [models.UniqueConstraint(fields=('jury', 'college'), name='one_draw_each', violation_error_message='Ce collège est déjà tiré au sort.')],
            },
        ),
        migrations.CreateModel(
            name='CardText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(max_length=5, verbose_name='langue')),
                ('title', models.CharField(max_length=60, verbose_name='nom simple')),
                ('sentences', models.JSONField(verbose_name='phrases')),
                ('questions', models.JSONField(verbose_name='questions')),
                ('card', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='jury.projectcard')),
            ],
            options={
                'verbose_name': "texte d'une fiche",
                'ordering': ['language'],
                'constraints': [models.UniqueConstraint(fields=('card', 'language'), name='card_text_once', violation_error_message='Cette fiche est déjà écrite dans cette langue.')],
            },
        ),
        migrations.AddConstraint(
            model_name='seat',
            constraint=models.UniqueConstraint(fields=('jury', 'user'), name='one_seat_each', violation_error_message='Cette personne a déjà un siège dans ce jury.'),
        ),
        migrations.AddConstraint(
            model_name='jurorscore',
            constraint=models.UniqueConstraint(fields=('seat', 'application', 'criterion'), name='juror_score_once', violation_error_message='Ce critère est déjà noté.'),
        ),
        migrations.AddConstraint(
            model_name='jurorexpense',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settlement__isnull', True), ('state', 'planned')), models.Q(models.Q(('state', 'planned'), _negated=True), ('settlement__isnull', False)), _connector='OR'), name='juror_expense_is_settled_or_planned', violation_error_message='Des frais payés ou annulés portent leur écriture.'),
        ),
        migrations.AddConstraint(
            model_name='agendaitem',
            constraint=models.UniqueConstraint(fields=('sitting', 'number'), name='agenda_number_once', violation_error_message="Ce numéro est déjà pris à l'ordre du jour."),
        ),
        migrations.AddConstraint(
            model_name='agendaitem',
            constraint=models.UniqueConstraint(fields=('sitting', 'application'), name='agenda_project_once', violation_error_message="Ce projet est déjà à l'ordre du jour."),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.UniqueConstraint(fields=('poll', 'college', 'number'), name='tally_once', violation_error_message='Ce décompte existe déjà.'),
        ),
        migrations.AddConstraint(
            model_name='volunteer',
            constraint=models.UniqueConstraint(fields=('jury', 'user'), name='one_college_each', violation_error_message='Cette personne est déjà volontaire pour ce jury.'),
        ),
        migrations.AddConstraint(
            model_name='volunteer',
            constraint=models.UniqueConstraint(fields=('jury', 'number'), name='volunteer_number_once', violation_error_message="Ce numéro est déjà celui d'un autre volontaire."),
        ),
        migrations.AddConstraint(
            model_name='voter',
            constraint=models.UniqueConstraint(fields=('poll', 'seat'), name='one_vote_each', violation_error_message="Ce juré est déjà sur la liste d'émargement."),
        ),
    ]
