"""Calls older than the papers asked by call keep the three that every file had to join."""

from django.db import migrations

from ensemblier.fund.calls.frozen import protect, release, rules

PAPERS = (
    ("statutes", "Statuts"),
    ("accounts", "Derniers comptes approuvés"),
    ("bank_details", "RIB"),
)


def ask(apps, editor):
    """The rule was the same for these calls: it is only written down, published calls included."""
    vendor = editor.connection.vendor
    of_papers = [rule for rule in rules(vendor) if rule[1] == "calls_paper"]
    for sql in release(vendor, of_papers):
        editor.execute(sql, None)
    paper = apps.get_model("calls", "Paper")
    paper.objects.bulk_create(
        paper(call=call, position=rank, kind=kind, label=label)
        for call in apps.get_model("calls", "Call").objects.filter(papers=None)
        for rank, (kind, label) in enumerate(PAPERS, start=1)
    )
    if vendor == "postgresql":
        # The foreign keys are checked now: a table with checks to come takes no trigger.
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE", None)
        editor.execute("SET CONSTRAINTS ALL DEFERRED", None)
    for sql in protect(vendor, of_papers):
        editor.execute(sql, None)


def leave(apps, editor):
    """The papers stay: 0003 removes their table."""


class Migration(migrations.Migration):
    dependencies = [("calls", "0003_rules_of_a_call")]
    operations = [migrations.RunPython(ask, leave)]
