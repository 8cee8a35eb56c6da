"""Sends a transfer file and dies in the middle: run by test_payment_races.py as a process.

Arguments: the file, the key, the actor, how many payments to settle before the SIGKILL (0: live to
the end), and the moment. Prints the state of the file.
"""

import os
import signal
import sys
from datetime import datetime
from typing import Any
from uuid import UUID


def main(file: int, key: str, actor: int, deaths: int, at: str) -> None:
    import django

    django.setup()
    from ensemblier.base.people.models import User
    from ensemblier.fund.payments import orders
    from ensemblier.fund.payments.models import PaymentFile

    settled = 0
    real = orders.settle

    def mortal(**fields: Any) -> Any:
        nonlocal settled
        done = real(**fields)
        settled += 1
        if settled == deaths:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    orders.settle = mortal
    sent = orders.send_file(
        key=UUID(key),
        file=PaymentFile.objects.get(pk=file),
        actor=User.objects.get(pk=actor),
        now=datetime.fromisoformat(at),
    )
    print(sent.state)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
