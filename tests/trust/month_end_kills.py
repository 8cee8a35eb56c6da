"""A month's end that kills itself at the n-th of its steps: run by test_month_end_kills.py."""

import os
import signal
import sys
from datetime import date

left = 0


def step(run=None):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def watched(module, name):
    """A step before and after each call: inside a batch, and when it is whole but not committed."""
    whole = getattr(module, name)

    def called(*arguments, **more):
        step()
        found = whole(*arguments, **more)
        step()
        return found

    setattr(module, name, called)


def main(chain_id: int, until: date, at: int) -> None:
    global left
    import django

    django.setup()
    from ensemblier.base.chains.models import Chain
    from ensemblier.chain.billing import calls, documents, month_end, month_end_lines
    from tests.factories_chain import WRITTEN

    left = at
    watched(month_end_lines, "transfer_many")
    watched(month_end_lines, "advance")
    watched(documents, "invoice")
    watched(calls, "call")
    month_end.close_month(
        chain=Chain.objects.get(pk=chain_id),
        until=until,
        day=until,
        actor=None,
        clock=lambda: WRITTEN,
        progress=step,
        batch=9,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), date.fromisoformat(sys.argv[2]), int(sys.argv[3]))
