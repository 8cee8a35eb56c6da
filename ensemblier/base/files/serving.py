"""Who may read a file: each concept that keeps files registers its rule here, by purpose."""

from collections.abc import Callable
from typing import Any

# purpose -> predicate(actor, stored_file) -> Answer. The predicate must find the owner through
# `stored_file.about`, never through an identifier given in the request.
serve_rule: dict[str, Callable[[Any, Any], Any]] = {}
