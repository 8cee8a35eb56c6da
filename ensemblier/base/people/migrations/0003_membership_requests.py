"""Requests to become a member of a network."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_counts_of_tries'),
    ]

    operations = [
        migrations.CreateModel(
            name='MembershipRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(verbose_name='demandée le')),
                ('state', models.CharField(choices=[('pending', 'en attente'), ('accepted', 'acceptée'), ('refused', 'refusée'), ('withdrawn', 'annulée')], default='pending', max_length=10, verbose_name='état')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='décidée le')),
                ('reason', models.TextField(blank=True, verbose_name='motif')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('network', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='membership_requests', to='people.organisation')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='network_requests', to='people.organisation')),
            ],
            options={
                'verbose_name': "demande d'adhésion à un réseau",
                'ordering': ['asked_at', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('organisation',), name='membership_request_is_pending_once', violation_error_message='Votre organisation a déjà une demande en attente.'), models.CheckConstraint(condition=models.Q(('organisation', models.F('network')), _negated=True), name='membership_request_is_to_another', violation_error_message="Une organisation n'est pas sa propre tête de réseau."), models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='membership_request_refused_with_a_reason', violation_error_message='Un refus est toujours motivé.')],
            },
        ),
    ]
