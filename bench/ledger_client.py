"""One client of the ledger's benchmark: reads an order a line, works, answers a line (JSON).

Started by bench.ledger, once per client. `hordak` as first argument makes it django-hordak's
client, with its own settings and database; otherwise it is ours, which also runs the bare loops.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from struct import Struct
from typing import Any
from uuid import uuid4

DAY = date(2026, 3, 2)
ENVELOPES = 8
PAYEES = 200
DIGEST = bytes(32)
MICROSECOND = timedelta(microseconds=1)
EPOCH_2000 = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL counts from there
DAY_SINCE_2000 = Struct(">i").pack((DAY - EPOCH_2000.date()).days)
BARE_COLUMNS = "key, debit_id, credit_id, cents, day, reason, reference, created_at, digest"


def backend_seconds(pid: int) -> float:
    """CPU that PostgreSQL's process for this connection used so far (same machine only)."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Ours:
    """The ledger, and bare psycopg beside it on the same database."""

    def __init__(self) -> None:
        import django

        django.setup()
        import psycopg
        from django.db import connection

        self.connection = connection
        connection.ensure_connection()
        found = connection.settings_dict
        self.raw = psycopg.connect(
            dbname=found["NAME"],
            user=found["USER"],
            password=found["PASSWORD"],
            host=found["HOST"],
            port=found["PORT"] or 5432,
            autocommit=True,
        )
        self.pids = [connection.connection.info.backend_pid, self.raw.info.backend_pid]
        self.wired = False

    def prepare(self, place: int) -> None:
        from ensemblier.base.ledger.models import Account

        self.place = place
        accounts = {account.code: account for account in Account.objects.all()}
        self.envelopes = [accounts[f"envelope-{n}"] for n in range(ENVELOPES)]
        self.payees = [accounts[f"payee-{n}"] for n in range(PAYEES)]
        self.source = accounts["state"]

    def fill(self) -> None:
        """Accounts, and much money on the envelopes."""
        from ensemblier.base.ledger.actions import open_account, transfer

        with self.raw.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE bare (id bigserial PRIMARY KEY, key uuid NOT NULL UNIQUE, "
                "debit_id bigint NOT NULL, credit_id bigint NOT NULL, cents bigint NOT NULL, "
                "day date NOT NULL, reason text NOT NULL, reference varchar(120) NOT NULL, "
                "created_at timestamptz NOT NULL, digest bytea NOT NULL)"
            )
        source = open_account(code="state", name="État", kind="contributor", floor_zero=False)
        for number in range(PAYEES):
            open_account(code=f"payee-{number}", name="x", kind="payee", floor_zero=False)
        for number in range(ENVELOPES):
            fund = open_account(
                code=f"envelope-{number}", name="x", kind="envelope", floor_zero=True
            )
            transfer(
                key=uuid4(), debit=source, credit=fund, amount_cents=10**12, day=DAY,
                reason="dotation", actor=None,
            )  # fmt: skip

    def bare(self, place: int) -> None:
        """An INSERT of the same columns in its own transaction, prepared."""
        self.raw.execute(
            f"INSERT INTO bare ({BARE_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (uuid4(), 1, 2, 100, DAY, "panier", "R", datetime.now(UTC), DIGEST),
        )

    def wire(self, place: int) -> None:
        """The same INSERT sent as our own transfer is: binary values, no cursor."""
        link, eight = self.raw.pgconn, Struct(">q").pack
        if not self.wired:
            places = ", ".join(f"${n}" for n in range(1, 10))
            text = f"INSERT INTO bare ({BARE_COLUMNS}) VALUES ({places})"
            oids = [2950, 20, 20, 20, 1082, 25, 1043, 1184, 17]
            assert link.prepare(b"bare", text.encode(), oids).status == 1
            self.wired = True
        moment = (datetime.now(UTC) - EPOCH_2000) // MICROSECOND
        values = [uuid4().bytes, eight(1), eight(2), eight(100)]
        values += [DAY_SINCE_2000, b"panier", b"R", eight(moment), DIGEST]
        assert link.exec_prepared(b"bare", values, [1] * 9).status == 1

    def checked(self, place: int) -> None:
        """A checked transfer, each client on its own envelope."""
        self._transfer(self.envelopes[self.place % ENVELOPES], place)

    def hot(self, place: int) -> None:
        """A checked transfer, all clients on one envelope."""
        self._transfer(self.envelopes[0], place)

    def _transfer(self, envelope: Any, place: int) -> None:
        from ensemblier.base.ledger.actions import transfer

        transfer(
            key=uuid4(), debit=envelope, credit=self.payees[place % PAYEES], amount_cents=100,
            day=DAY, reason="panier", reference="R", actor=None,
        )  # fmt: skip

    def bulk(self, size: int) -> float:
        """A month of shares by transfer_many."""
        from ensemblier.base.ledger.actions import Line, transfer_many

        lines = [
            Line(
                key=uuid4(), debit=self.envelopes[n % ENVELOPES], credit=self.payees[n % PAYEES],
                amount_cents=100, day=DAY, reason="panier", reference="R",
            )
            for n in range(size)
        ]  # fmt: skip
        return seconds(lambda: transfer_many(lines))

    def copy(self, size: int) -> float:
        """COPY alone, of rows made ready before, into the bare table."""
        now = datetime.now(UTC).isoformat()
        text = [
            f"{uuid4()}\t1\t2\t100\t{DAY}\tpanier\tR\t{now}\t\\\\x{DIGEST.hex()}\n"
            for _ in range(size)
        ]
        chunks = ["".join(text[start : start + 2000]) for start in range(0, size, 2000)]

        def run() -> None:
            with self.raw.cursor().copy(f"COPY bare ({BARE_COLUMNS}) FROM STDIN") as out:
                for chunk in chunks:
                    out.write(chunk)

        return seconds(run)

    def fill_up(self, size: int) -> None:
        """As many transfers as asked, all in all."""
        (there,) = self.raw.execute("SELECT count(*) FROM ledger_transfer").fetchone()
        while there < size:
            self.bulk(min(100_000, size - there))
            there += 100_000

    def analyze(self) -> None:
        self.raw.execute("VACUUM ANALYZE ledger_transfer")

    def seal(self) -> float:
        from ensemblier.base.ledger import seals

        return seconds(lambda: seals.seal(now=datetime.now(UTC)))

    def balances(self) -> float:
        from ensemblier.base.ledger.queries import balances

        return seconds(balances)

    def verify(self) -> float:
        from ensemblier.base.ledger.verify import verify

        def run() -> None:
            report = verify()
            assert not report.faults, report.faults
            assert report.sealed == report.transfers

        return seconds(run)

    def loop(self) -> float:
        """Fetch every column of the same rows through a server's cursor, and hash each row."""
        from ensemblier.base.ledger.reading import BATCH, QUERY

        def run() -> None:
            with self.raw.transaction(), self.raw.cursor(name="bare") as cursor:
                cursor.execute(QUERY)
                while batch := cursor.fetchmany(BATCH):
                    for row in batch:
                        sha256(str(row).encode()).digest()

        return seconds(run)


