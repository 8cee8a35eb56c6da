"""The outbox: nothing lost, nothing sent twice, whatever the mail server does."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.template import engines
from django_tasks_db.models import DBTaskResult

from ensemblier.base.notices import actions
from ensemblier.base.notices.models import MAX_TRIES, Message

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
TEXTS = {
    "t/emails/hello.txt": "Objet : Bonjour {{ name }}\n\nVotre dossier « {{ title }} » est reçu.\n",
    "t/emails/nameless.txt": "Bonjour\n",
}
DOWN = "tests.platform.base.test_notices.DownBackend"


class DownBackend(BaseEmailBackend):
    """A mail server that does not answer."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("CANARI adresse@exemple.fr")


@pytest.fixture(autouse=True)
def texts(monkeypatch):
    backend = engines["django"]

    class Found:
        def __init__(self, text):
            self.template = backend.engine.from_string(text)

    monkeypatch.setattr(actions.loader, "get_template", lambda name: Found(TEXTS[name]))


def written(**changes) -> Message:
    options = {
        "to": "porteur@exemple.fr",
        "template": "t/emails/hello.txt",
        "context": {"name": "Léa", "title": "L'épi & co"},
        "about": "application:1",
        **changes,
    }
    message = actions.send(**options)
    Message.objects.filter(pk=message.pk).update(next_try_at=NOW)
    return message


@pytest.mark.django_db
def test_a_message_is_written_in_french_without_html_signs():
    message = written()
    assert message.subject == "Bonjour Léa"
    assert message.body == "Votre dossier « L'épi & co » est reçu.\n"
    assert mail.outbox == []
    assert DBTaskResult.objects.ready().count() == 1


@pytest.mark.django_db
def test_a_name_cannot_add_a_header():
    message = written(context={"name": "Léa\nBcc: tous@exemple.fr", "title": ""})
    assert "\n" not in message.subject


@pytest.mark.django_db
def test_a_template_without_subject_is_a_mistake_of_ours():
    with pytest.raises(actions.BadTemplate):
        written(template="t/emails/nameless.txt")


@pytest.mark.django_db
def test_nothing_is_written_when_the_action_is_undone():
    with pytest.raises(RuntimeError), transaction.atomic():
        written()
        raise RuntimeError
    assert Message.objects.count() == 0
    assert DBTaskResult.objects.count() == 0


@pytest.mark.django_db
def test_delivering_twice_sends_once():
    message = written()
    assert actions.deliver(message_id=message.pk, now=NOW) is True
    assert actions.deliver(message_id=message.pk, now=NOW) is False
    assert actions.deliver_due(now=NOW + timedelta(days=1)) == (0, 0)
    assert [sent.subject for sent in mail.outbox] == ["Bonjour Léa"]
    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<ensemblier-{message.pk}@")


@pytest.mark.django_db
def test_while_one_worker_sends_another_does_not(monkeypatch):
    message = written()
    seen = []

    def post(row):
        seen.append(row.pk)
        assert actions.deliver(message_id=message.pk, now=NOW) is False

    monkeypatch.setattr(actions, "_post", post)
    assert actions.deliver(message_id=message.pk, now=NOW) is True
    assert seen == [message.pk]


@pytest.mark.django_db
def test_mail_down_then_back(settings):
    message = written()
    good = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = DOWN
    assert actions.deliver_due(now=NOW) == (0, 1)
    message.refresh_from_db()
    assert message.sent_at is None
    assert message.last_error == "ConnectionRefusedError"
    settings.EMAIL_BACKEND = good
    assert actions.deliver_due(now=NOW + timedelta(seconds=30)) == (0, 0)
    assert actions.deliver_due(now=NOW + timedelta(minutes=2)) == (1, 0)
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_tries_space_out_then_stop_until_a_person_asks(settings):
    message = written()
    good, now, waits = settings.EMAIL_BACKEND, NOW, []
    settings.EMAIL_BACKEND = DOWN
    for _ in range(MAX_TRIES):
        assert actions.deliver_due(now=now) == (0, 1)
        message.refresh_from_db()
        waits.append((message.next_try_at - now).total_seconds() // 60)
        now = message.next_try_at
    assert waits[:6] == [1, 5, 15, 60, 240, 480]
    assert sum(waits) > 2 * 24 * 60
    assert message.is_given_up
    assert actions.deliver_due(now=now) == (0, 0)
    settings.EMAIL_BACKEND = good
    actions.retry(message_id=message.pk, actor=None, now=now)
    assert actions.deliver_due(now=now) == (1, 0)
    with pytest.raises(actions.NothingToRetry):
        actions.retry(message_id=message.pk, actor=None, now=now)


@pytest.mark.django_db
def test_a_text_that_opens_something_is_emptied_once_sent():
    message = written(is_secret=True)
    actions.deliver(message_id=message.pk, now=NOW)
    message.refresh_from_db()
    assert message.body == ""
    assert "dossier" in mail.outbox[0].body


@pytest.mark.django_db
def test_sent_messages_are_forgotten_after_six_months():
    old, recent, waiting = written(), written(), written()
    Message.objects.filter(pk=old.pk).update(sent_at=NOW - timedelta(days=190))
    Message.objects.filter(pk=recent.pk).update(sent_at=NOW - timedelta(days=100))
    assert actions.purge_messages(NOW) == 1
    assert set(Message.objects.values_list("pk", flat=True)) == {recent.pk, waiting.pk}
