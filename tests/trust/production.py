"""The settings of another mode, read in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

READ = (
    "import json; from ensemblier.web import settings as s;"
    "print(json.dumps({k: getattr(s, k) for k in dir(s) if k.isupper()}, default=str))"
)


def settings_of(mode: str) -> dict[str, Any]:
    environment = os.environ | {
        "ENSEMBLIER_MODE": mode,
        "SECRET_KEY": "x" * 60,
        "ALLOWED_HOSTS": "fonds.exemple.fr",
    }
    done = subprocess.run(
        [sys.executable, "-c", READ], env=environment, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)
