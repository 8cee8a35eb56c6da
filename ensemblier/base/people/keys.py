"""SIRET and RNA keys as field validators and as database conditions, the same on both databases."""

from functools import reduce
from operator import add
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Length, StrIndex, Substr
from django.db.models.lookups import Exact

from ensemblier.base.people.identifiers import LA_POSTE, rna_fault, siret_fault

DIGITS = "0123456789"
# Where a doubled digit falls once 9 is taken from what passes 9: 5 gives 1, 1 gives 2...
DOUBLED = "0516273849"


def _rank(table: str, field: str, position: int) -> Any:
    """The value of one character, read without a cast: a letter gives -1, never an error."""
    return StrIndex(Value(table), Substr(field, position, 1)) - Value(1)


def _shape(field: str, length: int) -> Q:
    trimmed = Func(F(field), Value(DIGITS), function="LTRIM", output_field=CharField())
    return Q(Exact(Length(field), length)) & Q(Exact(trimmed, Value("")))


def siret_is_right(field: str) -> Q:
    """14 digits with a right Luhn key, or one of La Poste's (digits adding to a multiple of 5)."""
    plain = [_rank(DIGITS, field, p) for p in range(1, 15)]
    luhn = [_rank(DOUBLED if p % 2 else DIGITS, field, p) for p in range(1, 15)]
    la_poste = Q(**{f"{field}__startswith": LA_POSTE}) & Q(Exact(reduce(add, plain) % 5, 0))
    return _shape(field, 14) & (Q(Exact(reduce(add, luhn) % 10, 0)) | la_poste)


def rna_is_right(field: str) -> Q:
    """W and 9 characters; all digits but the third, which may be a letter overseas."""
    head = Q(Exact(Substr(field, 1, 1), Value("W"))) & Q(Exact(Length(field), 10))
    trimmed = Func(Substr(field, 4), Value(DIGITS), function="LTRIM", output_field=CharField())
    return head & Q(Exact(trimmed, Value("")))


def validate_siret(text: str) -> None:
    if fault := siret_fault(text):
        raise ValidationError(fault)


def validate_rna(text: str) -> None:
    if fault := rna_fault(text):
        raise ValidationError(fault)