class Hordak:
    """django-hordak, used as its documentation says."""

    def __init__(self) -> None:
        import django
        import environ
        from django.conf import settings

        settings.configure(
            DATABASES={"default": environ.Env().db("HORDAK_URL")},
            INSTALLED_APPS=[
                "django.contrib.contenttypes",
                "django.contrib.auth",
                "mptt",
                "djmoney",
                "hordak",
            ],
            DEFAULT_AUTO_FIELD="django.db.models.AutoField",
            CURRENCIES=["EUR"],
            DEFAULT_CURRENCY="EUR",
            USE_TZ=True,
            SECRET_KEY="bench",
        )
        django.setup()
        from django.db import connection

        self.connection = connection
        connection.ensure_connection()
        self.pids = [connection.connection.info.backend_pid]

    def prepare(self, place: int) -> None:
        from hordak.models import Account

        self.place = place
        accounts = {account.name: account for account in Account.objects.all()}
        self.envelopes = [accounts[f"envelope-{n}"] for n in range(ENVELOPES)]
        self.payees = [accounts[f"payee-{n}"] for n in range(PAYEES)]

    def fill(self) -> None:
        from django.core.management import call_command
        from hordak.models import Account

        call_command("migrate", verbosity=0)
        number = count(1)
        for name in [f"envelope-{n}" for n in range(ENVELOPES)]:
            Account.objects.create(name=name, code=str(next(number)), type="LI", currencies=["EUR"])
        for name in [f"payee-{n}" for n in range(PAYEES)]:
            Account.objects.create(name=name, code=str(next(number)), type="LI", currencies=["EUR"])

    def post(self, place: int) -> None:
        """Its unchecked post."""
        from moneyed import Money

        self.envelopes[self.place % ENVELOPES].transfer_to(
            self.payees[place % PAYEES], Money(1, "EUR"), date=DAY, description="panier"
        )

    def bulk(self, size: int) -> float:
        """bulk_create of transactions and of their legs, in one transaction."""
        from django.db import transaction
        from hordak.models import Leg, Transaction
        from moneyed import Money

        euro = Money(1, "EUR")

        def run() -> None:
            with transaction.atomic():
                rows = Transaction.objects.bulk_create(
                    [Transaction(date=DAY, description="panier") for _ in range(size)],
                    batch_size=5000,
                )
                legs = []
                for n, row in enumerate(rows):
                    source, goal = self.envelopes[n % ENVELOPES], self.payees[n % PAYEES]
                    legs.append(Leg(transaction=row, account=source, credit=euro))
                    legs.append(Leg(transaction=row, account=goal, debit=euro))
                Leg.objects.bulk_create(legs, batch_size=5000)

        return seconds(run)

    def fill_up(self, size: int) -> None:
        """As many transfers as asked, by SQL with its triggers off (filling is not timed)."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM hordak_transaction")
            (there,) = cursor.fetchone()
            cursor.execute("ALTER TABLE hordak_leg DISABLE TRIGGER USER")
            cursor.execute(
                "WITH rows AS (INSERT INTO hordak_transaction (uuid, timestamp, date, description)"
                " SELECT gen_random_uuid(), now(), %s, 'panier' FROM generate_series(1, %s)"
                " RETURNING id), pairs AS (SELECT id, row_number() OVER () AS n FROM rows)"
                " INSERT INTO hordak_leg (uuid, transaction_id, account_id, currency, debit,"
                " credit, description) SELECT gen_random_uuid(), id,"
                " CASE side WHEN 0 THEN 1 + n %% %s ELSE %s + 1 + n %% %s END, 'EUR',"
                " CASE side WHEN 0 THEN NULL ELSE 1 END, CASE side WHEN 0 THEN 1 ELSE NULL END, ''"
                " FROM pairs, generate_series(0, 1) AS side",
                [DAY, max(0, size - there), ENVELOPES, ENVELOPES, PAYEES],
            )
            cursor.execute("ALTER TABLE hordak_leg ENABLE TRIGGER USER")

    def analyze(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE hordak_leg")

    def balances(self) -> float:
        from hordak.models import Account

        return seconds(lambda: [account.balance for account in Account.objects.with_balances()])

    def balances_orm(self) -> float:
        from hordak.models import Account

        return seconds(lambda: [row.balance for row in Account.objects.with_balances_orm()])


def seconds(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def spin(side: Any, verb: str, duration: float) -> dict[str, float]:
    """Run one verb again and again for so long: how many, and the CPU it took."""
    work = getattr(side, verb)
    cpu, server = time.process_time(), sum(map(backend_seconds, side.pids))
    started = now = time.perf_counter()
    done = 0
    while now - started < duration:
        work(done)
        done += 1
        now = time.perf_counter()
    return {
        "done": done,
        "rate": done / (now - started),
        "client": time.process_time() - cpu,
        "server": sum(map(backend_seconds, side.pids)) - server,
    }


def main() -> None:
    side: Any = Hordak() if sys.argv[1:] == ["hordak"] else Ours()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if "seconds" in order:
            answer = spin(side, order["do"], order["seconds"])
        else:
            answer = getattr(side, order["do"])(*order.get("with", []))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
