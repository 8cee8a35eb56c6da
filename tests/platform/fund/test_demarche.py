"""Démarche Numérique, against a local server that speaks the part of its schema we read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.intake import actions, linking
from ensemblier.fund.intake.access import NotYours
from ensemblier.fund.intake.demarche import Client
from ensemblier.fund.intake.models import Demarche
from ensemblier.fund.intake.wire import Places, TokenRefused, WireRefused, ask
from tests import factories_fund as fund
from tests.canaries import DEMARCHE_TOKEN
from tests.demarche_server import Site, a_file
from tests.factories_people import a_siret

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


def fetch(row: Demarche, desk: Any, **fields: Any) -> Any:
    full = {"actor": desk, "now": NOW, "wait": lambda seconds: None} | fields
    return linking.fetch(demarche=row, **full)


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
    site.deleted = [9]
    batch = fetch(row, desk)
    assert batch.aside[0].startswith("Dossier 9 : supprimé là-bas.")
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
        told = linking.join_papers(batch=batch, actor=desk, now=NOW, wait=lambda seconds: None)
        assert any("RIB" in line and words in line for line in told) == bool(words)
        assert any("Piège" in line and "type de fichier" in line for line in told)
        assert any("Ailleurs" in line and "liste des sites" in line for line in told)
    assert Application.objects.get().attachments.count() == 1
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


def test_who_links_and_reads(site: Site, desk: Any) -> None:
    row = linked(site, desk)
    head = fund.user(Role.NETWORK_HEAD, fund.organisation(kind="network"))
    for user in (head, fund.user(Role.REPRESENTATIVE, fund.organisation())):
        with pytest.raises(NotYours):
            linked(site, user)
    with pytest.raises(NotYours):
        fetch(row, fund.user(Role.PROGRAMME))
    assert site.asked == []
