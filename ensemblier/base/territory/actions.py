"""Loading the reference tables of France, and importing or declaring the lists of zonings."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.db import models, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.models import (
    Commune,
    Department,
    Epci,
    Family,
    FormerCommune,
    QpvPerimeter,
    Region,
    Zoning,
    ZoningKind,
    ZoningVersion,
    plain,
)
from ensemblier.base.territory.official_files import (
    Rejected,
    read_bytes,
    read_frr,
    read_qpv,
)
from ensemblier.base.territory.placing import (
    frr_zoning,
    perimeter,
    place_frr,
    qpv_zonings,
    todays_codes,
)
from ensemblier.base.territory.reference import DATA, rows_of

# Communes put back in the list in 2025 keep the help for a time; one source gives this day.
BENEFICIARIES_UNTIL = date(2027, 12, 31)
BATCH = 2_000
DAY = timedelta(days=1)


class VersionTaken(Refusal):
    """Another file was already imported under that name."""


class NothingToImport(Refusal):
    """No row of the file could be placed: keeping the former list is safer."""


class OfficialListInForce(Refusal):
    """Zonings declared by hand must not hide an imported official list."""


class LoadReport(NamedTuple):
    """What loading the tables changed."""

    created: int
    changed: int
    retired: int


class ImportReport(NamedTuple):
    """What importing a list did. `already`: that very file was in, nothing changed."""

    version: ZoningVersion
    created: int
    rejected: list[Rejected]
    already: bool


class Declared(NamedTuple):
    """A commune put by hand in a zoning."""

    kind: ZoningKind
    code: str
    label: str
    commune: str


@transaction.atomic
def load_reference(*, folder: Path = DATA, actor: Any = None) -> LoadReport:
    """Make the tables say what `data/` says; doing it again changes nothing.

    A commune that is gone stays, no longer current, so that what was tied to it remains.
    """
    tables: list[tuple[type[models.Model], dict[str, dict[str, Any]]]] = [
        (Region, {r["code"]: {"name": r["name"]} for r in rows_of("regions.csv", folder)}),
        (Department, _departments(folder)),
        (Epci, {r.pop("code"): dict(r) for r in rows_of("epci.csv", folder)}),
        (Commune, _communes(folder)),
        (FormerCommune, _former(folder)),
    ]
    counts = [_bring(model, wanted) for model, wanted in tables]
    communes = dict(tables)[Commune]
    gone = [
        pk for pk in Commune.objects.current().values_list("pk", flat=True) if pk not in communes
    ]
    for start in range(0, len(gone), BATCH):
        Commune.objects.filter(pk__in=gone[start : start + BATCH]).update(is_current=False)
    report = LoadReport(sum(c for c, _ in counts), sum(c for _, c in counts), len(gone))
    if any(report):
        record(
            actor=actor, action="territory.load", subject="territory:france", data=report._asdict()
        )
    return report


def _departments(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        r["code"]: {"name": r["name"], "zone": r["zone"], "region_id": r["region"] or None}
        for r in rows_of("departments.csv", folder)
    }


def _communes(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        r["code"]: {
            "name": r["name"],
            "search_name": plain(r["name"]),
            "department_id": r["department"],
            "epci_id": r["epci"] or None,
            "population": int(r["population"]),
            "postcodes": r["postcodes"],
            "longitude": float(r["longitude"]) if r["longitude"] else None,
            "latitude": float(r["latitude"]) if r["latitude"] else None,
            "is_current": True,
        }
        for r in rows_of("communes.csv.gz", folder)
    }


def _former(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        r["code"]: {"name": r["name"], "commune_id": r["commune"]}
        for r in rows_of("former_communes.csv.gz", folder)
    }


def _bring(model: type[models.Model], wanted: Mapping[str, dict[str, Any]]) -> tuple[int, int]:
    """Create the rows that miss and correct those that differ; give how many of each."""
    fields = list(next(iter(wanted.values())))
    known = {
        row[0]: row[1:] for row in model._default_manager.values_list("pk", *fields).iterator()
    }
    new = [model(code=code, **row) for code, row in wanted.items() if code not in known]
    model._default_manager.bulk_create(new, batch_size=BATCH)
    changed = [
        model(code=code, **row)
        for code, row in wanted.items()
        if code in known and known[code] != tuple(row.values())
    ]
    names = [field.removesuffix("_id") for field in fields]
    model._default_manager.bulk_update(changed, names, batch_size=200)
    return len(new), len(changed)


@transaction.atomic
def import_frr(
    *,
    path: Path,
    version: str,
    valid_from: date,
    legal_reference: str,
    beneficiaries_until: date = BENEFICIARIES_UNTIL,
    actor: Any = None,
) -> ImportReport:
    """Import the official FRR and FRR+ list; it closes the former one."""
    raw, digest = read_bytes(path)
    known = _same_file(Family.FRR, version, digest)
    rows, rejected = read_frr(raw)
    placed, unknown = place_frr(rows, todays_codes())
    report_rows = sorted([*rejected, *unknown])
    if known:
        return ImportReport(known, 0, report_rows, already=True)
    _refuse_if_empty(placed)
    opened = _open_version(Family.FRR, version, valid_from, legal_reference, digest)
    zonings = [
        frr_zoning(opened, commune, kind, found, beneficiaries_until)
        for (commune, kind), found in placed.items()
    ]
    Zoning.objects.bulk_create(zonings, batch_size=BATCH)
    return _finish(opened, len(zonings), report_rows, actor)


@transaction.atomic
def import_qpv(
    *, path: Path, version: str, valid_from: date, legal_reference: str, actor: Any = None
) -> ImportReport:
    """Import an official list of QPV with its outlines; it closes the former one."""
    raw, digest = read_bytes(path)
    known = _same_file(Family.QPV, version, digest)
    rows, rejected = read_qpv(raw)
    communes = todays_codes()
    rejected += [
        Rejected(row.line, row.code, f"Aucune commune ne porte le code {code}.")
        for row in rows
        for code in row.communes
        if code not in communes
    ]
    if known:
        return ImportReport(known, 0, sorted(rejected), already=True)
    _refuse_if_empty(rows)
    opened = _open_version(Family.QPV, version, valid_from, legal_reference, digest)
    QpvPerimeter.objects.bulk_create([perimeter(opened, row) for row in rows], batch_size=200)
    zonings = [zoning for row in rows for zoning in qpv_zonings(opened, row, communes)]
    Zoning.objects.bulk_create(zonings, batch_size=BATCH)
    return _finish(opened, len(rows), sorted(rejected), actor)


@transaction.atomic
def declare_zonings(
    *,
    family: Family,
    version: str,
    valid_from: date,
    legal_reference: str,
    rows: Iterable[Declared],
    actor: Any = None,
) -> int:
    """Put communes in zonings by hand, where no official list was imported; safe to repeat."""
    in_force = ZoningVersion.objects.filter(family=family, replaced_by__isnull=True)
    if in_force.exclude(sha256="").exists():
        raise OfficialListInForce(
            "Une liste officielle est déjà importée : elle dit seule quelles communes en sont."
        )
    opened = ZoningVersion.objects.filter(family=family, name=version).first()
    if opened is None:
        opened = _open_version(family, version, valid_from, legal_reference, "")
    known = set(opened.zonings.values_list("code", "commune_id"))
    new = [
        Zoning(
            kind=row.kind,
            code=row.code,
            label=row.label,
            commune=Commune.objects.resolve(row.commune),
            version=opened,
            is_partial=row.kind == ZoningKind.QPV,
            valid_from=opened.valid_from,
            valid_to=opened.valid_to,
        )
        for row in rows
    ]
    new = [zoning for zoning in new if (zoning.code, zoning.commune_id) not in known]
    Zoning.objects.bulk_create(new)
    if new:
        _finish(opened, len(new), [], actor)
    return len(new)


def _same_file(family: Family, name: str, digest: str) -> ZoningVersion | None:
    version = ZoningVersion.objects.filter(family=family, name=name).first()
    if version and version.sha256 != digest:
        raise VersionTaken(
            f"La version « {name} » existe déjà et vient d'un autre fichier. "
            "Donnez un autre nom à cette version.",
            field="version",
        )
    return version


def _refuse_if_empty(rows: Any) -> None:
    if not rows:
        raise NothingToImport(
            "Aucune ligne de ce fichier n'a pu être placée. La liste en place n'a pas changé. "
            "Chargez d'abord les communes (ensemblier territory load), puis vérifiez le fichier."
        )


def _open_version(
    family: Family, name: str, valid_from: date, legal_reference: str, digest: str
) -> ZoningVersion:
    """Add a version: the one before ends the day before, one of the same day is voided."""
    others = ZoningVersion.objects.filter(family=family, replaced_by__isnull=True)
    after = others.filter(valid_from__gt=valid_from).order_by("valid_from").first()
    same_day = others.filter(valid_from=valid_from).first()
    before = others.filter(valid_from__lt=valid_from).order_by("-valid_from").first()
    version = ZoningVersion(
        family=family,
        name=name,
        valid_from=valid_from,
        valid_to=after.valid_from - DAY if after else None,
        legal_reference=legal_reference,
        sha256=digest,
    )
    if same_day:  # pointed at itself first: only one version may start a day
        ZoningVersion.objects.filter(pk=same_day.pk).update(replaced_by=same_day)
    version.save()
    if same_day:
        ZoningVersion.objects.filter(pk=same_day.pk).update(replaced_by=version)
    if before:
        _close(before, valid_from - DAY)
    return version


def _close(version: ZoningVersion, last_day: date) -> None:
    lasting = models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=last_day)
    ZoningVersion.objects.filter(lasting, pk=version.pk).update(valid_to=last_day)
    version.zonings.filter(lasting).update(valid_to=last_day)
    version.perimeters.filter(lasting).update(valid_to=last_day)


def _finish(
    version: ZoningVersion, created: int, rejected: list[Rejected], actor: Any
) -> ImportReport:
    data = {"created": created, "rejected": len(rejected), "sha256": version.sha256}
    record(
        actor=actor, action="territory.zonings", subject=f"zoning_version:{version.pk}", data=data
    )
    return ImportReport(version, created, rejected, already=False)
