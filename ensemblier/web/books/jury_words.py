"""The journal in French, continued: juries, sharings, and the plans of the atelier."""

CONCEPTS = {
    "allocation.": "Partages d'enveloppes",
    "economic_plan.": "Plans à cinq ans",
    "jury.": "Jurys",
}
ACTIONS = {
    "allocation.depart": "Décision différente du jury, avec sa raison",
    "allocation.run": "Enveloppe partagée et vérifiée",
    "billing.sale_undone": "Vente annulée",
    "call.colleges": "Parts des collèges fixées",
    "economic_plan.attach": "Plan joint à un dossier",
    "economic_plan.comment": "Commentaire sur un plan",
    "economic_plan.hand": "Plan repris dans un dossier",
    "economic_plan.save": "Plan enregistré",
    "economic_plan.start": "Plan commencé",
    "economic_plan.vary": "Scénario ajouté à un plan",
    "jury.call_sitting": "Séance convoquée",
    "jury.cancel_expense": "Frais d'un juré annulés",
    "jury.card": "Fiche simple d'un projet écrite",
    "jury.close_poll": "Vote clos",
    "jury.close_sitting": "Séance levée, procès-verbal écrit",
    "jury.close_volunteers": "Liste des volontaires close",
    "jury.draw": "Jurés tirés au sort",
    "jury.feedback": "Nouvelles données aux jurés",
    "jury.gather": "Jury réuni",
    "jury.helper": "Aide d'un juré notée",
    "jury.language": "Langue relue et ouverte",
    "jury.open_poll": "Vote ouvert",
    "jury.pay_expense": "Frais d'un juré payés d'avance",
    "jury.plan_expense": "Frais d'un juré prévus",
    "jury.present": "Présence notée",
    "jury.print_slips": "Cartes de vote imprimées",
    "jury.replace": "Juré remplacé",
    "jury.score": "Projet noté par un juré des institutions",
    "jury.volunteer": "Volontaire inscrit",
}
SUBJECTS = {
    "economicplan": "plan à cinq ans",
    "jury": "jury",
    "language": "langue",
}
