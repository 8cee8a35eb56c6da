"""Démarche Numérique, against a local server that speaks the part of its schema we read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.intake import actions, linking, papers, reading
from ensemblier.fund.intake.access import NotYours
from ensemblier.fund.intake.demarche import Client, Page
from ensemblier.fund.intake.models import Demarche
from ensemblier.fund.intake.wire import Places, TokenRefused, WireRefused, ask
from tests import factories_fund as fund
from tests.canaries import DEMARCHE_TOKEN
from tests.demarche_server import Site, a_file
from tests.factories_people import a_siret, sign_in

NOW = fund.NOW
TEXTS = {"Représentant_légal": "Awa Test", "Commune": "62051", "Titre": "Paniers", "Personnes": 120}


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    with Site() as opened:
        settings.DEMARCHE_HOSTS, settings.DEMARCHE_FILE_HOSTS = ["127.0.0.1"], []
        settings.DEMARCHE_LOCAL = True
        yield opened


@pytest.fixture
def desk(db: Any) -> Any:
    fund.place()
    return fund.user(Role.PROGRAMME)


def linked(site: Site, desk: Any, **fields: Any) -> Demarche:
    full = {
        "call": fields.pop("call", None) or fund.call(),
        "number": 4321,
        "host": site.host,
        "token": site.token,
        "quality": "officer",
        "statement": "Accord écrit dans la démarche.",
        "given_on": NOW.date(),
        "actor": desk,
        "now": NOW,
    } | fields
    return linking.link(**full)


def fetch_all(row: Demarche, desk: Any, *, now: Any = NOW, **fields: Any) -> list[Any]:
    full = {"actor": desk, "clock": lambda: now, "wait": lambda seconds: None} | fields
    return reading.fetch(demarche=row, **full)


def fetch(row: Demarche, desk: Any, **fields: Any) -> Any:
    """The one import a small reading makes, or none."""
    made = fetch_all(row, desk, **fields)
    assert len(made) < 2
    return made[0] if made else None


def test_files_come_page_by_page_and_become_drafts(site: Site, desk: Any) -> None:
    site.page = 2
    site.files = [a_file(n, a_siret(600 + n), **TEXTS) for n in range(1, 6)]
    site.files[4]["state"] = "accepte"
    batch = fetch(linked(site, desk), desk)
    assert len(batch.cells) == 4
    assert batch.aside == ["Dossier 5 : accepté là-bas, non repris."]
    cursors = [asked["variables"]["after"] for asked in site.asked]
    assert cursors == [None, "2", "4"]
    assert all(asked["variables"]["first"] == 100 for asked in site.asked)
    done = actions.apply(batch=batch, actor=desk, now=NOW)
    assert {row["outcome"] for row in done.told} == {"create"}
    assert set(Application.objects.values_list("people_count", flat=True)) == {120}


def test_the_same_number_is_the_same_file(site: Site, desk: Any) -> None:
    site.files = [a_file(7, a_siret(620), **TEXTS)]
    row = linked(site, desk)
    actions.apply(batch=fetch(row, desk), actor=desk, now=NOW)
    again = fetch(row, desk)  # nothing changed there since: nothing to import
    assert again is None
    site.files = [a_file(7, a_siret(620), **TEXTS | {"Personnes": 200})]
    site.files[0]["dateDerniereModification"] = "2027-05-13T10:00:00+00:00"
    site.deleted, site.binned = [9], [8]
    batch = fetch(row, desk)
    assert batch.aside[0].startswith("Dossier 8 : supprimé là-bas.")
    assert batch.aside[1].startswith("Dossier 9 : supprimé là-bas.")
    told = actions.apply(batch=batch, actor=desk, now=NOW).told
    assert [line["outcome"] for line in told] == ["update"]
    assert Application.objects.get().people_count == 200


def test_a_big_whole_number_and_a_decimal_live_in_one_selection(site: Site, desk: Any) -> None:
    big = 9_007_199_254_740_993  # the first whole number that a Float cannot hold
    site.files = [a_file(8, a_siret(621), **TEXTS, Grand=big, Prix=0.1, Petit=1e-7)]
    batch = fetch(linked(site, desk), desk)
    cells = dict(zip(batch.heading, batch.cells[0], strict=True))
    assert (cells["Grand"], cells["Prix"], cells["Petit"]) == (str(big), "0.1", "0.0000001")


def test_a_busy_site_is_asked_again_as_it_says(site: Site, desk: Any) -> None:
    waits: list[float] = []
    site.files, site.busy = [a_file(1, a_siret(622), **TEXTS)], 2
    assert fetch(linked(site, desk), desk, wait=waits.append) is not None
    assert waits == [3, 3]
    site.busy = 9
    row = Demarche.objects.get()
    with pytest.raises(WireRefused, match="429"):
        fetch(row, desk)
    row.refresh_from_db()
    assert row.state == Demarche.State.FAILED
    assert "429" in row.words


def test_an_expired_token_says_what_to_do_and_is_nowhere(site: Site, desk: Any) -> None:
    row = linked(site, desk)
    site.token = "un-autre"
    with pytest.raises(TokenRefused, match="Créez-en un"):
        fetch(row, desk)
    site.token, site.forbids = DEMARCHE_TOKEN, True  # known, but without this right
    with pytest.raises(TokenRefused, match="n'ouvre pas cette démarche"):
        fetch(row, desk)
    row.refresh_from_db()
    kept = f"{row.sealed_token} {row.words} {list(Event.objects.values_list('data', flat=True))}"
    assert DEMARCHE_TOKEN not in kept
    assert DEMARCHE_TOKEN not in repr(linking.client_of(row, lambda seconds: None))


def test_unknown_demarches_and_endless_pages_stop(site: Site, desk: Any) -> None:
    with pytest.raises(WireRefused, match="not found"):
        fetch(linked(site, desk, number=99), desk)
    site.files = [a_file(n, a_siret(630 + n), **TEXTS) for n in range(3)]
    site.stuck, site.page = True, 1
    with pytest.raises(WireRefused, match="même page"):
        fetch(linked(site, desk), desk)


def test_papers_are_checked_like_any_other(site: Site, desk: Any) -> None:
    url = f"http://{site.host}"
    site.papers = {"/rib.pdf": a_pdf(), "/piege.pdf": b"MZ not a paper"}
    site.files = [
        a_file(
            7,
            a_siret(640),
            **TEXTS,
            RIB=[{"filename": "rib.pdf", "url": f"{url}/rib.pdf"}],
            Piège=[{"filename": "piege.pdf", "url": f"{url}/piege.pdf"}],
            Ailleurs=[{"filename": "a.pdf", "url": "http://169.254.169.254/latest"}],
        )
    ]
    batch = actions.apply(batch=fetch(linked(site, desk), desk), actor=desk, now=NOW)
    for words in ("pièce jointe", ""):
        told = papers.join_papers(batch=batch, actor=desk, now=NOW, wait=lambda seconds: None)
        assert any("RIB" in line and words in line for line in told) == bool(words)
        assert any("Piège" in line and "type de fichier" in line for line in told)
        assert any("Ailleurs" in line and "liste des sites" in line for line in told)
    assert Application.objects.get().attachments.count() == 1
    batch.refresh_from_db()
    assert (batch.papers, batch.papers_told) == ("done", told)
    # The papers are part of what the import made: it can still be undone.
    assert actions.undo(batch=batch, reason="Essai", actor=desk, now=NOW).told[0]["undone"]


def a_pdf() -> bytes:
    import io

    import pikepdf

    found, pdf = io.BytesIO(), pikepdf.new()
    pdf.add_blank_page()
    pdf.save(found)
    return found.getvalue()


@pytest.mark.parametrize(
    "url",
    [
        "https://demarche.exemple.fr.mechant.fr/",
        "http://demarche.exemple.fr/",
        "https://demarche.exemple.fr:22/",
        "https://moi" + ":mot@demarche.exemple.fr/",
        "https://demarche.exemple.fr@127.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "file:///etc/passwd",
        "https://demarche.exemple.fr:99999/",
    ],
)
def test_only_known_names_are_asked(url: str) -> None:
    places = Places(["demarche.exemple.fr"])
    with pytest.raises(WireRefused, match="liste des sites"):
        ask(url, places=places, most=10, wait=lambda seconds: None)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1%1"]
)
def test_a_known_name_that_leads_inside_is_refused(monkeypatch: Any, address: str) -> None:
    found = [(0, 0, 0, "", (address, 443)), (0, 0, 0, "", ("93.184.216.34", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr("socket.create_connection", lambda *_, **__: pytest.fail("connected"))
    with pytest.raises(WireRefused, match="réseau privé"):
        ask(
            "https://demarche.exemple.fr/", places=Places(["demarche.exemple.fr"]), most=10,
            wait=lambda seconds: None,
        )  # fmt: skip


def test_a_redirection_is_not_followed_and_a_flood_is_not_read(site: Site) -> None:
    places = Places(["127.0.0.1"], is_local=True)
    site.moved = True
    client = Client(f"http://{site.host}/", "x", places=places, wait=lambda seconds: None)
    with pytest.raises(WireRefused, match="302"):
        client.deleted(4321)
    site.papers["/gros"] = b"x" * 100
    with pytest.raises(WireRefused, match="trop lourde"):
        ask(f"http://{site.host}/gros", places=places, most=99, wait=lambda seconds: None)


def test_an_incomplete_legal_person_keeps_its_siret(site: Site, desk: Any) -> None:
    siret = a_siret(650)
    site.files = [a_file(1, siret, **TEXTS)]
    site.files[0]["demandeur"] = {
        "__typename": "PersonneMoraleIncomplete", "id": "P1", "siret": siret
    }  # fmt: skip
    batch = fetch(linked(site, desk), desk)
    assert siret in batch.cells[0]


def broken_after_two_pages(site: Site, desk: Any) -> Demarche:
    site.page, site.breaks_after = 2, 2
    site.asked.clear()
    site.files = [a_file(n, a_siret(660 + n), **TEXTS) for n in range(1, 6)]
    row = linked(site, desk)
    with pytest.raises(WireRefused, match="500"):
        fetch(row, desk)
    row.refresh_from_db()
    site.asked.clear()
    site.breaks_after = None
    return row


def test_a_broken_reading_keeps_its_pages_and_goes_on_from_there(site: Site, desk: Any) -> None:
    row = broken_after_two_pages(site, desk)
    assert (row.state, row.seen, row.read_until) == (Demarche.State.FAILED, 4, None)
    batch = fetch(row, desk, now=NOW + timedelta(minutes=1))
    assert [asked["variables"]["after"] for asked in site.asked] == ["4"]
    assert len(batch.cells) == 5
    row.refresh_from_db()
    assert (row.state, row.seen, row.read_until) == (Demarche.State.IDLE, 5, NOW)
    assert not row.pages.exists()


def test_pages_of_another_day_are_read_again(site: Site, desk: Any) -> None:
    row = broken_after_two_pages(site, desk)
    assert len(fetch(row, desk, now=NOW + timedelta(days=2)).cells) == 5
    assert [asked["variables"]["after"] for asked in site.asked] == [None, "2", "4"]
    row = broken_after_two_pages(site, desk)
    assert reading.purge_pages(NOW + timedelta(hours=23)) == 0
    assert reading.purge_pages(NOW + timedelta(hours=25)) == 2


def test_a_new_token_resumes_and_starting_afresh_is_a_choice(site: Site, desk: Any) -> None:
    row = broken_after_two_pages(site, desk)
    linked(site, desk, call=row.call)
    assert row.pages.count() == 2
    ask = {"demarche": row, "actor": desk, "now": NOW}
    assert reading.ask_reading(from_start=True, **ask)
    assert not row.pages.exists()
    assert not reading.ask_reading(from_start=True, **ask)  # asked already
    assert reading.ask_reading(from_start=False, **ask | {"now": NOW + reading.STUCK})


def test_a_reading_thought_dead_writes_nothing_more(site: Site, desk: Any) -> None:
    row = broken_after_two_pages(site, desk)
    old = reading._begin(row, desk, NOW)
    with pytest.raises(reading.Overtaken, match="déjà en cours"):
        fetch(row, desk)
    assert fetch(row, desk, now=NOW + reading.STUCK) is not None
    with pytest.raises(reading.Overtaken):
        reading._keep(old, Page((), "", is_last=True), NOW)
    with pytest.raises(reading.Overtaken):
        reading._end(old, [], desk, NOW)
    reading._fail(old, "trop tard")
    row.refresh_from_db()
    assert (row.state, row.words) == (Demarche.State.IDLE, "")
    assert row.batches.count() == 1


def test_a_large_demarche_becomes_several_imports(site: Site, desk: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(reading, "MOST_LINES", 2)
    site.files = [a_file(n, a_siret(670 + n), **TEXTS) for n in range(1, 7)]
    site.files[5]["state"] = "refuse"
    made = fetch_all(linked(site, desk), desk)
    assert [len(batch.cells) for batch in made] == [2, 2, 1]
    assert [batch.name for batch in made][0] == "Démarche 4321, partie 1 sur 3"
    assert [len(batch.aside) for batch in made] == [1, 0, 0]


def test_the_page_asks_the_worker_reads_and_the_page_tells(
    site: Site, desk: Any, client: Any
) -> None:
    """By HTTP as the desk does it; the worker is run by hand between two looks."""
    site.page, site.breaks_after = 2, 2
    site.files = [a_file(n, a_siret(680 + n), **TEXTS) for n in range(1, 6)]
    row = linked(site, desk, call=fund.call_open_now(), given_on=timezone.now().date(),
                 now=timezone.now())  # fmt: skip
    sign_in(client, desk)
    here = reverse("intake:demarche", args=[row.pk])
    client.post(reverse("intake:read_demarche", args=[row.pk]))
    client.post(reverse("intake:read_demarche", args=[row.pk]))
    assert DBTaskResult.objects.count() == 1  # asked twice, in the queue once
    assert site.asked == []  # nothing was read inside the request
    html = client.get(here).content.decode()
    assert "attend son tour" in html
    assert "Actualiser" in html
    run_tasks()
    html = client.get(here).content.decode()
    assert "code 500" in html
    assert "4 dossiers. La reprise repart de là." in html
    assert "Reprendre la lecture" in html
    site.breaks_after = None
    client.post(reverse("intake:read_demarche", args=[row.pk]))
    run_tasks()
    html = client.get(here).content.decode()
    assert "Démarche 4321" in html
    assert "Lire ce qui a changé" in html
    batch = actions.apply(batch=row.batches.get(), actor=desk, now=timezone.now())
    client.post(reverse("intake:papers", args=[batch.pk]))
    assert "En route" in client.get(reverse("intake:batch", args=[batch.pk])).content.decode()
    run_tasks()
    assert "Arrivées" in client.get(reverse("intake:batch", args=[batch.pk])).content.decode()


def run_tasks() -> None:
    """What the worker would do with the tasks of imports that wait, without its pauses."""
    for row in DBTaskResult.objects.ready().filter(task_path__contains="intake"):
        with mock.patch("time.sleep"):
            row.task.func(*row.args_kwargs["args"])
        row.delete()


def test_who_links_and_reads(site: Site, desk: Any) -> None:
    row = linked(site, desk)
    head = fund.user(Role.NETWORK_HEAD, fund.organisation(kind="network"))
    for user in (head, fund.user(Role.REPRESENTATIVE, fund.organisation())):
        with pytest.raises(NotYours):
            linked(site, user)
    with pytest.raises(NotYours):
        fetch(row, fund.user(Role.PROGRAMME))
    assert site.asked == []
