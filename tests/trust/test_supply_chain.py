"""A15 and A16: no lock below a known flaw, a bill of materials that tells all, no secret kept.

That every dependency has hashes, that there are at most forty and that no file names where packages
come from: tests/architecture/test_supply.py.
"""

from __future__ import annotations

import json
import re
import tomllib
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from detect_secrets import SecretsCollection
from detect_secrets.settings import transient_settings
from packaging.version import Version

from ensemblier.engines.months import add_months
from requirements import sbom
from tests.architecture.source import ROOT, committed
from tests.architecture.test_supply import HOSTS

pytestmark = pytest.mark.trust
TABLE = tomllib.loads((ROOT / "requirements" / "advisories.toml").read_text())
FLOORS = {row["package"]: row for row in TABLE["floor"]}


def below(packages: list[sbom.Pinned]) -> list[str]:
    """The packages with a known flaw."""
    return [
        f"{row.name} {row.version} < {FLOORS[row.name]['version']}"
        for row in packages
        if row.name in FLOORS and Version(row.version) < Version(FLOORS[row.name]["version"])
    ]


@pytest.mark.parametrize("lock", sbom.LOCKS)
def test_no_lock_is_below_a_known_flaw(lock):
    assert below(sbom.pinned(lock)) == []


@pytest.mark.parametrize("package", FLOORS)
def test_an_older_version_would_be_found(package):
    """Negative control, at the version just before and far before."""
    floor = FLOORS[package]["version"]
    assert below([sbom.Pinned(package, f"{floor}rc1", ())])
    assert below([sbom.Pinned(package, "0.1", ())])
    assert below([sbom.Pinned(package, floor, ())]) == []


def test_the_table_is_whole():
    """Each floor is of a package that we do install, with numbered flaws and a reason."""
    installed = {row.name for lock in sbom.LOCKS for row in sbom.pinned(lock)}
    assert set(FLOORS) <= installed
    assert {"django", "django-allauth", "pillow", "cryptography"} <= set(FLOORS)
    assert len(FLOORS) == len(TABLE["floor"])
    for row in FLOORS.values():
        assert row["reason"]
        assert row["flaws"]
        assert len(set(row["flaws"])) == len(row["flaws"])
        assert all(re.fullmatch(r"CVE-20\d\d-\d{4,6}", flaw) for flaw in row["flaws"])


def is_stale(day: date) -> bool:
    return day > add_months(TABLE["read_on"], TABLE["months"])


def test_a_table_not_read_for_months_warns_and_never_fails():
    read = TABLE["read_on"]
    assert not is_stale(add_months(read, TABLE["months"]))
    assert is_stale(add_months(read, TABLE["months"] + 1))
    if is_stale(date.today()):
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(f"requirements/advisories.toml was read on {read}", stacklevel=1)


@pytest.fixture(scope="module")
def bill() -> str:
    return sbom.bill()


def test_the_bill_of_materials_names_every_pinned_package_and_all_its_hashes(bill):
    told: dict[tuple[str, str], set[str]] = {}
    for row in json.loads(bill)["components"]:
        hashes = {each["content"] for each in row["hashes"]}
        told.setdefault((row["name"], row["version"]), set()).update(hashes)
    # Read in another way than sbom.py does: line after line.
    pinned: dict[tuple[str, str], set[str]] = {}
    for lock in sbom.LOCKS:
        key = ("", "")
        for line in (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines():
            if "==" in line and not line.startswith((" ", "#")):
                name, _, rest = line.partition("==")
                key = (name.partition("[")[0], rest.split()[0])
                pinned.setdefault(key, set())
            elif "--hash=sha256:" in line:
                pinned[key].add(line.split("sha256:")[1].split()[0])
    assert told == pinned
    assert len(told) > 80
    assert all(told.values())


def test_what_runs_is_apart_from_what_only_tests_need(bill):
    scopes = {row["name"]: row["scope"] for row in json.loads(bill)["components"]}
    assert (scopes["django"], scopes["granian"]) == ("required", "required")
    assert (scopes["pytest"], scopes["django-hordak"]) == ("excluded", "excluded")


def test_the_bill_follows_the_schema_of_cyclonedx(bill):
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(bill) is None
    broken: dict[str, Any] = json.loads(bill)
    broken["components"][0].pop("name")
    assert validator.validate_str(json.dumps(broken)) is not None


def test_the_bill_names_no_registry_and_is_the_same_every_time(bill):
    assert [host for host in HOSTS if host in bill.lower()] == []
    assert sbom.bill() == bill


def test_a_package_without_its_hash_would_be_seen(tmp_path):
    """Negative control: a lock that loses a hash gives another bill."""
    for lock in sbom.LOCKS:
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        (tmp_path / f"{lock}.txt").write_text(re.sub(r" +--hash=\S+ ?\\?\n", "", text, count=1))
    assert sbom.bill(tmp_path) != sbom.bill()


# Detectors that need no network. Entropy is left out: locks, fonts and digests are all entropy.
PLUGINS = [
    {"name": name}
    for name in (
        "ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector",
        "CloudantDetector", "DiscordBotTokenDetector", "GitHubTokenDetector", "GitLabTokenDetector",
        "IbmCloudIamDetector", "IbmCosHmacDetector", "JwtTokenDetector", "MailchimpDetector",
        "NpmDetector", "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector",
        "SendGridDetector", "SlackDetector", "SoftlayerDetector", "SquareOAuthDetector",
        "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
    )
]  # fmt: skip
# Written so on purpose: what tests look for, and examples that name no real place.
MEANT = re.compile(r"motdepasse|password|hunter2|canari|Xk29dkq|secret@", re.IGNORECASE)


def secrets_of(paths: list[Path]) -> list[str]:
    found = SecretsCollection()
    with transient_settings({"plugins_used": PLUGINS}):
        for path in paths:
            found.scan_file(str(path))
    return [
        f"{Path(name).name}:{secret.line_number} {secret.type}"
        for name, secret in found
        if not MEANT.search(line_of(Path(name), secret.line_number))
    ]


def line_of(path: Path, number: int) -> str:
    return path.read_text(errors="replace").splitlines()[number - 1]


def test_detect_secrets_finds_nothing_in_the_repository():
    # Locks are hashes; outlines and lists of communes are figures: long to read, nothing to find.
    dull = (".gz", ".png", ".woff2", ".jpg", ".csv")
    texts = [
        path
        for path in committed()
        if path.suffix not in dull
        and path.name not in {f"{lock}.txt" for lock in sbom.LOCKS} | {"outlines.json"}
    ]
    assert len(texts) > 300
    assert secrets_of(texts) == []


@pytest.mark.parametrize(
    "line",
    [
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "ghp_" + "a1B2" * 9,
        "postgres://fonds:" + "Zr81kqpw@base/fonds",
        "eyJhbGciOiJIUzI1NiJ9" + "." + "eyJzdWIiOiIxIn0" + "." + "c2lnbmF0dXJl",
    ],
)
def test_a_secret_in_a_file_would_be_found(tmp_path, line):
    """Negative control."""
    (tmp_path / "x.py").write_text(f'KEY = "{line}"\n')
    assert len(secrets_of([tmp_path / "x.py"])) >= 1
