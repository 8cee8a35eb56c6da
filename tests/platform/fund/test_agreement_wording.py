"""Templates of articles: versions, what an agreement keeps, the try on an example."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.people.models import Role
from ensemblier.fund.agreements import articles, wording
from ensemblier.fund.agreements.models import ArticleTemplate
from ensemblier.fund.agreements.wording import BadWording, NotYours, StaleWording
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = fund.NOW


def write(actor, code="use", body="L'aide sert au projet « {projet} ».", version=0, **fields):
    full = {"kind": "grant", "title": "Emploi", "actor": actor, "now": NOW} | fields
    return wording.write_template(code=code, body=body, version=version, **full)


def words_of(agreement, code: str) -> articles.Words:
    return next(w for w in articles.articles_of(agreement) if w.code == code)


def test_an_agreement_keeps_the_version_it_was_made_with() -> None:
    officer = fund.user(Role.PROGRAMME)
    case = money.prepared()
    row = write(officer)
    assert words_of(case.agreement, "use").template_version == 0
    assert "{projet}" not in words_of(case.agreement, "use").body
    again = money.prepare(case)  # dates are changed: the words stay
    assert words_of(again, "use").template_version == 0
    assert next(w for w in articles.templates_of("grant") if w.code == "use").body == row.body
    assert wording.made_with("grant", "use") == {0: 1}
    case.agreement.articles.all().delete()
    articles.begin(case.agreement, actor=officer, now=NOW)
    assert words_of(case.agreement, "use").template_version == 1
    assert wording.made_with("grant", "use") == {1: 1}


def test_a_version_is_never_written_over() -> None:
    officer = fund.user(Role.PROGRAMME)
    write(officer)
    with pytest.raises(StaleWording):
        write(officer, body="Autre texte.")
    assert write(officer, body="Autre texte.", version=1).version == 2
    kept = ArticleTemplate.objects.get(code="use", version=1)
    assert kept.body.startswith("L'aide sert au projet")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"body": "{montant_total}"}, "n'est pas un mot à remplir"),
        ({"body": ""}, "La loi demande cet article"),
        ({"title": "  "}, "titre"),
        ({"code": "", "body": ""}, "Écrivez le texte"),
        ({"code": "absent"}, "n'existe pas"),
    ],
)
def test_words_that_cannot_be_a_template_are_refused(fields, words) -> None:
    with pytest.raises(BadWording, match=words):
        write(fund.user(Role.PROGRAMME), **fields)
    assert not ArticleTemplate.objects.exists()


def test_only_the_programme_officer_writes_them() -> None:
    for role in (Role.INSTRUCTOR, Role.SIGNATORY, Role.AUDITOR):
        with pytest.raises(NotYours):
            write(fund.user(role))


def test_an_article_is_added_and_taken_off_for_the_agreements_to_come() -> None:
    officer = fund.user(Role.PROGRAMME)
    row = write(officer, code="", title="Logo", body="Le logo est affiché.")
    assert "Logo" in [w.title for w in articles.templates_of("grant")]
    assert "Logo" not in [w.title for w in articles.templates_of("network")]
    write(officer, code=row.code, title="Logo", body="", version=1)
    write(officer, code="breach", title="Manquement", body="")
    codes = [w.code for w in articles.templates_of("grant")]
    assert row.code not in codes and "breach" not in codes and "object" in codes


def test_the_example_fills_every_blank() -> None:
    assert set(wording.EXAMPLE) == set(articles.BLANKS)
    for words in articles.templates_of("network"):
        assert not any("{" in part for part in articles.fill(words.body, wording.EXAMPLE))


def test_the_page_tries_without_writing_then_writes(client: Client) -> None:
    sign_in(client, fund.user(Role.PROGRAMME))
    listed = client.get(reverse("agreements:wordings"), {"nature": "network"})
    assert "Convention avec une tête de réseau" in listed.content.decode()
    path = reverse("agreements:article_template", args=["grant", "use"])
    typed = {"title": "Emploi", "body": "Pour {organisation} seule.", "version": 0}
    tried = client.post(path, typed | {"try": "1"})
    assert tried.status_code == 200 and not ArticleTemplate.objects.exists()
    page = tried.content.decode()
    assert "Pour Les Paniers du canal seule." in page and "Pour {organisation} seule." in page
    wrong = client.post(path, typed | {"body": "Pour {tous}.", "try": "1"})
    assert wrong.status_code == 422 and "Pour {tous}." in wrong.content.decode()
    assert client.post(path, typed).status_code == 302
    assert ArticleTemplate.objects.get().version == 1
    stale = client.post(path, typed | {"body": "Ma phrase gardée."})
    assert stale.status_code == 422 and "Ma phrase gardée." in stale.content.decode()
