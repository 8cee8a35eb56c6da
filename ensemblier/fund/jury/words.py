"""What the juror's screens say, in each language that has its words; opened once people read it."""

from __future__ import annotations

from typing import NamedTuple


class Language(NamedTuple):
    """Its own name, the side it is written from, and its words."""

    name: str
    direction: str
    words: dict[str, str]


HYPHEN = "\N{NON-BREAKING HYPHEN}"  # a phone breaks a title at a plain one
FRENCH = {
    "projects": "Les projets",
    "project": "Projet",
    "of": "sur",
    "listen": "Écouter",
    "stop": "Arrêter",
    "recording": "Écouter la personne qui lit",
    "questions": "Trois questions pour réfléchir",
    "asks": "Ce projet demande",
    "next": "Continuer",
    "back": "Revenir",
    "vote": "Voter",
    "links_title": f"Connaissez{HYPHEN}vous ces projets ?",
    "links_lead": "Cochez un projet si vous y travaillez, si vous y êtes membre, ou si un proche y "
    "travaille. Vous ne voterez pas sur ce projet. C'est normal, et c'est la règle.",
    "links_button": "C'est dit, continuer",
    "linked": "J'ai un lien avec ce projet",
    "recused": "Vous avez un lien avec ce projet. Vous ne votez pas dessus.",
    "support_question": "Voulez-vous que le fonds aide ce projet ?",
    "yes": "Oui",
    "no": "Non",
    "unsure": "Je ne sais pas",
    "points_question": "À quel point ?",
    "points_1": "un peu",
    "points_2": "assez",
    "points_3": "bien",
    "points_4": "beaucoup",
    "points_5": "énormément",
    "point": "point",
    "points": "points",
    "review_title": "Vos choix",
    "review_lead": "Relisez. Tant que vous n'avez pas mis votre bulletin dans l'urne, vous pouvez "
    "changer.",
    "change": "Changer",
    "few": "Vous dites oui à peu de projets. Choisir plus de projets aide à mieux partager.",
    "missing": "Il manque un choix",
    "cast": "Mettre mon bulletin dans l'urne",
    "secret": "Votre vote est secret. Personne ne peut savoir ce que vous avez choisi.",
    "thanks": "Votre bulletin est dans l'urne",
    "receipt": "Voici votre reçu. Notez-le ou prenez-le en photo.",
    "receipt_use": "Avec ce code, vous pouvez vérifier que votre bulletin est compté. Il ne dit "
    "pas ce que vous avez choisi.",
    "check": "Vérifier mon reçu",
    "code": "Le code de votre reçu",
    "counted": "Ce bulletin est compté.",
    "not_counted": "Ce code n'est pas dans l'urne. Vérifiez les lettres, ou demandez à la "
    "présidence du jury.",
    "helper": "Vous aidez un juré. Vous lisez avec lui. Seule la personne vote.",
    "language": "Langue",
    "news_title": "Des nouvelles de vos projets",
    "news_lead": "Vous étiez au jury. Voici ce que sont devenus les projets.",
    "voted": "Vous avez voté. Merci !",
    "start": "Commencer à voter",
    "read": "Lire et écouter les projets",
    "step": "Étape",
    "result_title": "Ce que vos votes ont donné",
    "result_lead": "Voici les projets que le jury a choisis. Le signataire peut décider "
    "autrement : il dit alors pourquoi, ici.",
    "chosen": "Choisi",
    "not_chosen": "Pas choisi cette fois",
    "departed": "Le signataire a décidé autrement.",
    "on_paper": "Garder sur papier (PDF)",
}
ENGLISH = {
    "projects": "The projects",
    "project": "Project",
    "of": "of",
    "listen": "Listen",
    "stop": "Stop",
    "recording": "Listen to the person reading",
    "questions": "Three questions to think about",
    "asks": "This project asks for",
    "next": "Next",
    "back": "Back",
    "vote": "Vote",
    "links_title": "Do you know these projects?",
    "links_lead": "Tick a project if you work there, if you are a member, or if someone close to "
    "you works there. You will not vote on that project. This is normal, it is the rule.",
    "links_button": "Done, go on",
    "linked": "I have a link with this project",
    "recused": "You have a link with this project. You do not vote on it.",
    "support_question": "Do you want the fund to help this project?",
    "yes": "Yes",
    "no": "No",
    "unsure": "I don't know",
    "points_question": "How much?",
    "points_1": "a little",
    "points_2": "somewhat",
    "points_3": "quite",
    "points_4": "a lot",
    "points_5": "very much",
    "point": "point",
    "points": "points",
    "review_title": "Your choices",
    "review_lead": "Read again. Until your ballot is in the box, you can change.",
    "change": "Change",
    "few": "You say yes to few projects. Choosing more of them makes sharing fairer.",
    "missing": "A choice is missing",
    "cast": "Put my ballot in the box",
    "secret": "Your vote is secret. Nobody can know what you chose.",
    "thanks": "Your ballot is in the box",
    "receipt": "Here is your receipt. Write it down or take a picture.",
    "receipt_use": "With this code you can check that your ballot was counted. It does not say "
    "what you chose.",
    "check": "Check my receipt",
    "code": "The code of your receipt",
    "counted": "This ballot was counted.",
    "not_counted": "This code is not in the box. Check the letters, or ask the chair of the jury.",
    "helper": "You are helping a juror. You read together. Only the person votes.",
    "language": "Language",
    "news_title": "News of your projects",
    "news_lead": "You were on the jury. Here is what became of the projects.",
    "voted": "You have voted. Thank you!",
    "start": "Start voting",
    "read": "Read and listen to the projects",
    "step": "Step",
    "result_title": "What your votes gave",
    "result_lead": "Here are the projects that the jury chose. The person who signs may decide "
    "otherwise: then they say why, here.",
    "chosen": "Chosen",
    "not_chosen": "Not chosen this time",
    "departed": "The person who signs decided otherwise.",
    "on_paper": "Keep on paper (PDF)",
}
LANGUAGES = {
    "fr": Language("Français", "ltr", FRENCH),
    "en": Language("English", "ltr", ENGLISH),
}


def language_of(code: str) -> Language:
    return LANGUAGES.get(code, LANGUAGES["fr"])
