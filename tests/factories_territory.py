"""A small France for tests that need a few communes, not the 34,969."""

from ensemblier.base.territory.models import Commune, Department, Epci, Region, Zone, plain

REGIONS = {"32": "Hauts-de-France", "84": "Auvergne-Rhône-Alpes", "04": "La Réunion"}
DEPARTMENTS = {
    "59": ("Nord", "32", Zone.MAINLAND),
    "62": ("Pas-de-Calais", "32", Zone.MAINLAND),
    "01": ("Ain", "84", Zone.MAINLAND),
    "974": ("La Réunion", "04", Zone.OVERSEAS_DEPARTMENT),
}
EPCI = {"246200844": "CC de la Région d'Audruicq"}
COMMUNES = {
    "62057": ("Audruicq", "62", "246200844", 5_309, "62370", 2.084, 50.881),
    "59350": ("Lille", "59", None, 238_000, "59000 59160 59260 59777 59800", 3.047, 50.631),
    "01053": ("Bourg-en-Bresse", "01", None, 42_000, "01000", 5.228, 46.205),
    "97411": ("Saint-Denis", "974", None, 155_634, "97400 97417 97490", 55.446, -20.936),
}


def commune(code: str = "62057") -> Commune:
    """One of the communes above, with its department, region and EPCI."""
    name, department, epci, population, postcodes, longitude, latitude = COMMUNES[code]
    if epci:
        Epci.objects.get_or_create(code=epci, defaults={"name": EPCI[epci], "kind": "CC"})
    facts = {
        "name": name,
        "search_name": plain(name),
        "department": a_department(department),
        "epci_id": epci,
        "population": population,
        "postcodes": postcodes,
        "longitude": longitude,
        "latitude": latitude,
    }
    return Commune.objects.get_or_create(code=code, defaults=facts)[0]


def a_department(code: str = "62") -> Department:
    """One of the departments above, with its region."""
    name, region, zone = DEPARTMENTS[code]
    Region.objects.get_or_create(code=region, defaults={"name": REGIONS[region]})
    facts = {"name": name, "region_id": region, "zone": zone}
    return Department.objects.get_or_create(code=code, defaults=facts)[0]


def small_france() -> list[Commune]:
    """All the communes above."""
    return [commune(code) for code in COMMUNES]
