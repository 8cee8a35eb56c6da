"""The accounts of the demonstration: one per role, and a second of those who need four eyes."""

from __future__ import annotations

from typing import NamedTuple

from ensemblier.base.people.models import Role

DOMAIN = "demo.ensemblier.example"
# Shown to everyone, on purpose: the accounts exist in the demonstration only.
PASSWORD = "filieres-solidaires-demo"


class DemoAccount(NamedTuple):
    """Who: address before the @, role, where the mandate holds (keys of `carriers.py`)."""

    key: str
    name: str
    role: Role
    organisation: str
    region: str = ""
    department: str = ""

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


ACCOUNTS = (
    DemoAccount("porteur", "Porteur de projet (démo)", Role.APPLICANT, "blois"),
    DemoAccount("representante", "Représentante légale (démo)", Role.REPRESENTATIVE, "blois"),
    DemoAccount("reseau", "Tête de réseau (démo)", Role.NETWORK_HEAD, "cocagne"),
    DemoAccount("instructeur", "Agent instructeur (démo)", Role.INSTRUCTOR, "dgcs"),
    DemoAccount(
        "instructeur-paca", "Agent instructeur, PACA (démo)", Role.INSTRUCTOR, "dreets-paca", "93"
    ),
    DemoAccount(
        "instructeur-doubs",
        "Agent instructeur, Doubs (démo)",
        Role.INSTRUCTOR,
        "ddets-doubs",
        department="25",
    ),
    DemoAccount("programme", "Responsable du programme (démo)", Role.PROGRAMME, "dgcs"),
    DemoAccount("signataire", "Signataire (démo)", Role.SIGNATORY, "dgcs"),
    DemoAccount("signataire-2", "Second signataire (démo)", Role.SIGNATORY, "dgcs"),
    DemoAccount("payeur", "Agent payeur (démo)", Role.PAYER, "comptable"),
    DemoAccount("payeur-2", "Second agent payeur (démo)", Role.PAYER, "comptable"),
    DemoAccount("payeur-fondation", "Agent payeur, fondation (démo)", Role.PAYER, "fondation"),
    DemoAccount("auditeur", "Auditeur (démo)", Role.AUDITOR, "controle"),
    DemoAccount("juree", "Personne concernée, jurée (démo)", Role.JUROR, "dgcs"),
    DemoAccount("aidante", "Personne qui aide une jurée (démo)", Role.JUROR, "dgcs"),
    DemoAccount("presidence", "Présidente du jury (démo)", Role.JUROR, "dgcs"),
    DemoAccount("assistance", "Assistance (démo)", Role.SUPPORT, "dgcs"),
)
BY_KEY = {account.key: account for account in ACCOUNTS}
