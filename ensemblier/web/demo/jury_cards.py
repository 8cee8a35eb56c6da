"""The cards of the demonstration's jury: the report's projects in short sentences."""

from __future__ import annotations

from typing import NamedTuple

QUESTIONS = (
    "Est-ce utile près de chez vous ?",
    "Les gens participent-ils vraiment ?",
    "Le prix est-il juste pour tous ?",
)
QUESTIONS_EN = (
    "Is it useful near where you live?",
    "Do people really take part?",
    "Is the price fair for everybody?",
)


class Told(NamedTuple):
    """One project: its sheet, simple name, pictures, sentences, and its English words if any."""

    number: int
    title: str
    pictures: str
    sentences: str
    title_en: str = ""
    sentences_en: str = ""


CARDS = (
    Told(
        5, "Le grand jardin d'Audruicq", "garden basket learn work price",
        "Des gens sans emploi cultivent un grand jardin. Ils préparent des paniers de légumes. "
        "Des fermiers du coin ajoutent leurs produits. On apprend aussi à cuisiner. "
        "L'État et la ville paient une partie du panier. La personne paie le reste. "
        "Une centaine de familles viennent chaque semaine.",
        "The big garden of Audruicq",
        "People without a job grow a big garden. They fill baskets of vegetables. "
        "Local farmers add their produce. You can learn to cook too. "
        "The State and the town pay a part of the basket. You pay the rest.",
    ),
    Told(
        6, "Des colis bio pour les foyers", "basket home truck work meal",
        "Trois jardins préparent des colis de légumes bio. Les colis vont dans des foyers. "
        "Là vivent des gens sans logement à eux. Ils ne paient rien. "
        "On y fait aussi des ateliers de cuisine. L'État paie presque tout.",
    ),
    Told(
        8, "Les bocaux du Var", "save jar truck price together",
        "Près de Toulon, des fermes ont trop de fruits. Une équipe vient les chercher. "
        "Une part est donnée aux associations. Une part devient des bocaux. "
        "Les bocaux sont vendus. L'argent fait vivre le projet.",
        "The jars of the Var",
        "Near Toulon, farms have too much fruit. A team comes and picks it up. "
        "Some of it is given to charities. Some of it goes into jars. The jars are sold.",
    ),
    Told(
        14, "Les repas anti-gaspi de Paris", "save meal work truck home",
        "À Paris, une équipe ramasse ce que les magasins ne vendent pas. "
        "Une autre équipe en fait des repas. Les repas vont dans des centres d'accueil. "
        "Les centres paient le prix normal. Quinze personnes retrouvent un travail.",
    ),
    Told(
        16, "Acheter ensemble dans le quartier", "together shop price farmer home",
        "Des voisins commandent ensemble. Les produits sont bio ou viennent de la ferme. "
        "Ils coûtent moins cher que dans un magasin. On ne demande aucun papier. "
        "Les habitants choisissent les produits.",
    ),
    Told(
        20, "Les épiceries du Rhône", "shop farmer price truck hands",
        "Des épiceries solidaires achètent ensemble. Elles paient bien les paysans. "
        "Les gens paient moins cher. La ville et l'État paient la différence. "
        "Livrer des produits frais coûte beaucoup.",
    ),
    Told(
        22, "La soupe des banques alimentaires", "save jar work hands truck",
        "On récupère des fruits et des légumes frais. Un atelier en fait des soupes. "
        "Il fait aussi des compotes. Elles sont données aux associations. "
        "L'atelier donne du travail à des gens.",
    ),
    Told(
        12, "La cuisine du marché de Marseille", "save meal work hands shop",
        "Au grand marché de Marseille, il reste des légumes. Un atelier les cuisine. "
        "Presque tout est donné. Cent quatre-vingt-dix associations en profitent. "
        "Le reste est vendu dans un petit magasin.",
    ),
    Told(
        9, "Cueillir ensemble en Provence", "garden together work save hands",
        "Dans les champs bio, il reste des fruits. Un groupe va les cueillir. "
        "C'est un moment calme, on se rencontre. La récolte est donnée ou cuisinée. "
        "L'agriculteur appelle au dernier moment.",
        "Picking fruit together in Provence",
        "In the organic fields, some fruit is left. A group goes and picks it. "
        "It is a calm moment, people meet. The harvest is given or cooked.",
    ),
    Told(
        17, "Des produits frais à la Croix-Rouge", "farmer truck hands basket home",
        "La Croix-Rouge achète à des fermes proches. Une entreprise paie. "
        "Les gens reçoivent les produits sans payer. Il y en a chaque semaine. "
        "Les bénévoles ont beaucoup de factures à suivre.",
        "Fresh food at the Red Cross",
        "The Red Cross buys from farms nearby. A company pays. People get the food for free. "
        "There is some every week.",
    ),
    Told(
        25, "Le poisson pour tous", "fish work save truck hands",
        "Dans les ports, du poisson n'est pas vendu. Cinq ateliers le préparent. "
        "Ils le coupent et le congèlent. Cent associations le reçoivent. "
        "Des gens y retrouvent un travail.",
        "Fish for everybody",
        "In the harbours, some fish is not sold. Five workshops prepare it. "
        "They cut it and freeze it. A hundred charities receive it.",
    ),
)  # fmt: skip
# What the first sitting looked at, and the second, whose vote is open.
FIRST = (5, 6, 8, 14, 16, 20, 22, 12)
SECOND = (9, 17, 25)
# Invented first names; the accounts have no password but the two of the tour.
NAMES = {
    "institutions": ("Hélène", "Marc", "Sofia", "Paul", "Denise", "Karim", "Anne", "Yves",
                     "Louise", "Théo"),
    "associations": ("Nadia", "Gilles", "Fatou", "Pierre", "Rosa", "Ahmed", "Claire", "Sacha",
                     "Brigitte", "Omar"),
    "people": ("Awa", "Michel", "Lina", "Josiane", "Idriss", "Maria", "Kevin", "Aïcha",
               "Bernard", "Tania"),
}  # fmt: skip
MINUTES = (
    "La présidence ouvre la séance et rappelle la règle : chacun dit ses liens avant de lire. "
    "Les huit projets sont lus et écoutés. Chaque juré vote seul, à l'écran. Le vote est clos, "
    "l'urne est mélangée. Procès-verbal d'exemple."
)
SEED = "04 11 23 31 40"
SOURCE = "Tirage d'exemple de la démonstration, connu après la clôture de la liste"
