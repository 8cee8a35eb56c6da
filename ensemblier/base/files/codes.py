"""Reading the QR codes of a scan or a photo, in a bounded child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("qr_child.py")
WALL_SECONDS = 60


class NothingRead(Exception):
    """The child gave no answer: the file cost too much, or is none of the kinds it reads."""


def read_codes(content: bytes) -> dict[str, Any]:
    """`codes`, `pages` and `read`, or `fault` in French; a hostile file costs only the child."""
    try:
        done = subprocess.run(
            [sys.executable, str(CHILD)],
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
        )
        answer: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {}
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise NothingRead from error
    return answer
