"""`ensemblier split`: what it writes, what it refuses, and that the fast way changes nothing."""

import csv
import io
import os
import random
import subprocess
import sys
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from ensemblier.cli import split as command
from ensemblier.cli import split_reading
from ensemblier.cli.main import parser
from ensemblier.engines.cofinancing.lines import FREE, NEEDED, RawLine
from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.split import Refused, Share, split
from tests.properties.cofinancing_schemes import any_rows, any_scheme
from tests.properties.test_cofinancing import as_toml

ROOT = Path(__file__).parents[2]
SCHEME = """
name = "paniers"
person = { rule = "percent", percent = "30" }
[[step]]
kind = "share"
payers = [{ name = "DGCS", weight = 40 }, { name = "bailleurs", weight = 30 }]
"""
HEADER = "line_id,sold_on,structure,product,quantity,unit,price_cents,household"
GOOD = "L1,2024-01-05,jardin,panier,1,panier,1205,f1"
SHARES = """line_id,payer,cents,step,reason
L1,person,362,0,30 % du prix
L1,DGCS,482,1,40 parts sur 70
L1,bailleurs,361,1,30 parts sur 70
"""


@dataclass
class Done:
    code: int
    shares: str | None
    refused: str | None


class Place:
    """A folder where the command is run."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, lines, scheme=SCHEME):
        (self.folder / "s.toml").write_text(scheme)
        data = lines if isinstance(lines, bytes) else lines.encode()
        (self.folder / "l.csv").write_bytes(data)
        names = [str(self.folder / name) for name in ("s.toml", "l.csv", "p.csv", "r.csv")]
        words = ["split", *names[:2], "--shares", names[2], "--refused", names[3]]
        arguments = parser().parse_args(words)
        code = arguments.run(arguments)
        assert sorted(p.name for p in self.folder.iterdir() if p.name[0] == ".") == []
        return Done(code, self.read("p.csv"), self.read("r.csv"))

    def read(self, name):
        path = self.folder / name
        return path.read_bytes().decode() if path.exists() else None


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_a_line_is_shared_to_the_cent(place):
    done = place(f"{HEADER}\n{GOOD}\n")
    assert (done.code, done.shares, done.refused) == (0, SHARES, "line_id,reason\n")


def test_a_byte_order_mark_changes_nothing(place):
    assert place(f"\ufeff{HEADER}\n{GOOD}\n").shares == SHARES


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (f"{HEADER}\nL1,2024-01-05,blé,œuf,1,panier,1205,é\n".encode("utf-16"), "UTF-8"),
        (f"{HEADER}\n{GOOD}\nL2,2024-01-05,pâté,x,1,u,5,f\n".encode("latin-1"), "CSV UTF-8"),
        (f"{HEADER.replace(',', ';')}\n", "points-virgules"),
        (b"", "vide"),
        (b"line_id,sold_on\nL1,2024-01-05\n", "Il manque des colonnes : structure, product"),
        (f"{HEADER},unit\n{GOOD},panier\n", "« unit » est écrite deux fois"),
        (f"{HEADER}\n{GOOD}\n{'x' * 200_000},\n", "une cellule est trop longue"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_nothing_is_written(place, capsys, data, words):
    done = place(data)
    told = capsys.readouterr().err
    assert (done.code, done.shares, done.refused) == (2, None, None)
    assert told.startswith("Rien n'est écrit.") and words in told


@pytest.mark.parametrize(
    ("cell", "value", "words"),
    [
        ("quantity", "-1", "la quantité « -1 » n'est pas un nombre positif"),
        ("quantity", "=1+1", "la quantité « =1+1 » n'est pas un nombre positif"),
        ("quantity", "1e3000000", "la quantité « 1e3000000 » n'est pas un nombre positif"),
        ("quantity", "0", "la quantité est nulle"),
        ("quantity", "9" * 5000, "n'est pas un nombre positif"),
        ("price_cents", "1e3000000", "le prix « 1e3000000 » n'est pas un nombre entier"),
        ("price_cents", "=SOMME(A1:A9)", "n'est pas un nombre entier de centimes"),
        ("price_cents", "-5", "le prix « -5 » est négatif"),
        ("sold_on", "2024-02-30", "la date « 2024-02-30 » n'existe pas"),
        ("sold_on", "05/01/2024", "écrivez AAAA-MM-JJ"),
        ("line_id", "", "l'identifiant de la ligne est vide"),
    ],
)
def test_a_line_that_cannot_be_shared_says_why(place, cell, value, words):
    cells = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | {cell: value}
    done = place(f"{HEADER}\n{','.join(cells.values())}\n")
    assert (done.code, done.shares) == (0, SHARES.splitlines()[0] + "\n")
    assert words in done.refused


def test_a_row_without_all_its_cells_is_refused_alone(place):
    done = place(f"{HEADER}\n{GOOD}\nL2,2024-01-05\n\nL3\nL4,{GOOD[3:]},more,more\n")
    assert done.shares == SHARES
    assert done.refused.count("n'a pas le bon nombre de cellules") == 3


def test_what_was_written_before_stays_when_nothing_can_be_read(place):
    place(f"{HEADER}\n{GOOD}\n")
    done = place(b"\xff\xfe")
    assert (done.code, done.shares) == (2, SHARES)


def csv_of(*rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def text_of(rows):
    return csv_of((*NEEDED, *FREE), *(RawLine(**row)[:-1] for row in rows))


def expected(scheme, rows):
    """Both files, by the reference, in memory."""
    results = list(split(read_scheme(scheme), [RawLine(**row) for row in rows]))
    refused = [result for result in results if isinstance(result, Refused)]
    shares = [share for result in results if not isinstance(result, Refused) for share in result]
    return csv_of(Share._fields, *shares), csv_of(Refused._fields, *refused)


@pytest.mark.parametrize("many", [0, 10**9], ids=["kernel", "reference"])
@pytest.mark.parametrize("rows", [7, 1000], ids=["many blocks", "one block"])
def test_all_ways_write_the_same_bytes(place, monkeypatch, many, rows):
    monkeypatch.setattr(command, "MANY", many)
    monkeypatch.setattr(split_reading.LinesFile.__init__, "__defaults__", (rows,))
    for seed in range(30):
        chance = random.Random(seed)
        scheme, lines = as_toml(any_scheme(chance)), any_rows(chance, 60)
        for row in lines[::9]:
            row["line_id"] = f'{row["line_id"]}, dit "le {seed}"'
        if seed % 2:
            lines.sort(key=lambda row: (row["sold_on"], row["line_id"]))
        done = place(text_of(lines), scheme)
        assert (done.shares, done.refused) == expected(scheme, lines), seed


def test_an_amount_too_large_for_the_kernel_is_shared_all_the_same(place, monkeypatch):
    monkeypatch.setattr(command, "MANY", 0)
    done = place(f"{HEADER}\n{GOOD}\nL2,{GOOD[3:].replace('1205', '999999999999999')}\n")
    assert done.shares.startswith(SHARES)
    assert "L2,person,300000000000000,0" in done.shares


def test_sorted_files_take_no_more_memory_when_they_are_longer(place, monkeypatch):
    monkeypatch.setattr(command, "MANY", 0)
    monkeypatch.setattr(split_reading.LinesFile.__init__, "__defaults__", (500,))
    peaks = []
    for count in (4_000, 16_000):
        lines = "\n".join(f"L{n:06},{GOOD[3:]}" for n in range(count))
        place(f"{HEADER}\n{GOOD}\n")  # everything is loaded
        data = f"{HEADER}\n{lines}\n"
        (place.folder / "big.csv").write_text(data)
        tracemalloc.start()
        scheme = read_scheme(SCHEME)
        command.share(
            scheme, place.folder / "big.csv", place.folder / "p.csv", place.folder / "r.csv"
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


ALONE = """
import sys
sys.modules |= {"numba": None, "numpy": None}
from pathlib import Path
from ensemblier.cli import split
from ensemblier.engines.cofinancing.reading import read_scheme
split.MANY = 0
folder = Path(sys.argv[1])
paths = [folder / name for name in ("l.csv", "p.csv", "r.csv")]
done = split.share(read_scheme((folder / "s.toml").read_text()), *paths)
print(done.accepted, done.left_out)
"""


def test_without_numba_and_numpy_the_same_bytes_are_written(place):
    lines = any_rows(random.Random(3), 200)
    scheme = as_toml(any_scheme(random.Random(3)))
    with_it = place(text_of(lines), scheme)
    for name in ("p.csv", "r.csv"):
        (place.folder / name).unlink()
    command = [sys.executable, "-c", ALONE, str(place.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr == ""
    assert (place.read("p.csv"), place.read("r.csv")) == (with_it.shares, with_it.refused)


def test_a_pipe_is_read_although_it_can_be_read_only_once(place):
    pipe = place.folder / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=lambda: pipe.write_text(f"{HEADER}\n{GOOD}\n"))
    writer.start()
    out = [place.folder / name for name in ("p.csv", "r.csv")]
    command.share(read_scheme(SCHEME), pipe, *out)
    writer.join()
    assert place.read("p.csv") == SHARES
