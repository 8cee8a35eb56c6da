"""Files: what enters, what does not, and who reads them."""

import io
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from PIL import Image

from ensemblier.base.files import actions, limits
from ensemblier.base.files.content import FileRefused, check_bytes
from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.files.models import ScanState, StoredFile
from ensemblier.base.journal.models import Event
from tests import hostile_files

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


class Deposit(forms.Form):
    title = forms.CharField()
    proof = CheckedFileField()


@csrf_exempt
def deposit(request: HttpRequest) -> HttpResponse:
    form = Deposit(request.POST, request.FILES)
    if form.is_valid():
        proof = form.cleaned_data["proof"]
        return HttpResponse(f"{proof.media_type} {proof.size}")
    return HttpResponse(form.as_p(), status=422)


urlpatterns = [path("deposer/", deposit)]


@pytest.fixture
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def stored(**changes) -> StoredFile:
    options = {"purpose": "test", "about": "application:12", "actor": None, **changes}
    checked = check_bytes(content=hostile_files.pdf(), name="devis.pdf")
    return actions.store(checked=checked, **options)


@pytest.mark.parametrize("name", hostile_files.good())
def test_accepted_kinds_are_known_by_their_content(name):
    content, media_type = hostile_files.good()[name]
    checked = check_bytes(content=content, name=name)
    assert checked.media_type == media_type
    assert checked.original_name.endswith(f".{limits.EXTENSIONS[media_type]}")


def test_about_200_hostile_files_are_refused_each_in_less_than_two_seconds():
    files = hostile_files.bad()
    assert len(files) >= 180
    entered, slow = [], []
    for name, content in files.items():
        started = time.monotonic()
        try:
            check_bytes(content=content, name=name)
        except FileRefused as refusal:
            assert refusal.message.endswith((".", "ée.", "PDF."))
        else:
            entered.append(name)
        if time.monotonic() - started > 2:
            slow.append(name)
    assert (entered, slow) == ([], [])


def test_a_picture_loses_where_and_with_what_it_was_taken():
    before = hostile_files.picture(exif=True)
    assert b"CANARI" in before
    checked = check_bytes(content=before + b"CANARI cache", name="photo.jpg")
    assert b"CANARI" not in checked.content
    assert Image.open(io.BytesIO(checked.content)).size == (40, 30)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/devis.pdf", "devis.pdf"),
        ("C:\\Mes documents\\devis.exe", "devis.pdf"),
        ('de"vi<s>\r\n.pdf', "devis.pdf"),
        ("...", "document.pdf"),
        ("Été à Audruicq.PDF", "Été à Audruicq.pdf"),
    ],
)
def test_the_name_given_back_is_harmless(given, kept):
    assert check_bytes(content=hostile_files.pdf(), name=given).original_name == kept


@override_settings(ROOT_URLCONF=__name__)
def test_a_60_mb_upload_gets_a_clear_answer_and_loses_nothing():
    big = SimpleUploadedFile("film.pdf", b"%PDF-1.7" + bytes(60_000_000 - 8))
    answer = Client().post("/deposer/", {"title": "Le jardin partagé", "proof": big})
    assert answer.status_code == 422
    page = answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "Ce fichier fait 60 Mo. La limite est de 20 Mo." in page
    assert 'value="Le jardin partagé"' in page


@override_settings(ROOT_URLCONF=__name__)
def test_a_file_of_the_right_size_passes_the_same_door():
    proof = SimpleUploadedFile("devis.pdf", hostile_files.pdf())
    answer = Client().post("/deposer/", {"title": "Le jardin", "proof": proof})
    assert answer.status_code == 200, answer.content
    assert answer.content.startswith(b"application/pdf ")


@pytest.mark.parametrize(
    ("size", "text"),
    [(900, "1 ko"), (450_000, "450 ko"), (1_234_567, "1,2 Mo"), (60_000_000, "60 Mo")],
)
def test_sizes_in_french(size, text):
    assert limits.in_french(size).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.django_db
def test_storing_writes_the_bytes_under_a_random_name(media):
    kept = stored()
    assert kept.path.read_bytes().startswith(b"%PDF-")
    assert kept.original_name not in str(kept.path)
    assert len(kept.name) == 32
    assert kept.scan == ScanState.CLEAN
    assert kept.subject_id("application") == 12
    assert kept.subject_id("report") is None
    assert Event.objects.filter(action="file.store", subject="application:12").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("command", "state"), [("true", "clean"), ("false", "refused")])
def test_a_scanner_settles_the_state(media, settings, command, state):
    settings.SCAN_COMMAND = command
    kept = stored()
    assert kept.scan == ScanState.PENDING
    settled = actions.scan(file_id=kept.pk)
    assert settled.scan == state
    assert settled.path.exists() is (state == "clean")


@pytest.mark.django_db
def test_a_scanner_that_fails_leaves_the_file_hidden(media, settings):
    settings.SCAN_COMMAND = "sh -c 'exit 2'"
    kept = stored()
    with pytest.raises(actions.ScanFailed):
        actions.scan(file_id=kept.pk)
    kept.refresh_from_db()
    assert kept.scan == ScanState.PENDING


@pytest.mark.django_db
def test_deleting_forgets_the_bytes_only_when_the_transaction_is_sure(
    media, django_capture_on_commit_callbacks
):
    kept = stored()
    path = kept.path
    once_sure = django_capture_on_commit_callbacks
    with once_sure(execute=True), pytest.raises(RuntimeError), transaction.atomic():
        actions.delete(stored=StoredFile.objects.get(pk=kept.pk), actor=None, reason="essai")
        raise RuntimeError
    assert path.exists()
    assert StoredFile.objects.filter(pk=kept.pk).exists()
    with once_sure(execute=True):
        actions.delete(stored=kept, actor=None, reason="essai")
        assert path.exists()
    assert not path.exists()


@pytest.mark.django_db
def test_files_go_when_their_time_is_over_and_not_before(media, django_capture_on_commit_callbacks):
    old = stored(delete_after=date(2027, 2, 28))
    today = stored(delete_after=date(2027, 3, 1))
    kept = stored()
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.purge_files(NOW) == 1
    left = set(StoredFile.objects.values_list("pk", flat=True))
    assert left == {today.pk, kept.pk}
    assert not old.path.exists()
    assert kept.path.exists()


@pytest.mark.django_db
def test_bytes_without_a_row_are_removed_after_a_day(media):
    kept = stored()
    lost = media / "ab" / "abandoned"
    lost.parent.mkdir(exist_ok=True)
    lost.write_bytes(b"x")
    later = datetime.now(UTC) + timedelta(days=2)
    assert actions.purge_files(later) == 1
    assert not lost.exists()
    assert kept.path.exists()
