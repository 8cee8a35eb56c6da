"""A bank teller that gets killed: run by test_kills.py in a process of its own.

The parent is the client: it makes the key before sending, keeps it until the answer comes, and
sends again with the same key when the teller dies. The teller is a forked child that pays through
the real ledger; it kills itself with SIGKILL at a point given with the request (before the payment,
in the middle of its transaction, after the commit and before the answer), or is killed by the
client at a random instant. Prints one JSON line: payments asked, acknowledged numbers, kills.
"""

import json
import os
import random
import signal
import sys
import time
from datetime import date
from typing import Any
from uuid import UUID, uuid4

POINTS = ("before", "inside", "after", "random", "random")


def teller(requests: int, answers: int, accounts: tuple[Any, Any]) -> None:
    """Pay what is asked, line by line, until killed or until the pipe closes."""
    from django.db import transaction

    with os.fdopen(requests) as lines, os.fdopen(answers, "w") as out:
        for line in lines:
            order = json.loads(line)
            if order["die"] == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            with transaction.atomic():
                row = pay(UUID(order["key"]), accounts, order["cents"])
                if order["die"] == "inside":
                    os.kill(os.getpid(), signal.SIGKILL)
            if order["die"] == "after":
                os.kill(os.getpid(), signal.SIGKILL)
            out.write(f"{row.pk}\n")
            out.flush()
    os._exit(0)


def pay(key: UUID, accounts: tuple[Any, Any], cents: int) -> Any:
    """One payment through the ledger."""
    from ensemblier.base.ledger.actions import transfer

    debit, credit = accounts
    return transfer(
        key=key,
        debit=debit,
        credit=credit,
        amount_cents=cents,
        day=date(2026, 3, 2),
        reason="paiement",
        actor=None,
    )


class Client:
    """Sends payments to a teller, and starts another when it dies."""

    def __init__(self, accounts: tuple[Any, Any], with_keys: bool) -> None:
        self.accounts, self.with_keys = accounts, with_keys
        self.kills = 0
        self.pid = 0
        self._start()

    def pay(self, cents: int, die: str, chance: random.Random) -> int:
        """The number of the transfer, once acknowledged. Death only strikes the first attempt."""
        key = uuid4()
        while True:
            self._send({"key": str(key), "cents": cents, "die": die})
            if die == "random":
                time.sleep(chance.random() * 0.008)
                os.kill(self.pid, signal.SIGKILL)
            answer = self.answers.readline()
            if answer.endswith("\n"):
                if die == "random":
                    self._bury()
                return int(answer)
            self._bury()
            die = ""
            if not self.with_keys:
                key = uuid4()

    def close(self) -> None:
        self.requests.close()
        os.waitpid(self.pid, 0)
        self.answers.close()

    def _send(self, order: dict[str, Any]) -> None:
        self.requests.write(json.dumps(order) + "\n")
        self.requests.flush()

    def _start(self) -> None:
        ask_read, ask_write = os.pipe()
        say_read, say_write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(ask_write)
            os.close(say_read)
            teller(ask_read, say_write, self.accounts)
        os.close(ask_read)
        os.close(say_write)
        self.requests, self.answers = os.fdopen(ask_write, "w"), os.fdopen(say_read)

    def _bury(self) -> None:
        os.waitpid(self.pid, 0)
        self.kills += 1
        self.requests.close()
        self.answers.close()
        self._start()


def main(kills: int, seed: int, with_keys: bool, debit: str, credit: str) -> None:
    import django

    django.setup()
    from django.db import connections

    from ensemblier.base.ledger.models import Account

    accounts = (Account.objects.get(code=debit), Account.objects.get(code=credit))
    connections.close_all()  # each teller opens its own
    chance = random.Random(seed)
    client = Client(accounts, with_keys)
    acknowledged, asked = [], 0
    while client.kills < kills:
        cents = chance.randint(1, 9_99)
        # One request in two meets its death; with keys off, always after the commit.
        die = "" if asked % 2 else POINTS[(asked // 2) % len(POINTS)]
        if die and not with_keys:
            die = "after"
        acknowledged.append((client.pay(cents, die, chance), cents))
        asked += 1
    client.close()
    print(json.dumps({"asked": asked, "acknowledged": acknowledged, "kills": client.kills}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "keys", sys.argv[4], sys.argv[5])
