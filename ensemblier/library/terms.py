"""The closed lists of words that sort the sheets: how food is priced, who pays, who carries."""

from django.db import models


class PriceForm(models.TextChoices):
    """How the price is made. A sheet often holds several, one per public or per period."""

    FREE = "free", "gratuit pour la personne"
    COST_PRICE = "cost_price", "prix coûtant"
    PERCENT_OF_PRICE = "percent_of_price", "la personne paie une part du prix"
    TABLE_BY_HOUSEHOLD = "table_by_household", "barème selon la taille du foyer"
    REDUCED_PRICE = "reduced_price", "prix réduit ou préférentiel"
    WHOLESALE_PRICE = "wholesale_price", "prix du marché de gros"
    MARKET_PRICE = "market_price", "prix du marché"
    SPLIT_WITH_FUNDERS = "split_with_funders", "prix partagé avec des financeurs"
    THIRD_PARTY_GAP = "third_party_gap", "un tiers financeur paie l'écart"
    PREPAID_GROUP_ORDER = "prepaid_group_order", "commande groupée payée d'avance"
    FAIR_FIXED_PRICE = "fair_fixed_price", "prix juste et fixe pour le producteur"
    OWN_USE = "own_use", "autoconsommation valorisée"


class FunderKind(models.TextChoices):
    """Who pays, from the State to the people themselves."""

    STATE = "state", "État et ses agences"
    REGION = "region", "région"
    DEPARTMENT = "department", "département"
    EPCI = "epci", "intercommunalité"
    COMMUNE = "commune", "commune ou CCAS"
    SOCIAL_BODY = "social_body", "organisme social (CAF, MSA, CARSAT, ARS)"
    FOUNDATION = "foundation", "fondation ou fonds de dotation"
    COMPANY = "company", "entreprise"
    EU = "eu", "Union européenne"
    PEOPLE = "people", "personnes et dons"
    OTHER = "other", "autre ou non précisé"


class CarrierKind(models.TextChoices):
    """What the carrier is, in the words of the sheets."""

    ASSOCIATION = "association", "association"
    NETWORK_HEAD = "network_head", "tête de réseau"
    GROCERY_GROUPING = "grocery_grouping", "groupement d'épiceries solidaires"
    SIAE = "siae", "structure d'insertion (SIAE)"
    COMPANY = "company", "entreprise"
    SOCIAL_BODY = "social_body", "organisme social"
    LOCAL_AUTHORITY = "local_authority", "collectivité"
