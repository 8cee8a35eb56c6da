"""The number of a file: the year, then a rank nobody else gets."""

from django.db import transaction

from ensemblier.fund.applications.models import NumberSeries


@transaction.atomic
def next_number(year: int) -> str:
    """2027-00012. The row of the year stays locked until the caller's transaction ends."""
    NumberSeries.objects.get_or_create(year=year)
    series = NumberSeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{year}-{series.last:05d}"
