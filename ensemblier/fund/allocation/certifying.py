"""Runs the separate checker on a result, in a process of its own: it shares no code with us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ensemblier.base.refusal import Refusal
from ensemblier.engines import allocation

CHECKER = Path(allocation.__file__).with_name("certify.py")
WALL_SECONDS = 60


class NotCertified(Refusal):
    """The checker does not accept this result: nothing is kept."""


def certify(inputs: str, result: Mapping[str, Any]) -> str:
    """What the checker says of a result it accepts; raises what it says of one it refuses."""
    with tempfile.TemporaryDirectory() as folder:
        problem, answer = Path(folder, "entrees.toml"), Path(folder, "resultat.json")
        problem.write_text(inputs, encoding="utf-8")
        answer.write_text(json.dumps(result, ensure_ascii=False), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", str(CHECKER), str(problem), str(answer)],
            capture_output=True,
            text=True,
            timeout=WALL_SECONDS,
            check=False,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        )
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["sans un mot"]
        raise NotCertified(f"Le vérificateur refuse ce résultat : {last[0][:300]}")
    return done.stdout.strip()
