"""House words of publication: which legal forms are those of a legal person."""

from __future__ import annotations

from ensemblier.base.people.models import Organisation, OrganisationKind

# A farm or a company may be one person: it is published only when its form says it is not.
MAYBE_A_PERSON = (OrganisationKind.FARM, OrganisationKind.COMPANY)
LEGAL_PERSONS = (
    *("sarl", "eurl", "sas", "sasu", "sa", "snc", "scop", "scic", "sca", "sci", "gie", "gip"),
    *("gaec", "earl", "scea", "gfa", "cuma", "sica", "association", "fondation", "coopérative"),
    *("cooperative", "mutuelle", "société", "societe", "syndicat", "établissement"),
)


def is_natural_person(organisation: Organisation) -> bool:
    """May be one person: nothing of it is ever published by name. In doubt, yes."""
    if organisation.kind not in MAYBE_A_PERSON:
        return False
    words = organisation.legal_form.lower().replace(".", "").replace(",", " ").split()
    return not any(word in LEGAL_PERSONS for word in words)
