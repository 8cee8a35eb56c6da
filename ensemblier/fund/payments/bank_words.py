"""What a bank says of a transfer (ISO 20022 statuses and reasons), in French."""

from __future__ import annotations

# External code sets of ISO 20022: the reasons that a treasurer meets.
CODES = {
    "AC01": "numéro de compte faux",
    "AC03": "numéro de compte du destinataire faux",
    "AC04": "compte clos",
    "AC06": "compte bloqué",
    "AC13": "compte d'un particulier, où ce virement est interdit",
    "AG01": "opération interdite sur ce compte",
    "AG02": "code d'opération faux",
    "AM02": "montant au-dessus du plafond de la banque",
    "AM04": "provision insuffisante sur le compte du financeur",
    "AM05": "opération en double",
    "AM09": "montant différent de celui attendu",
    "ARDT": "virement déjà rendu",
    "BE01": "titulaire et compte ne correspondent pas",
    "BE04": "adresse du destinataire manquante",
    "BE05": "donneur d'ordre non reconnu",
    "CNOR": "banque du destinataire hors du réseau",
    "CUST": "arrêté à la demande du donneur d'ordre",
    "CURR": "monnaie fausse",
    "DNOR": "banque du financeur hors du réseau",
    "DT01": "date d'exécution impossible",
    "DUPL": "paiement en double",
    "ED05": "règlement échoué entre banques",
    "FF01": "fichier mal formé",
    "FOCR": "renvoyé à la demande du donneur d'ordre",
    "FRAD": "fraude supposée",
    "MD07": "titulaire décédé",
    "MS02": "refusé par le destinataire, sans motif",
    "MS03": "refusé par la banque, sans motif",
    "NARR": "motif donné en toutes lettres par la banque",
    "RC01": "banque inconnue",
    "RC07": "banque du destinataire inconnue",
    "RR01": "compte du donneur d'ordre manquant (motif réglementaire)",
    "RR02": "nom ou adresse du donneur d'ordre manquants (motif réglementaire)",
    "RR03": "nom ou adresse du destinataire manquants (motif réglementaire)",
    "RR04": "motif réglementaire",
    "TECH": "panne technique de la banque",
    "TM01": "reçu trop tard par la banque",
    "UPAY": "paiement non dû",
}
# The account itself is at fault: nothing more is sent there.
BAD_ACCOUNT = frozenset({"AC01", "AC03", "AC04", "AC06", "AC13", "AG01", "RC01", "RC07"})

# What a status means for an order: heard (nothing to note), executed, rejected, unclear.
HEARD, EXECUTED, REJECTED, UNCLEAR = "heard", "executed", "rejected", "unclear"
STATUSES = {
    "RCVD": (HEARD, "reçu par la banque"),
    "PDNG": (HEARD, "en attente à la banque"),
    "PART": (HEARD, "accepté en partie"),
    "ACTC": (HEARD, "contrôlé par la banque"),
    "ACCP": (HEARD, "accepté par la banque"),
    "ACSP": (HEARD, "accepté, en cours d'exécution"),
    "ACWC": (HEARD, "accepté avec un changement de la banque"),
    "ACWP": (HEARD, "accepté, pas encore au compte du destinataire"),
    "ACSC": (EXECUTED, "exécuté : le compte du financeur est débité"),
    "ACCC": (EXECUTED, "arrivé sur le compte du destinataire"),
    "BOOK": (EXECUTED, "débité sur le relevé"),
    "RJCT": (REJECTED, "rejeté"),
    "CANC": (UNCLEAR, "annulé à la banque"),
}


def reason_of(code: str) -> str:
    """« compte clos (AC04) », and what is said when the code is not known here."""
    if not code:
        return "sans motif donné"
    known = CODES.get(code)
    return f"{known} ({code})" if known else f"code {code}, à demander à la banque"


def for_the_organisation(code: str) -> str:
    """What the organisation reads when its payment did not arrive, and what it must do."""
    if code in BAD_ACCOUNT:
        then = "Donnez un autre compte bancaire, avec son RIB : le versement repartira."
    else:
        then = "Le financeur prépare un nouveau virement : rien à faire de votre côté."
    return f"La banque dit : {reason_of(code)}. {then}"
