"""The format of a plan file: its tables, their keys, what each means. The reader and the reference
page are both made from this."""

from __future__ import annotations

from typing import NamedTuple

from ensemblier.engines.economics import plan


class Field(NamedTuple):
    """One key: how it is read, what it says in French, its attribute when named otherwise."""

    kind: str
    says: str
    attribute: str = ""
    required: bool = False


class Table(NamedTuple):
    """One repeated table and the class it becomes; `attribute`: where the plan keeps them."""

    says: str
    row: type
    attribute: str
    fields: dict[str, Field]


ITEM = {
    "id": Field("slug", "nom court, unique dans le plan", required=True),
    "label": Field("text", "nom lisible"),
    "first": Field("month", "premier mois ; sinon celui du plan"),
    "last": Field("month", "dernier mois ; sinon le soixantième"),
    "source": Field("text", "d'où viennent les chiffres"),
    "assumed": Field("flag", "hypothèse : personne n'a donné ce chiffre"),
}
TOP = {
    "name": Field("text", "nom du plan", required=True),
    "start": Field("month", "premier des soixante mois", required=True),
    "sheet": Field("count", "numéro de la fiche du rapport"),
    "form": Field("form", "forme juridique du porteur"),
    "opening_cash": Field("cash", "trésorerie au départ", "opening"),
    "inflation": Field("rise", "hausse des prix en général, par an", "general"),
    "wage_rise": Field("rise", "hausse des salaires, par an", "wages"),
    "food_rise": Field("rise", "hausse du prix des denrées, par an", "food"),
    "vat_liable": Field("flag", "le vendeur est redevable de la TVA"),
    "auditor": Field("flag", "un commissaire aux comptes est nommé"),
    "aci_limit": Field("percent", "part des charges que les recettes d'un ACI n'atteignent pas"),
    "aci_limits": Field(
        "limits", "cette part, convention par convention, quand il y en a plusieurs (« ACI:nom »)"
    ),
    "separate_accounts": Field("flag", "comptes séparés entre ACI et EI"),
    "reasonable_surplus": Field(
        "percent", "excédent raisonnable prévu par la convention", "surplus"
    ),
    "farm_goods": Field("flag", "les compléments de prix portent sur des produits agricoles"),
    "basket": Field("slug", "volume dont une unité sert à dire qui paie quoi"),
    "source": Field("text", "d'où viennent les chiffres"),
}
UNCERTAINTY = {
    "demand": Field("percent", "écart type des volumes"),
    "persistence": Field("percent", "ce qu'un mois garde de l'écart du mois d'avant"),
    "common": Field("percent", "part commune à tous les volumes dans leurs écarts propres"),
    "selling_price": Field("percent", "écart type des prix de vente au marché"),
    "food_price": Field("percent", "écart type du prix des denrées"),
    "inflation": Field("percent", "écart type de la hausse annuelle des prix"),
    "absence": Field("percent", "écart type des absences"),
    "politics": Field("percent", "part commune à tous les renouvellements"),
    "late": Field("percent", "chance qu'une année de versements publics ait deux mois de retard"),
}
VOLUME = ITEM | {
    "unit": Field("text", "unité : kg, panier, repas, foyer…"),
    "link": Field("link", "maillon"),
    "activity": Field("slug", "activité de la carte 3 × 3"),
    "yearly": Field("quantity", "quantité de la première année entière"),
    "of": Field("slug", "volume dont celui-ci découle"),
    "rate": Field("rate", "combien par unité du volume d'origine"),
    "yield": Field("percent", "rendement à la transformation", "yields"),
    "loss": Field("percent", "pertes"),
    "growth": Field("growth", "hausse par an"),
    "season": Field("season", "poids de chaque mois, de janvier à décembre"),
    "spread": Field("percent", "écart type propre à ce volume, d'une année à l'autre"),
}
SALE = ITEM | {
    "volume": Field("slug", "volume vendu", required=True),
    "price": Field("price", "prix d'une unité", required=True),
    "audience": Field("audience", "à qui"),
    "share": Field("percent", "part du volume vendue à ce public"),
    "index": Field("index", "indice que suit le prix"),
    "delay": Field("wait", "mois avant d'être payé"),
    "payer": Field("text", "qui paie"),
    "code": Field("text", "ligne du Cerfa"),
    "link": Field("link", "maillon"),
    "perimeter": Field("perimeter", "recette de l'ACI ou de l'EI"),
}
COST = ITEM | {
    "kind": Field("kind", "sorte de charge", required=True),
    "volume": Field("slug", "volume dont elle dépend"),
    "price": Field("price", "coût par unité du volume"),
    "yearly": Field("euros", "coût par an"),
    "once": Field("euros", "coût en une fois, le premier mois"),
    "code": Field("text", "ligne du Cerfa"),
    "link": Field("link", "maillon"),
    "expense_class": Field("class", "type de dépense"),
    "index": Field("index", "indice que suit le coût"),
    "delay": Field("wait", "mois avant de payer"),
    "perimeter": Field("perimeter", "charge de l'ACI ou de l'EI"),
    "producers": Field("count", "nombre de producteurs à qui l'on achète"),
    "contract_years": Field("count", "durée du contrat écrit avec les producteurs, en années"),
    "revision": Field("flag", "le contrat a une clause de révision du prix"),
    "exempt_contract": Field("flag", "fruits, légumes, ou achat hors du contrat obligatoire"),
}
ROUND = ITEM | {
    "km": Field("quantity", "kilomètres d'une tournée", required=True),
    "price": Field("price", "coût d'un kilomètre", required=True),
    "yearly": Field("quantity", "tournées par an"),
    "volume": Field("slug", "volume transporté, à la place d'un nombre"),
    "load": Field("quantity", "ce que prend une tournée"),
    "code": Field("text", "ligne du Cerfa"),
    "link": Field("link", "maillon"),
    "expense_class": Field("class", "type de dépense"),
    "delay": Field("wait", "mois avant de payer"),
    "perimeter": Field("perimeter", "charge de l'ACI ou de l'EI"),
}
POST = ITEM | {
    "monthly": Field("euros", "coût mensuel d'un poste, charges comprises", required=True),
    "number": Field("quantity", "nombre de postes, ou le moins s'ils suivent un volume"),
    "hours": Field("hours", "heures par semaine d'un poste"),
    "volume": Field("slug", "volume qui demande des postes"),
    "capacity": Field(
        "quantity",
        "ce qu'un poste fait en un mois s'il est toujours là : formation et absences en sont ôtées",
    ),
    "absence": Field("percent", "heures non travaillées"),
    "replaced": Field("percent", "part des absences remplacée"),
    "turnover": Field("percent", "départs par an"),
    "hiring": Field("euros", "coût d'un recrutement"),
    "training": Field("percent", "part du temps en formation"),
    "aid": Field("aid", "aide au poste : ACI, EI, ou aided (emploi aidé, aid_yearly)"),
    "aid_yearly": Field("euros", "aide par poste et par an ; sinon celle de la loi"),
    "aid_last": Field("month", "dernier mois de l'aide"),
    "renewal": Field("percent", "chance que l'aide continue, chaque année"),
    "link": Field("link", "maillon"),
    "expense_class": Field("class", "type de dépense"),
    "perimeter": Field("perimeter", "poste de l'ACI ou de l'EI"),
}
IN_KIND = ITEM | {
    "charge": Field("text", "ligne 86 du Cerfa"),
    "resource": Field("text", "ligne 87 du Cerfa"),
    "hours": Field("quantity", "heures de bénévolat par mois, valorisées à `price`"),
    "yearly": Field("euros", "valeur par an"),
    "volume": Field("slug", "volume donné, valorisé à `price`"),
    "price": Field("price", "valeur d'une heure ou d'une unité"),
    "received": Field("euros", "valeur par an du côté 87 ; la même des deux côtés"),
    "payer": Field("text", "qui donne"),
    "link": Field("link", "maillon"),
    "effect": Field("effect", "effet utile"),
}
EQUIPMENT = ITEM | {
    "price": Field("euros", "prix d'achat", required=True),
    "life": Field("months", "durée d'usage en mois", required=True),
    "loan": Field("euros", "somme empruntée"),
    "rate": Field("percent", "taux de l'emprunt, par an"),
    "term": Field("months", "durée de l'emprunt en mois"),
    "link": Field("link", "maillon"),
    "perimeter": Field("perimeter", "bien de l'ACI ou de l'EI"),
}
RESOURCE = ITEM | {
    "payer": Field("text", "qui paie", required=True),
    "code": Field("text", "ligne du Cerfa ; 74FS pour le fonds"),
    "yearly": Field("euros", "somme par an"),
    "once": Field("euros", "somme en une fois, le premier mois"),
    "volume": Field("slug", "volume dont chaque unité est aidée"),
    "price": Field("price", "aide par unité du volume"),
    "spread": Field("months", "subvention d'investissement : durée d'usage de ce qu'elle paie"),
    "nature": Field("nature", "marchande ou non"),
    "effect": Field("effect", "effet utile payé"),
    "certainty": Field("certainty", "ferme, promise ou demandée"),
    "chance": Field("percent", "chance qu'elle vienne ; sinon 100, 85 ou 50 selon la certitude"),
    "renewal": Field("percent", "chance qu'elle continue, chaque année"),
    "payment": Field("payment", "quand elle est versée"),
    "delay": Field("wait", "mois avant le versement"),
    "pays_for": Field("class", "type de dépense qu'elle paie seulement"),
    "agreement": Field("flag", "une convention est prévue"),
    "deductible": Field("flag", "don qui ouvre droit à réduction d'impôt"),
    "complement": Field("flag", "complément de prix : la personne paie moins d'autant"),
    "regime": Field("regime", "règle d'aide d'État"),
    "farms": Field("count", "nombre de fermes qui se partagent une aide agricole de minimis"),
    "perimeter": Field("perimeter", "ressource de l'ACI ou de l'EI"),
}
TABLES = {
    "volume": Table("Volumes", plan.Volume, "volumes", VOLUME),
    "sale": Table("Ventes", plan.Sale, "sales", SALE),
    "cost": Table("Charges", plan.Cost, "costs", COST),
    "round": Table("Tournées", plan.Round, "rounds", ROUND),
    "post": Table("Postes", plan.Post, "posts", POST),
    "in_kind": Table("Contributions en nature", plan.InKind, "in_kinds", IN_KIND),
    "equipment": Table("Équipements", plan.Equipment, "equipments", EQUIPMENT),
    "resource": Table("Ressources", plan.Resource, "resources", RESOURCE),
}
