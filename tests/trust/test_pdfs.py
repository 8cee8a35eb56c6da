"""X4: every PDF of ours is tagged, titled and says its language; letters have plain words beside.

Makers are found in the source: a module that calls typst without a test here fails. The same
documents are made from hostile words: typst never reads them as code (A8).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
import typst
from django.utils import timezone

import ensemblier
from ensemblier.chain.billing.models import Document
from ensemblier.chain.billing.pdf import document_pdf
from ensemblier.fund.agreements.models import Amendment
from ensemblier.fund.agreements.pdf import agreement_pdf, amendment_pdf
from ensemblier.fund.allocation.models import Outcome
from ensemblier.fund.allocation.why_pdf import jurors_pdf, why_pdf
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions import easy, letter_pdf
from ensemblier.fund.decisions.models import LetterTemplate
from ensemblier.fund.jury.cards_pdf import cards_pdf
from ensemblier.fund.jury.cards_pdf import facts_of as cards_facts
from ensemblier.fund.jury.showing import cards_of
from ensemblier.fund.monitoring.report_pdf import report_pdf
from ensemblier.fund.printing import actions as printing
from ensemblier.fund.printing.whole import whole_file_pdf
from ensemblier.web.demo.files import paper
from tests import factories_fund as fund
from tests.trust import pages, poison

pytestmark = [pytest.mark.django_db, pytest.mark.trust]
ROOT = Path(ensemblier.__file__).parent
NOW = fund.NOW
HOSTILE = '#eval("1+1") #read("/etc/passwd") #image("/etc/passwd") $x$ #{ panic() } ]) "canari" @x'
MOST_WORDS = 15

Maker = Callable[[SimpleNamespace], Iterator[bytes]]


def of_agreements(world: SimpleNamespace) -> Iterator[bytes]:
    agreement = world.sides["near"].money.agreement
    yield agreement_pdf(agreement, made_at=NOW)
    amendment = Amendment(
        agreement=agreement,
        number=1,
        code="essai",
        content={},
        before={},
        reasons="Un mois de plus.",
        previous_sha256="0" * 64,
    )
    amendment.pk = 0
    yield amendment_pdf(amendment, made_at=NOW)


def of_billing(world: SimpleNamespace) -> Iterator[bytes]:
    """An invoice with its XML inside, a call for funds, and words typed by a stranger."""
    for document in Document.objects.filter(chain=world.sides["near"].chain):
        document.content["lines"][0]["product"] = HOSTILE
        yield document_pdf(document)


def of_letters(world: SimpleNamespace) -> Iterator[bytes]:
    side = world.sides["near"]
    yield letter_pdf.decision_letter(side.money.decision, sent_at=NOW).content
    yield letter_pdf.notice_letter(side.notice).content


def of_monitoring(world: SimpleNamespace) -> Iterator[bytes]:
    yield report_pdf(world.sides["near"].money.report, made_at=NOW)


def of_printing(world: SimpleNamespace) -> Iterator[bytes]:
    row = Application.objects.get(pk=world.sides["near"].filed.pk)
    for form in printing.forms(everything=True).values():
        yield printing.budget_form(form, row, now=NOW)
    yield whole_file_pdf(row, now=NOW)


def of_juries(world: SimpleNamespace) -> Iterator[bytes]:
    sitting = world.sides["near"].open_sitting
    cards = cards_of(list(sitting.items.select_related("application")), "fr")
    college = sitting.jury.call.colleges.first()
    facts = cards_facts(sitting, sitting.poll, [(college, HOSTILE[:12])], cards)
    yield cards_pdf(facts, NOW)


def of_allocation(world: SimpleNamespace) -> Iterator[bytes]:
    run = world.sides["near"].run
    outcomes = Outcome.objects.filter(run=run)
    for outcome in outcomes:
        yield why_pdf(outcome)
    items = list(run.sitting.items.select_related("application"))
    cards = {card.item.application_id: card for card in cards_of(items, "fr")}
    yield jurors_pdf(run, [(row, cards[row.application_id]) for row in outcomes], "fr")


def of_demo(world: SimpleNamespace) -> Iterator[bytes]:
    yield paper("statutes", "Statuts").content


MAKERS: dict[str, Maker] = {
    "chain/billing/pdf.py": of_billing,
    "fund/agreements/pdf.py": of_agreements,
    "fund/allocation/why_pdf.py": of_allocation,
    "fund/decisions/letter_pdf.py": of_letters,
    "fund/jury/cards_pdf.py": of_juries,
    "fund/monitoring/report_pdf.py": of_monitoring,
    "fund/printing/pdf.py": of_printing,
    "web/demo/files.py": of_demo,
}


def faults(content: bytes) -> list[str]:
    """What keeps a screen reader from reading this PDF."""
    with pikepdf.open(io.BytesIO(content)) as document:
        root = document.Root
        checks = {
            "marked": bool(root.get("/MarkInfo", {}).get("/Marked", False)),
            "structure": "/StructTreeRoot" in root and "/K" in root.get("/StructTreeRoot", {}),
            "language": str(root.get("/Lang", "")).lower().startswith("fr"),
            "title shown": bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False)),
            "title": bool(str(document.open_metadata().get("dc:title", "")).strip()),
            "tab order": all(
                page.get("/Tabs") == "/S" for page in document.pages if "/Annots" in page
            ),
        }
    return [name for name, holds in checks.items() if not holds]


def active(content: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(content)) as document:
        return [
            key
            for each in document.objects
            if isinstance(each, pikepdf.Dictionary)
            for key in ("/JS", "/JavaScript", "/Launch", "/EmbeddedFile", "/OpenAction")
            if key in each
        ]


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_every_maker_of_pdf_is_tried_here() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if re.search(r"\btypst\.(compile|Compiler)|reportlab|weasyprint", path.read_text())
    }
    assert found == set(MAKERS)


def test_every_pdf_is_tagged_titled_and_says_its_language(media: None) -> None:
    with pages.open_world() as world:
        for name, make in MAKERS.items():
            for content in make(world):
                assert (name, faults(content), active(content)) == (name, [], [])


def test_the_checks_find_a_pdf_without_tags() -> None:
    """Negative control: the same engine, without its norm, its language and its title."""
    bare = typst.compile(b"= Bonjour", format="pdf", pdf_tags=False)
    assert {"marked", "structure", "title"} <= set(faults(bare))
    with pikepdf.new() as document:
        document.add_blank_page()
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS="a")
        out = io.BytesIO()
        document.save(out)
    assert set(faults(out.getvalue())) >= {"marked", "language", "title shown"}
    assert active(out.getvalue())


def test_typst_never_reads_what_people_wrote(media: None) -> None:
    """Every text of the database is typst code: it is printed, not run."""
    with pages.open_world() as world:
        written, _ = poison.poison(lambda field, rank: HOSTILE)
        assert len(written) > 100
        again = reload(world)
        for name, make in MAKERS.items():
            for content in make(again):
                assert (name, faults(content), active(content)) == (name, [], [])
                assert b"root:x:0" not in unpacked(content)
    # Negative control: the same words as a source are run, or refused.
    assert typst.compile(b'#eval("1+1")', format="svg").count(b"<use") == 1
    with pytest.raises(typst.TypstError):
        typst.compile(b'#read("/etc/passwd")', format="pdf")


def reload(world: SimpleNamespace) -> SimpleNamespace:
    """The rows as they stand now."""
    near = world.sides["near"]
    for row in (near.money.agreement, near.money.decision, near.notice, near.money.report):
        row.refresh_from_db()
    return world


def unpacked(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as document:
        return b"".join(
            each.read_bytes() for each in document.objects if isinstance(each, pikepdf.Stream)
        )


# ------------------------------------------------------------------ plain words
FACTS = {"projet": "Paniers solidaires", "montant": "20 000 €", "date_limite": "12 mai 2027"}


def sentences(lines: list[str]) -> list[str]:
    return [part for line in lines for part in re.split(r"(?<=[.!?])\s+", line) if part.strip()]


def mean_words(lines: list[str]) -> float:
    found = [len(re.findall(r"[\w'’-]+", sentence)) for sentence in sentences(lines)]
    return sum(found) / len(found)


@pytest.mark.parametrize("kind", LetterTemplate.Kind.values)
def test_each_letter_has_plain_words_that_say_they_were_not_reread(kind: str) -> None:
    lines = easy.easy_lines(kind, FACTS)
    assert mean_words(lines) <= MOST_WORDS
    assert max(len(sentence.split()) for sentence in sentences(lines)) <= 20
    assert easy.NOT_REREAD in lines and easy.WARNING in lines
    assert not re.search(r"[{}]", " ".join(lines))


def test_the_letter_of_law_itself_is_harder_than_its_plain_words() -> None:
    """Negative control of the measure."""
    from ensemblier.fund.decisions.letters import house_words

    hard = house_words()["partial"].splitlines()
    assert mean_words(hard) > mean_words(easy.easy_lines("partial", FACTS))
    assert mean_words(["Vu le code, " + "considérant que " * 12]) > MOST_WORDS


def test_the_letter_says_it_in_plain_words_on_the_page_and_in_the_pdf(
    media: None, client: Any
) -> None:
    from tests.factories_people import sign_in

    with pages.open_world() as world:
        side = world.sides["near"]
        sign_in(client, side.representative)
        answer = client.get(f"/decisions/{side.money.application.number}/lettre/")
        assert answer.status_code == 200
        page = answer.content.decode().replace("&#x27;", "'")
        assert easy.TITLE in page and easy.NOT_REREAD in page
        facts = letter_pdf.decision_facts(
            side.money.decision, letter_pdf.words_of("partial"), timezone.now()
        )
        assert facts["sections"][-1]["title"] == easy.TITLE
