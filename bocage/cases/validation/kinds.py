"""What is wrong with a field of one of the kinds that have settings of their own, taken alone.

Messages are French: the desk's editor shows them to the agent who writes the procedure.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bocage.cases.schema import FormField

NOT_IN_GROUPS = frozenset(
    {
        "group",
        "file",
        "computed",
        "note",
        "statement",
        "amounts_table",
        "place",
        "household_person",
        "signatures",
        "appointment",
        "payment",
    }
)
"""Kinds that lines which repeat do not hold."""
MAX_COLUMNS, MAX_LINES = 4, 60


def kind_problems(field: "FormField") -> Iterator[str]:
    """What is wrong with the settings that one kind alone has."""
    if field.amount_of and field.kind != "payment":
        yield "Seul un paiement a une somme due : enlevez-la, ou changez le genre du champ."
    if field.kind in {"appointment", "payment"} and field.agent:
        yield "C’est la personne qui demande qui choisit : laissez-lui ce champ, le service le règle sur le dossier."
    if field.kind == "signatures" and field.sensitive:
        yield "Les signataires reçoivent un lien : les avis du dossier les nomment. Ce champ ne peut pas être protégé."
    if field.kind == "signatures" and field.agent:
        yield "Ce sont les personnes qui demandent qui nomment les signataires : laissez-leur ce champ."
    yield from _lists(field)
    if field.kind == "amounts_table":
        yield from _table(field)
    elif field.columns or field.lines or field.free_lines:
        yield "Seul un tableau de montants a des colonnes et des lignes : enlevez-les, ou changez le genre du champ."


def _lists(field: "FormField") -> Iterator[str]:
    if field.members != "all" and field.kind != "household_person":
        yield "Seule une personne du foyer se choisit parmi les enfants : changez le genre du champ."
    if field.places and field.kind != "place":
        yield "Seul un lieu propose des lieux du territoire : enlevez-les, ou changez le genre du champ."


def _table(field: "FormField") -> Iterator[str]:
    columns = {column.id for column in field.columns}
    if not 1 <= len(field.columns) <= MAX_COLUMNS:
        yield f"Un tableau de montants a de 1 à {MAX_COLUMNS} colonnes : par exemple Charges et Produits."
    if len(columns) != len(field.columns):
        yield "Deux colonnes ont le même identifiant : changez-en une."
    if "balanced" in columns:
        yield "« balanced » est le nom de l’égalité des totaux : donnez un autre identifiant à cette colonne."
    if not field.lines and not field.free_lines:
        yield "Un tableau de montants a des lignes : écrivez les intitulés, ou laissez la personne en ajouter."
    if len(field.lines) > MAX_LINES:
        yield f"Un tableau de montants a {MAX_LINES} intitulés au plus : enlevez-en."
    if len({line.id for line in field.lines}) != len(field.lines):
        yield "Deux lignes ont le même identifiant : changez-en une."
    for line in field.lines:
        if not set(line.columns) <= columns:
            yield f"« {line.label} » parle d’une colonne qui n’existe pas : choisissez-en une autre."
