"""The organisations of the demonstration: names of the report, example numbers and head offices."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from stdnum import luhn

EXAMPLE_ADDRESS = "Siège, SIRET et habilitations d'exemple (démonstration)"


class Carrier(NamedTuple):
    """One organisation. `iae`: kind of its agreement; `food_aid`: "national" or "region"."""

    key: str
    name: str
    kind: str
    commune: str
    legal_form: str = ""
    head: str = ""
    iae: str = ""
    food_aid: str = ""


ASSOCIATION = "association loi 1901"
STATE = (
    Carrier("dgcs", "Direction générale de la cohésion sociale (DGCS)", "state", "75056"),
    Carrier("dgal", "Direction générale de l'alimentation (DGAL)", "state", "75056"),
    Carrier("anct", "Agence nationale de la cohésion des territoires (ANCT)", "state", "75056"),
    Carrier("dreets-paca", "DREETS Provence-Alpes-Côte d'Azur", "state", "13055"),
    Carrier("dreets-idf", "DRIEETS Île-de-France", "state", "75056"),
    Carrier("ddets-doubs", "DDETSPP du Doubs", "state", "25056"),
    Carrier("dreal-cvl", "DREAL Centre-Val de Loire", "state", "45234"),
    Carrier("comptable", "Service comptable de l'État", "state", "75056"),
    Carrier("controle", "Mission de contrôle et d'audit", "state", "75056"),
    Carrier("fondation", "Fondation d'exemple pour l'alimentation", "foundation", "69123"),
)
NETWORKS = (
    Carrier("cocagne", "Réseau Cocagne", "network", "91635", ASSOCIATION),
    Carrier("ugess", "UGESS", "network", "75056", ASSOCIATION),
    Carrier("emmaus", "Emmaüs France", "network", "93048", ASSOCIATION),
    Carrier("andes", "ANDES", "network", "75056", ASSOCIATION, food_aid="national"),
    Carrier("vrac", "Réseau VRAC", "network", "69123", ASSOCIATION),
    Carrier(
        "croix-rouge", "Croix-Rouge française", "network", "92049", ASSOCIATION, "", "", "national"
    ),
    Carrier("restos", "Restos du Cœur", "network", "75056", ASSOCIATION, "", "aci", "national"),
    Carrier(
        "ffba",
        "Fédération française des Banques Alimentaires (FFBA)",
        "network",
        "94037",
        ASSOCIATION,
        food_aid="national",
    ),
    Carrier(
        "paniers-mer",
        "Fédération nationale des Paniers de la Mer",
        "network",
        "29158",
        ASSOCIATION,
        iae="aci",
    ),
)
CARRIERS = (
    Carrier("dinan", "Les Jardins associatifs", "association", "22050", ASSOCIATION),
    Carrier("gesmip", "GESMIP", "association", "31555", ASSOCIATION, "ugess"),
    Carrier(
        "blois", "Bio-Solidaire, Jardin de Cocagne de Blois", "association", "41018", ASSOCIATION,
        "cocagne", "aci",
    ),
    Carrier("angers", "Emmaüs Angers", "association", "49007", ASSOCIATION, "emmaus"),
    Carrier(
        "audruicq", "Écopôle alimentaire d'Audruicq", "association", "62057", ASSOCIATION,
        "cocagne", "aci",
    ),
    Carrier("equalis", "Association Equalis", "association", "78646", ASSOCIATION, "", "aci"),
    Carrier("enregado", "L'Enregado", "company", "83090", "société par actions simplifiée"),
    Carrier(
        "econome", "Association l'Econome", "association", "83137", ASSOCIATION, "", "", "region"
    ),
    Carrier("village", "Le Village", "association", "84035", ASSOCIATION, "", "aci"),
    Carrier("msa", "MSA de Haute-Normandie", "public", "76540", "organisme de protection sociale"),
    Carrier("civam", "FR CIVAM Auvergne", "association", "03190", ASSOCIATION),
    Carrier(
        "afls", "Association Fruits et Légumes Solidarité (AFLS)", "association", "13055",
        ASSOCIATION, "", "aci", "region",
    ),
    Carrier(
        "marmite", "La Marmite solidaire", "association", "25462", ASSOCIATION, "", "", "region"
    ),
    Carrier(
        "baluchon", "Baluchon et Emmaüs Défi", "company", "75056", "entreprise d'insertion", "",
        "ei",
    ),
    Carrier("lorraine", "Terres de Lorraine, PAT Sud 54", "public", "54135", "syndicat mixte"),
    Carrier("solaal", "SOLAAL", "association", "75056", ASSOCIATION),
    Carrier("gesra", "GESRA", "association", "69123", ASSOCIATION, "ugess"),
)  # fmt: skip
ALL = (*STATE, *NETWORKS, *CARRIERS)


def example_siret(key: str) -> str:
    """A number with right keys that no establishment bears: real SIREN never start with 0."""
    digits = int(hashlib.sha256(key.encode()).hexdigest(), 16) % 1_000_000
    siren = f"00{digits:06d}"
    siren += luhn.calc_check_digit(siren)
    return siren + "0001" + luhn.calc_check_digit(siren + "0001")
