"""The table where a draft is written: its text, the guide, the sample lines; nothing is saved."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

from ensemblier.base.refusal import Refusal
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.cofinancing import guide
from ensemblier.chain.cofinancing.guide_forms import KINDS, GuideForms
from ensemblier.chain.cofinancing.models import Scheme, SchemeVersion
from ensemblier.chain.cofinancing.rules import rule_of
from ensemblier.chain.cofinancing.sample_forms import (
    Trial,
    proposed,
    sample_forms,
    shown_columns,
    trial,
)
from ensemblier.engines.cofinancing.faults import line_of
from ensemblier.engines.cofinancing.scheme import BadScheme
from ensemblier.engines.cofinancing.scheme import Scheme as Rule
from ensemblier.engines.cofinancing.sentences import sentences

MOST_TEXT = 20_000
TOO_LONG = "Ce texte est trop long pour une règle\u00a0: 20 000 signes au plus."
MORE = {name: 2 for name in KINDS} | {"essai": 1}


class Desk:
    """What is on the page of a draft, from what was typed (`data`) or from what is kept."""

    def __init__(self, scheme: Scheme, data: Any, today: date) -> None:
        self.scheme, self.data, self.today = scheme, data, today
        self.refusal: Refusal | None = None
        self.before = ""
        self.text = self._kept.text if self._kept else ""
        self.known = self._draft.digest if self._draft else ""
        if data is not None:
            self.text = "\n".join(data.get("text", "").splitlines())
            self.text += "\n" if self.text else ""
            self.known = data.get("known", "")[:64]

    @cached_property
    def _versions(self) -> list[SchemeVersion]:
        return list(self.scheme.versions.order_by("-number")[:2])

    @property
    def _draft(self) -> SchemeVersion | None:
        drafts = [row for row in self._versions if row.published_at is None]
        return drafts[0] if drafts else None

    @property
    def _kept(self) -> SchemeVersion | None:
        """The draft in hand, else the last published text: the next one starts from it."""
        return self._draft or (self._versions[0] if self._versions else None)

    @cached_property
    def read(self) -> tuple[Rule | None, str, int | None]:
        """The rule of the text, or what is wrong and on which line."""
        if not self.text.strip():
            return None, "", None
        if len(self.text) > MOST_TEXT:
            return None, TOO_LONG, None
        try:
            return rule_of(self.text), "", None
        except BadScheme as refusal:
            return None, str(refusal), line_of(self.text, str(refusal))

    @property
    def rule(self) -> Rule | None:
        return self.read[0]

    @property
    def fault(self) -> str:
        return self.read[1]

    @property
    def line(self) -> int | None:
        return self.read[2]

    @property
    def excerpt(self) -> list[tuple[int, str, bool]]:
        """The line at fault between its neighbours."""
        if self.line is None:
            return []
        lines = self.text.splitlines()
        around = range(max(1, self.line - 1), min(len(lines), self.line + 1) + 1)
        return [(n, lines[n - 1][:120], n == self.line) for n in around]

    @property
    def about_aid(self) -> bool:
        return "de minimis général" in self.fault

    @property
    def told(self) -> list[str]:
        return sentences(self.rule) if self.rule else []

    @cached_property
    def guide(self) -> GuideForms:
        if self.data is not None:
            return GuideForms(self.data)
        return GuideForms(guide=self._in_guide or guide.Guide(name=self.scheme.name))

    @cached_property
    def _in_guide(self) -> guide.Guide | None:
        return guide.read(self.rule) if self.rule else None

    @property
    def beyond_guide(self) -> bool:
        """The text says more than the guide could write."""
        return self.rule is not None and self._in_guide is None

    @cached_property
    def products(self) -> dict[str, Product]:
        """The first products of the chain, by code and by name."""
        rows = list(self.scheme.chain.products.prefetch_related("labels")[:300])
        return {row.name.lower(): row for row in rows} | {row.code: row for row in rows}

    @property
    def choices(self) -> list[Product]:
        """Each product once, for the list beside the field."""
        return list({row.pk: row for row in self.products.values()}.values())

    @cached_property
    def samples(self) -> Any:
        codes = [row.code for row in self.products.values()]
        first = codes[0] if codes else "panier"
        lead = self.scheme.chain.lead.name
        return sample_forms(self.data, proposed(self.rule, first, lead, self.today))

    @property
    def columns(self) -> list[str]:
        return ["day", "product", "milli", "price", *shown_columns(self.rule)]

    @property
    def sample_rows(self) -> list[tuple[list[Any], list[Any]]]:
        """Each sample line: the cells to fill, and those this rule does not look at."""
        columns = self.columns
        return [
            ([form[name] for name in columns], [f for f in form if f.name not in columns])
            for form in self.samples.forms
        ]

    @property
    def sample_heads(self) -> list[str]:
        first = self.samples.empty_form
        return [str(first.fields[name].label) for name in self.columns]

    @cached_property
    def trial(self) -> Trial:
        """The sample lines shared; as proposed ones when nothing was typed."""
        if self.rule is None:
            return Trial()
        rows = self.samples
        if self.data is None:
            rows = sample_forms(_as_typed(rows), [])
        return trial(self.rule, rows, self.products)

    def more(self, name: str) -> None:
        """Some more blank rows in one of the tables; what is typed stays."""
        step = MORE.get(name)
        if step is None or self.data is None:
            return
        self.data = self.data.copy()
        total = str(self.data.get(f"{name}-TOTAL_FORMS", ""))
        count = int(total) if total.isascii() and total.isdigit() and len(total) < 4 else 0
        self.data[f"{name}-TOTAL_FORMS"] = str(count + step)

    def write_from_guide(self) -> bool:
        """The guide's rows become the text; the text that was there is shown beside."""
        written = self.guide.text()
        if written is None:
            return False
        self.before = self.text if self.text.strip() and self.text != written else ""
        self.text = written
        self.__dict__.pop("read", None)
        return True


def _as_typed(rows: Any) -> dict[str, str]:
    """Proposed lines as a browser would send them."""
    sent = {"essai-TOTAL_FORMS": str(len(rows.forms)), "essai-INITIAL_FORMS": "0"}
    for form in rows.forms:
        for bound in form:
            value = bound.value()
            sent[bound.html_name] = "" if value is None else str(value)
    return sent
