"""A form with every kind of field, to look at."""

from django import forms

from ensemblier.base.pages.forms import (
    DayField,
    EurosField,
    KeyedForm,
    UploadInput,
    WholeEurosField,
)

LENGTHS = [
    ("short", "Moins de 80 km"),
    ("regional", "Dans la région"),
    ("long", "Plus loin, avec une raison"),
]
PUBLICS = [
    ("families", "Familles"),
    ("students", "Étudiantes et étudiants"),
    ("seniors", "Personnes âgées"),
]


class SampleForm(KeyedForm):
    """One field of each kind."""

    name = forms.CharField(
        label="Nom du projet",
        max_length=80,
        help_text="Quelques mots que tout le monde comprend.",
    )
    summary = forms.CharField(
        label="Le projet en trois phrases", widget=forms.Textarea({"rows": 4})
    )
    asked = EurosField(
        label="Montant demandé",
        min_cents=1_000_00,
        max_cents=200_000_00,
        help_text="Entre 1 000 € et 200 000 €.",
    )
    region_grant = WholeEurosField(
        label="Subvention de la région",
        required=False,
        help_text="Montant attendu sur l'année, sans les centimes.",
    )
    starts = DayField(label="Début du projet")
    contact = forms.EmailField(label="Adresse électronique")
    region = forms.ChoiceField(
        label="Région",
        choices=[("", "Choisissez"), ("32", "Hauts-de-France"), ("84", "Auvergne-Rhône-Alpes")],
    )
    distance = forms.ChoiceField(
        label="D'où viennent les produits ?", choices=LENGTHS, widget=forms.RadioSelect
    )
    publics = forms.MultipleChoiceField(
        label="Avec qui menez-vous ce projet ?",
        choices=PUBLICS,
        widget=forms.CheckboxSelectMultiple,
        help_text="Plusieurs réponses possibles.",
    )
    budget = forms.FileField(
        label="Budget signé",
        required=False,
        widget=UploadInput(
            max_octets=10_000_000,
            kinds=("pdf", "ods", "jpg"),
            what_happens="Nous vérifions le fichier, puis nous gardons son empreinte.",
        ),
    )
    sincere = forms.BooleanField(label="Je certifie que ces informations sont exactes")


FILLED = {
    "name": "Paniers solidaires de l'écopôle d'Audruicq",
    "summary": "Des maraîchers préparent des paniers. Les familles paient un tiers du prix.",
    "asked": 48_000_00,
    "region_grant": 8_800_00,
    "starts": "2027-09-01",
    "contact": "paniers@exemple.fr",
    "region": "32",
    "distance": "short",
    "publics": ["families", "seniors"],
    "sincere": True,
}
WRONG = {
    "error-key": "1c0f8b1e-5a46-4e5f-9d7a-d99a2bb63d22",
    "error-name": "Paniers solidaires",
    "error-asked": "1 2O0",
    "error-region_grant": "8 800,50",
    "error-contact": "paniers",
}
