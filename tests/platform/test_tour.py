"""The guided tour: twelve steps, in the demonstration only, each landing on the right page."""

from __future__ import annotations

import pytest
from django.urls import reverse

from ensemblier.atelier.models import EconomicPlan
from ensemblier.fund.applications.models import Application
from ensemblier.web.demo.accounts import BY_KEY
from ensemblier.web.demo.plan import TOUR_SHEET
from ensemblier.web.tour.progress import Progress, tour_file
from ensemblier.web.tour.stages import PASSAGES, STAGES


def test_there_is_no_tour_outside_the_demonstration(db, client, settings):
    settings.DEMO = False
    assert client.get("/visite/").status_code == 404
    assert client.post("/visite/entrer/porteur/").status_code == 404


def test_twelve_steps_one_for_each_role(demo_db, client):
    page = client.get("/visite/").content.decode()
    assert [stage.number for stage in STAGES] == list(range(1, 13))
    assert len({stage.role for stage in STAGES}) == 12
    for stage in STAGES:
        assert f"Étape {stage.number}" in page
        assert stage.text in page.replace("&#x27;", "'")
    assert page.count('aria-current="step"') == 1


def test_the_page_says_so_when_the_demonstration_is_not_loaded(db, client, settings):
    settings.DEMO = True
    assert "pas chargée" in client.get("/visite/").content.decode()
    assert client.post("/visite/entrer/porteur/").status_code == 404


@pytest.mark.parametrize("key", sorted(PASSAGES))
def test_entering_signs_in_and_lands_on_a_page_that_opens(demo_db, client, key):
    stage, passage = PASSAGES[key]
    answer = client.post(reverse("tour:enter", args=[key]))
    assert answer.status_code == 302
    if passage.account:
        assert answer.wsgi_request.user.email == BY_KEY[passage.account].email
        assert not client.get(reverse("dashboard:index")).context["actor"].lacks_second_factor
    else:
        assert answer.wsgi_request.user.is_anonymous
    # While the file is a draft, later steps land on the dashboard of the role; the jury's own
    # files are there already.
    if passage.done and passage.ready:
        assert answer.url == reverse("dashboard:index")
    assert client.get(answer.url, follow=True).status_code == 200  # a juror says her links first
    shown = client.get("/visite/").content.decode()
    assert f"étape {stage.number} sur 12" in shown
    assert f"<strong>{passage.role}</strong>" in shown


def test_the_step_of_the_file_leads_to_its_five_years(demo_db, client):
    answer = client.post(reverse("tour:enter", args=["atelier"]))
    assert answer.url == reverse("atelier:list")
    plan = EconomicPlan.objects.get(application=tour_file())
    assert reverse("atelier:detail", args=[plan.pk]) in client.get(answer.url).content.decode()
    step = client.get("/visite/").context["steps"][1]
    assert step["state"] == "todo"  # having looked does not file it


def test_a_link_cannot_sign_in(demo_db, client):
    assert client.get("/visite/entrer/porteur/").status_code == 405


def test_an_unknown_key_is_not_found(demo_db, client):
    assert client.post("/visite/entrer/personne/").status_code == 404


def test_the_first_step_is_done_once_entered(demo_db, client):
    client.post("/visite/entrer/visiteur/")
    client.post("/visite/entrer/assistance/")
    steps = client.get("/visite/").context["steps"]
    assert [step["state"] for step in steps][:2] == ["done", "current"]
    assert steps[11]["state"] == "done"


def test_progress_is_read_from_the_file(demo_db, django_assert_max_num_queries):
    closed = Progress(Application.objects.get(state="closed"))
    with django_assert_max_num_queries(8):
        assert closed.is_filed
        assert closed.is_proposed
        assert closed.is_decided
        assert closed.is_signed
        assert closed.is_paid
        assert closed.is_checked
    fresh = tour_file()
    assert fresh is not None
    assert fresh.sheet_slug == TOUR_SHEET
    assert not Progress(fresh).is_filed
