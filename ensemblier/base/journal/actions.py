"""Writing to the journal."""

from typing import Any

from ensemblier.base.journal.models import Event


def record(
    *, actor: Any, action: str, subject: str, reason: str = "", data: dict[str, Any] | None = None
) -> Event:
    """Add one event; `actor` is an account or None for the system; `subject` is "kind:number"."""
    return Event.objects.create(
        actor_id=getattr(actor, "pk", None),
        action=action,
        subject=subject,
        reason=reason,
        data=data or {},
    )
