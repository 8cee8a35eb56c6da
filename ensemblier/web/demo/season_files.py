"""The files of the season: what they say and ask, who holds them, and the opinions given."""

from __future__ import annotations

from datetime import timedelta

from ensemblier.base.people.models import User
from ensemblier.fund.applications.models import (
    Application,
    AskedAmount,
    BudgetLine,
    NumberSeries,
    Partner,
    State,
    UsefulEffect,
)
from ensemblier.fund.review.models import Assignment, ComplementRequest, Review, Score
from ensemblier.web.demo.season import ASSUMED, Season
from ensemblier.web.demo.season_plan import DECIDED, REVIEWED, Draw

BATCH = 500
OPINIONS = {State.REFUSED: "unfavourable", State.IN_REVIEW: "reserved"}


def write_files(season: Season) -> None:
    season.say(f"{len(season.rows)} dossiers…")
    _applications(season)
    _contents(season)
    season.say("Instruction…")
    _holders(season)
    _complements(season)
    _opinions(season)
    _steps(season)


def _applications(season: Season) -> None:
    clock = season.clock
    year = clock.ago(300).year
    series, _ = NumberSeries.objects.get_or_create(year=year)
    season.files = Application.objects.bulk_create(
        (
            _application(season, row, f"{year}-{series.last + row.rank + 1:05d}")
            for row in season.rows
        ),
        batch_size=BATCH,
    )
    NumberSeries.objects.filter(year=year).update(last=series.last + len(season.rows))


def _application(season: Season, row: Draw, number: str) -> Application:
    commune = season.communes[row.place % len(season.communes)]
    speaker = season.speakers[row.carrier]
    is_filed = row.state != State.DRAFT
    return Application(
        call=season.calls[row.strand],
        organisation=season.organisations[row.carrier],
        number=number,
        state=row.state,
        created_by=speaker,
        filed_at=season.clock.ago(row.filed, 11) if is_filed else None,
        filed_by=speaker if is_filed else None,
        title=row.title,
        summary=f"{row.title}, à {commune.name}. {ASSUMED}",
        stage="seeding" if row.rank % 2 else "consolidation",
        goals=["access"],
        links=["production", "distribution"],
        length="local",
        quality="Produits frais et locaux (exemple).",
        publics=["edge", "settled"],
        people_count=40 + row.rank % 400,
        needs="Des ménages n'achètent plus de produits frais (exemple).",
        participation="co_building" if row.rank % 3 else "consulted",
        commune=commune,
        department=commune.department,
        qpv_codes=[f"EX{commune.code}"] if row.has_qpv else [],
    )


def _contents(season: Season) -> None:
    pairs = list(zip(season.files, season.rows, strict=True))
    AskedAmount.objects.bulk_create(
        (
            AskedAmount(
                application=file,
                expense_class=part.expense_class,
                year=part.year,
                amount_cents=part.asked,
                is_assumed=True,
            )
            for file, row in pairs
            for part in row.parts
        ),
        batch_size=BATCH,
    )
    BudgetLine.objects.bulk_create(
        (line for file, row in pairs for line in _budget(file, row)), batch_size=BATCH
    )
    UsefulEffect.objects.bulk_create(
        (
            UsefulEffect(application=file, effect=effect, explanation="Exemple.", certainty="asked")
            for file, row in pairs
            for effect in row.effects
        ),
        batch_size=BATCH,
    )
    Partner.objects.bulk_create(
        (
            Partner(application=file, name="CCAS d'exemple", sector="social", role="oriente")
            for file, _ in pairs
        ),
        batch_size=BATCH,
    )


def _budget(file: Application, row: Draw) -> list[BudgetLine]:
    """A budget that balances: the request is four fifths of it."""
    own = row.asked // 4 // 100 * 100
    total = row.asked + own
    goods = total * 2 // 5 // 100 * 100
    return [
        BudgetLine(
            application=file, side=side, code=code, label=label, payer=payer, amount_cents=cents,
            certainty=certainty, is_assumed=True,
        )
        for side, code, label, payer, cents, certainty in (
            ("charge", "60", "Achats", "", goods, ""),
            ("charge", "64", "Salaires", "", total - goods, ""),
            ("resource", "70", "Ventes", "", own, "promised"),
        )
    ]  # fmt: skip


def holder(season: Season, row: Draw) -> User:
    return season.instructors[row.rank % len(season.instructors)]


def _holders(season: Season) -> None:
    Assignment.objects.bulk_create(
        (
            Assignment(
                application=file,
                instructor=holder(season, row),
                assigned_by=holder(season, row),
                assigned_at=season.clock.ago(row.taken),
            )
            for file, row in zip(season.files, season.rows, strict=True)
            if row.state in REVIEWED
        ),
        batch_size=BATCH,
    )


def _complements(season: Season) -> None:
    """Half of those who owe an answer are late."""
    ComplementRequest.objects.bulk_create(
        ComplementRequest(
            application=file,
            asked_by=holder(season, row),
            asked_at=season.clock.ago(40),
            message="Précisez les cofinancements acquis (exemple).",
            due_on=season.clock.today + timedelta(days=-9 if row.rank % 2 else 12),
        )
        for file, row in zip(season.files, season.rows, strict=True)
        if row.state == State.INCOMPLETE
    )


def _opinions(season: Season) -> None:
    """One opinion with six scores on each file reviewed; a third of the open ones wait for it."""
    pairs = [
        (file, row)
        for file, row in zip(season.files, season.rows, strict=True)
        if row.state in (*DECIDED, State.PROPOSED) or (row.state in REVIEWED and row.rank % 3)
    ]
    reviews = Review.objects.bulk_create(
        (
            Review(
                application=file,
                reviewer=holder(season, row),
                level="department",
                opinion=OPINIONS.get(row.state, "favourable"),
                reasons="Avis d'exemple.",
                proposed_cents=row.granted or None,
            )
            for file, row in pairs
        ),
        batch_size=BATCH,
    )
    criteria = {name: list(call.criteria.all()) for name, call in season.calls.items()}
    Score.objects.bulk_create(
        (
            Score(review=review, criterion=criterion, value=row.scores[place], reason="Exemple.")
            for review, (_, row) in zip(reviews, pairs, strict=True)
            for place, criterion in enumerate(criteria[row.strand])
            if place < len(row.scores)
        ),
        batch_size=BATCH,
    )
    # Given once written: from then on the database refuses any change.
    for review, (_, row) in zip(reviews, pairs, strict=True):
        review.given_at = season.clock.ago(row.proposed, 14)
    Review.objects.bulk_update(reviews, ["given_at"], batch_size=BATCH)


def _steps(season: Season) -> None:
    """The journal of each file, as far as it went before the decision."""
    for file, row in zip(season.files, season.rows, strict=True):
        speaker, who = season.speakers[row.carrier], holder(season, row)
        season.note(row.filed + 6, speaker, "application.start", file)
        if row.state == State.DRAFT:
            continue
        season.note(row.filed, speaker, "application.file", file, state=State.FILED)
        if row.state == State.WITHDRAWN:
            season.note(row.taken, speaker, "application.withdraw", file, state=State.WITHDRAWN)
        if row.state not in REVIEWED:
            continue
        season.note(row.taken, who, "application.take", file, state=State.IN_REVIEW)
        if row.state == State.INCOMPLETE:
            season.note(40, who, "application.ask_complements", file, state=State.INCOMPLETE)
        if row.state in (*DECIDED, State.PROPOSED):
            season.note(row.proposed, who, "application.propose", file, state=State.PROPOSED)
