"""The twelve steps of the tour: who, what to look at and do, and the page where it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.urls import reverse

from ensemblier.web.tour.progress import Progress

Address = Callable[[Progress], str]
Check = Callable[[Progress], bool]


class Passage(NamedTuple):
    """One entry as somebody: possible once `ready`; without `done`, having entered is enough."""

    key: str
    account: str  # key of demo/accounts.py, "" for a visitor
    role: str
    task: str
    address: Address
    done: Check | None = None
    ready: Check | None = None


class Stage(NamedTuple):
    """One step of the tour."""

    number: int
    role: str
    text: str
    passages: tuple[Passage, ...]


def file_page(name: str) -> Address:
    return lambda progress: reverse(name, args=[progress.number])


def sitting_page(name: str) -> Address:
    """A page of the sitting whose vote is open in the demonstration."""
    return lambda progress: (
        reverse(name, args=[progress.sitting.pk]) if progress.sitting else reverse("jury:list")
    )


def agreement_page(name: str) -> Address:
    """A page of the agreement, once there is one."""
    return lambda progress: reverse(name, args=[progress.agreement_number])


def preparation(progress: Progress) -> str:
    """Where the agreement is written, then where it is sent."""
    if progress.agreement is None:
        return reverse("agreements:prepare", args=[progress.number])
    return agreement_page("agreements:detail")(progress)


def page(name: str) -> Address:
    return lambda progress: reverse(name)


def report_page(progress: Progress) -> str:
    if progress.report is None:
        return agreement_page("monitoring:list")(progress)
    return reverse("monitoring:report", args=[progress.report.pk])


STAGES = (
    Stage(
        1,
        "Visiteur",
        "Vous n'avez pas de compte. Lisez l'appel à projets : ses six critères, ses dates, ce "
        "qu'il paie. Les fiches d'expérience sont ouvertes à tous.",
        (
            Passage(
                "visiteur",
                "",
                "Visiteur",
                "Lire l'appel",
                lambda progress: reverse("calls:detail", args=[progress.application.call.slug]),
            ),
        ),
    ),
    Stage(
        2,
        "Porteur de projet",
        "Vous préparez le dossier d'un Jardin de Cocagne. Tout est rempli : relisez le budget, "
        "cochez le dernier engagement, puis déposez. Vous recevez un accusé de dépôt. Les cinq ans "
        "du projet se voient dans l'atelier : qui paie, et si l'argent manque un mois.",
        (
            Passage(
                "porteur",
                "porteur",
                "Porteur de projet",
                "Déposer le dossier",
                lambda progress: (
                    reverse("applications:detail", args=[progress.number])
                    if progress.is_filed
                    else reverse("applications:step", args=[progress.number, "envoi"])
                ),
                lambda progress: progress.is_filed,
            ),
            Passage(
                "atelier",
                "porteur",
                "Porteur de projet",
                "Voir les cinq ans dans l'atelier",
                page("atelier:list"),
                # To look at: the step is done by filing.
                lambda progress: progress.is_filed,
            ),
        ),
    ),
    Stage(
        3,
        "Agent instructeur",
        "Vous recevez le dossier, déjà vérifié par la machine. Prenez-le, notez les six critères "
        "en disant pourquoi, puis rendez votre avis.",
        (
            Passage(
                "instructeur",
                "instructeur",
                "Agent instructeur",
                "Instruire le dossier",
                file_page("review:file"),
                lambda progress: progress.has_desk_opinion,
                lambda progress: progress.is_filed,
            ),
        ),
    ),
    Stage(
        4,
        "Tête de réseau",
        "Vous animez le réseau dont le jardin est membre. Vous ne voyez que ses dossiers. Donnez "
        "votre avis : celui des autres reste caché tant que le vôtre n'est pas rendu.",
        (
            Passage(
                "reseau",
                "reseau",
                "Tête de réseau",
                "Donner l'avis du réseau",
                file_page("review:file"),
                # A network may also pass: once the file is proposed, its turn is over.
                lambda progress: progress.has_network_opinion or progress.is_proposed,
                lambda progress: progress.is_filed,
            ),
        ),
    ),
    Stage(
        5,
        "Responsable du programme",
        "Vous portez le programme et ses enveloppes. Les avis sont là : proposez le dossier au "
        "signataire.",
        (
            Passage(
                "programme",
                "programme",
                "Responsable du programme",
                "Proposer le dossier",
                file_page("review:file"),
                lambda progress: progress.is_proposed,
                lambda progress: progress.is_filed,
            ),
        ),
    ),
    Stage(
        6,
        "Personne concernée",
        "Vous êtes jurée. Dites d'abord si vous connaissez un des trois projets, écoutez-les, puis "
        "votez avec des cartes. Votre bulletin est secret : gardez votre reçu.",
        (
            Passage(
                "juree",
                "juree",
                "Personne concernée",
                "Écouter et voter",
                sitting_page("jury:projects"),
                lambda progress: progress.has_voted,
            ),
        ),
    ),
    Stage(
        7,
        "Présidente du jury",
        "Tous les jurés ont voté. Vous closez le vote : l'urne est mélangée, puis le décompte "
        "paraît. Personne ne voit qui a choisi quoi.",
        (
            Passage(
                "presidence",
                "presidence",
                "Présidente du jury",
                "Clore le vote",
                sitting_page("jury:sitting"),
                lambda progress: progress.is_counted,
                lambda progress: progress.has_voted,
            ),
        ),
    ),
    Stage(
        8,
        "Signataire",
        "Vous décidez, sans avoir instruit. Regardez ce qui reste dans l'enveloppe, accordez un "
        "montant par dépense et écrivez vos motifs. L'argent est réservé au même instant.",
        (
            Passage(
                "signataire",
                "signataire",
                "Signataire",
                "Décider",
                file_page("decisions:decide"),
                lambda progress: progress.is_decided,
                lambda progress: progress.is_proposed,
            ),
        ),
    ),
    Stage(
        9,
        "Représentante légale",
        "La convention part du service, l'organisation la signe, l'État signe en dernier. Cette "
        "dernière signature met l'argent de côté pour vous.",
        (
            Passage(
                "convention",
                "programme",
                "Responsable du programme",
                "Préparer et envoyer la convention",
                preparation,
                lambda progress: progress.is_sent,
                lambda progress: progress.is_decided,
            ),
            Passage(
                "representante",
                "representante",
                "Représentante légale",
                "Signer pour l'organisation",
                agreement_page("agreements:detail"),
                lambda progress: progress.signed_by_organisation,
                lambda progress: progress.is_sent,
            ),
            Passage(
                "signature",
                "signataire",
                "Signataire",
                "Signer pour l'État",
                agreement_page("agreements:detail"),
                lambda progress: progress.is_signed,
                lambda progress: progress.is_sent,
            ),
        ),
    ),
    Stage(
        10,
        "Agent payeur",
        "Une personne certifie que la somme est due, une autre la paie. La même demande envoyée "
        "deux fois ne paie qu'une fois.",
        (
            Passage(
                "certification",
                "instructeur",
                "Agent instructeur",
                "Certifier la première échéance",
                agreement_page("payments:agreement"),
                lambda progress: progress.is_certified,
                lambda progress: progress.is_signed,
            ),
            Passage(
                "payeur",
                "payeur",
                "Agent payeur",
                "Payer",
                agreement_page("payments:agreement"),
                lambda progress: progress.is_paid,
                lambda progress: progress.is_certified,
            ),
        ),
    ),
    Stage(
        11,
        "Auditeur",
        "Le porteur rend compte, sa représentante certifie, le service contrôle. Vous relisez "
        "ensuite le livre et le "
        "journal : chaque euro et chaque geste y sont, et rien ne s'y efface.",
        (
            Passage(
                "bilan",
                "porteur",
                "Porteur de projet",
                "Écrire le bilan",
                report_page,
                lambda progress: progress.is_report_written,
                lambda progress: progress.is_signed,
            ),
            Passage(
                "depot",
                "representante",
                "Représentante légale",
                "Certifier et déposer le bilan",
                report_page,
                lambda progress: progress.is_reported,
                lambda progress: progress.is_report_written,
            ),
            Passage(
                "controle",
                "instructeur",
                "Agent instructeur",
                "Contrôler le bilan",
                report_page,
                lambda progress: progress.is_checked,
                lambda progress: progress.is_reported,
            ),
            Passage("auditeur", "auditeur", "Auditeur", "Relire le livre", page("books:index")),
        ),
    ),
    Stage(
        12,
        "Assistance",
        "Vous faites marcher le site. Vous voyez les tâches, les courriels et les sauvegardes, "
        "mais aucun dossier.",
        (
            Passage(
                "assistance",
                "assistance",
                "Assistance",
                "Voir l'exploitation",
                page("operations:index"),
            ),
        ),
    ),
)
PASSAGES = {passage.key: (stage, passage) for stage in STAGES for passage in stage.passages}
