"""The jury's pages: what a helper may do, other languages, printed codes read back, news, sound."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
import typst
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from ensemblier.base.files.content import FileRefused, check_bytes
from ensemblier.base.files.sound import LEAST_FRAMES
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role
from ensemblier.fund.jury import actions, cards_pdf, drafts, rules, voting, words
from ensemblier.fund.jury.feedback import tell
from ensemblier.fund.jury.models import Ballot, Feedback, Voter
from ensemblier.fund.jury.showing import cards_of
from tests import factories_fund as fund
from tests import factories_jury as juries
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = juries.NOW


@pytest.fixture(scope="module")
def tone() -> bytes:
    """A plain MP3: silent frames of MPEG-1 layer III, 32 kbit/s at 32 kHz, 144 octets each."""
    return (bytes.fromhex("fffb18c4") + bytes(140)) * (LEAST_FRAMES + 2)


def page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200, (name, response.status_code)
    return response.content.decode()


def test_a_helper_meets_the_words_without_the_buttons_and_the_server_refuses(client):
    world = juries.sitting()
    helper = fund.user()
    actions.add_helper(jury=world.jury, user=helper, actor=world.office, now=NOW)
    sign_in(client, helper)
    pk = world.sitting.pk
    seen = page(client, "jury:question", pk, 1)
    assert "Projet simple 1" in seen
    assert 'name="support"' not in seen
    client.post(reverse("jury:question", args=[pk, 1]), {"support": "Y", "points": "5"})
    assert drafts.name_of(pk) not in client.cookies
    assert 'name="receipt"' not in page(client, "jury:urn", pk)
    sent = client.post(reverse("jury:urn", args=[pk]), {"receipt": voting.new_receipt()})
    assert sent.status_code == 422
    assert "seule la personne vote" in sent.content.decode()
    assert not Ballot.objects.exists()


def test_a_recused_juror_finds_neither_question_nor_score_of_the_file(client):
    world = juries.sitting()
    juror = juries.seats(world.jury, "people")[0].user
    scorer = juries.seats(world.jury, "institutions")[0].user
    juries.declared(world.sitting, juror, scorer, linked=[2])
    sign_in(client, juror)
    pk = world.sitting.pk
    assert client.get(reverse("jury:question", args=[pk, 2])).status_code == 404
    first = client.post(reverse("jury:question", args=[pk, 1]), {"support": "N"})
    assert first["Location"] == reverse("jury:urn", args=[pk])
    assert "Vous ne votez pas dessus" in page(client, "jury:urn", pk)
    other = Client()
    sign_in(other, scorer)
    item = world.sitting.items.get(number=2)
    refused = other.get(reverse("jury:score", args=[item.pk]))
    assert (refused.status_code, "déporté" in refused.content.decode()) == (403, True)


def test_a_language_is_offered_once_people_read_it_and_keeps_its_side(client, monkeypatch):
    world = juries.sitting()
    juror = juries.seats(world.jury, "people")[0].user
    juries.declared(world.sitting, juror)
    sign_in(client, juror)
    assert "English" not in page(client, "jury:projects", world.sitting.pk)
    right = words.Language("العربية", "rtl", words.FRENCH)
    monkeypatch.setitem(words.LANGUAGES, "ar", right)
    for code in ("en", "ar"):
        from ensemblier.fund.jury import cards

        cards.review_language(
            language=code, readers=2, note="Relu", jury=world.jury, actor=world.office, now=NOW
        )
    client.post(reverse("jury:language"), {"langue": "en", "retour": "/jury/"})
    seen = page(client, "jury:question", world.sitting.pk, 1)
    assert "The shared garden" in seen
    assert "Do you want the fund to help this project?" in seen
    assert '<div class="juror" lang="en" dir="ltr">' in seen
    client.post(reverse("jury:language"), {"langue": "ar", "retour": "https://ailleurs.exemple"})
    untold = page(client, "jury:question", world.sitting.pk, 1)
    assert 'lang="ar" dir="rtl"' in untold
    # Nobody wrote this project in Arabic: its own words are French, and say so to the voice.
    assert '<ul class="said" lang="fr" dir="ltr">' in untold
    assert '<ul class="said" lang="en" dir="ltr">' in seen
    assert set(words.ENGLISH) == set(words.FRENCH)  # no word is missing in a language


def test_the_title_on_a_phone_never_breaks_inside_a_word():
    assert "-" not in words.FRENCH["links_title"]
    assert "-" in words.FRENCH["receipt"]  # negative control: a plain hyphen is seen


def test_the_office_writes_a_card_in_the_language_it_chose(client):
    """Each language has its own words; the other one is not touched, nor offered before its day."""
    from ensemblier.fund.jury import cards

    world = juries.sitting(opened=False)
    item = world.sitting.items.get(number=1)
    address = reverse("jury:edit_card", args=[item.pk])
    sign_in(client, world.office)
    french = client.get(address).content.decode()
    assert "Des gens cultivent un jardin." in french and "People grow" not in french
    english = client.get(address, {"langue": "en"}).content.decode()
    assert "People grow a garden." in english and "Des gens cultivent" not in english
    assert english.count("Écrans à relire : pas encore proposée aux jurés") == 1
    sent = {"language": "en", "title": "A garden", "sentences": "People grow a garden.",
            "questions": "\n".join(juries.ENGLISH.questions),
            "pictures": juries.PICTURES}  # fmt: skip
    refused = client.post(f"{address}?langue=en", sent | {"title": ""})
    assert refused.status_code == 422
    assert 'name="language" value="en"' in refused.content.decode()
    assert client.post(f"{address}?langue=en", sent).status_code == 302
    titles = dict(item.application.card.texts.values_list("language", "title"))
    assert titles["en"] == "A garden" and titles["fr"] == "Projet simple 1"
    cards.review_language(
        language="en", readers=2, note="Relu", jury=world.jury, actor=world.office, now=NOW
    )
    assert "pas encore proposée" not in client.get(address).content.decode()
    assert "People grow" not in client.get(address, {"langue": "xx"}).content.decode()
    assert client.post(address, sent | {"language": "xx"}).status_code == 422


def test_printed_codes_are_read_back_from_a_photo(client):
    """The sheets drawn as a printer would, then photographed: the envelope enters the urn."""
    world = juries.sitting()
    seat = juries.seats(world.jury, "people")[0]
    slips = voting.print_slips(
        sitting=world.sitting, counts={seat.college_id: 1}, actor=world.office, now=NOW
    )
    items = list(world.sitting.items.select_related("application"))
    facts = cards_pdf.facts_of(world.sitting, world.poll, slips, cards_of(items, "fr"))
    assert cards_pdf.cards_pdf(facts, NOW).startswith(b"%PDF-")
    drawn = typst.compile(
        str(cards_pdf.SOURCE), format="png", ppi=110, sys_inputs={"data": json.dumps(facts)}
    )
    sheets = [Image.open(io.BytesIO(sheet)).convert("L") for sheet in drawn]
    found = [{code.text for code in zxingcpp.read_barcodes(sheet)} for sheet in sheets]
    start = voting.poll_code(world.poll)
    assert found[0] == {f"T.{slips[0][1]}"}
    assert found[1] == {f"{start}.1.{choice}" for choice in "NI12345"}
    voting.sign_for_paper(sitting=world.sitting, seat=seat, actor=world.chair, now=NOW)
    photo = Image.new("L", (900, 400), "white")
    chosen = next(c for c in zxingcpp.read_barcodes(sheets[1]) if c.text.endswith(".3"))
    slip = zxingcpp.read_barcodes(sheets[0])[0]
    for place, sheet, code in ((20, sheets[0], slip), (460, sheets[1], chosen)):
        corner, other = code.position.top_left, code.position.bottom_right
        box = (corner.x - 20, corner.y - 20, other.x + 20, other.y + 20)
        photo.paste(sheet.crop(box).resize((380, 380)), (place, 10))
    content = io.BytesIO()
    photo.save(content, "PNG")
    sign_in(client, world.office)
    upload = SimpleUploadedFile("photo.png", content.getvalue(), "image/png")
    sent = client.post(
        reverse("jury:count", args=[world.sitting.pk]), {"codes": "", "photo": upload}
    )
    assert sent.status_code == 302, sent.content.decode()
    assert Ballot.objects.get().points == {"1": 3}
    wrong = client.post(reverse("jury:count", args=[world.sitting.pk]), {"codes": "T.ABC"})
    assert wrong.status_code == 422
    assert "n&#x27;est pas une carte" in wrong.content.decode()


def test_news_leave_six_months_later_once(client):
    world = juries.sitting(files=1)
    voters = [s.user for kind in ("associations", "people") for s in juries.seats(world.jury, kind)]
    for person in voters:
        juries.declared(world.sitting, person)
        juries.voted(world, person, {1: "5"})
    juries.scored(world)
    voting.close_poll(sitting=world.sitting, actor=world.chair, now=NOW)
    before = Message.objects.count()
    assert tell(NOW + timedelta(days=150)) == 0
    assert tell(NOW + timedelta(days=190)) == 1
    assert tell(NOW + timedelta(days=191)) == 0
    assert Message.objects.count() == before + 6  # every seat of the three colleges
    assert Feedback.objects.get().told_on == (NOW + timedelta(days=190)).date()
    sign_in(client, voters[0])
    assert "La décision n&#x27;est pas encore prise." in page(client, "jury:news", world.sitting.pk)


def test_a_recording_is_sound_and_nothing_else(tone):
    kept = check_bytes(content=b"ID3\x04\x00\x00\x00\x00\x00\x05Paris" + tone, name="voix.mp3",
                       sounds=True)  # fmt: skip
    assert (kept.media_type, kept.content) == ("audio/mpeg", tone)
    assert b"Paris" not in kept.content
    with pytest.raises(FileRefused, match="pas accepté"):
        check_bytes(content=tone, name="voix.mp3")  # only where a recording is asked for
    with pytest.raises(FileRefused, match="lisible"):
        check_bytes(content=tone[:400] + b"<script>" + tone[400:], name="voix.mp3", sounds=True)


def test_the_office_the_chair_and_the_payer_have_their_pages(client):
    """From the sheet of attendance to the expenses: each button where its person finds it."""
    world = juries.sitting()
    payer = fund.user(Role.PAYER)
    seat = juries.seats(world.jury, "people")[0]
    sign_in(client, world.office)
    for name, key in (("detail", world.jury.pk), ("languages", world.jury.pk),
                      ("sitting", world.sitting.pk), ("cards", world.sitting.pk),
                      ("present", world.sitting.pk)):  # fmt: skip
        page(client, f"jury:{name}", key)
    costs = reverse("jury:costs", args=[world.sitting.pk])
    sent = {"key": "8b1c5f6e-0000-4000-8000-000000000001", "seat": seat.pk, "kind": "travel",
            "amount_cents": "12,40"}  # fmt: skip
    for _ in range(2):
        assert "12,40" in client.post(costs, sent).content.decode()
    expense = seat.expenses.get()
    assert client.get(reverse("jury:pay", args=[expense.pk])).status_code == 403
    client = Client()
    sign_in(client, payer)
    client.post(
        reverse("jury:pay", args=[expense.pk]), {"key": "8b1c5f6e-0000-4000-8000-000000000002"}
    )
    expense.refresh_from_db()
    assert expense.state == "paid"
    client = Client()
    sign_in(client, world.chair)
    assert "Clore le vote" in page(client, "jury:sitting", world.sitting.pk)
    client.post(reverse("jury:sign", args=[world.sitting.pk]), {"seat": seat.pk})
    assert Voter.objects.get(seat=seat).way == "paper"
    assert rules.is_receipt(voting.new_receipt())
