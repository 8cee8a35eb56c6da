"""A process of its own, held to little memory and time, that reads what a stranger gave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

WALL_SECONDS = 20


def ask(child: Path, content: bytes) -> dict[str, Any]:
    """What the child says of these bytes; {} when it broke, or took too long.

    The child sets its own limits of memory and CPU time, and we stop waiting for it: a hostile
    file costs seconds of another process, never ours.
    """
    try:
        done = subprocess.run(
            [sys.executable, str(child)],
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        )
        answer: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {}
    except (subprocess.TimeoutExpired, ValueError):
        return {}
    return answer
