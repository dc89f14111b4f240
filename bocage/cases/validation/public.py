"""What is wrong with a procedure's public list: it names fields that exist, of the right kind, that may be read."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bocage.cases.validation.problem import Problem, Unread

if TYPE_CHECKING:
    from bocage.cases.schema import FormField, ProcedureDocument

_KINDS = {"place": "un lieu", "category": "un choix", "consent": "un oui ou non", "planned": "une date des agents"}
_KINDS |= {"photo": "des images"}
_SHOWN = {
    "place": "le lieu",
    "category": "la sorte",
    "consent": "l’accord",
    "planned": "la date prévue",
    "photo": "la photo",
}
_KIND_OF = {"place": "place", "category": "choice", "consent": "yesno", "planned": "date", "photo": "file"}


def _mixed(field: "FormField") -> bool:
    return field.kind == "file" and tuple(field.accept) != ("image",)


def public_list_problems(document: "ProcedureDocument", unread: Unread) -> Iterator[Problem]:
    """Each field of the list exists, is of its kind, asked of whom it should be, and is not protected."""
    listed = document.public_list
    if listed is None:
        return
    for key, kind in _KIND_OF.items():
        name = getattr(listed, key)
        if name is None or name in unread.names:
            continue
        field = document.by_id.get(name)
        if field is None or field.kind != kind or field.sensitive or field.agent != (key == "planned") or _mixed(field):
            text = (
                f"La liste publique montre {_SHOWN[key]} par le champ « {name} » : il y faut {_KINDS[key]}, ni protégé "
                "ni absent. Choisissez un autre champ."
            )
            yield Problem("public_list", text)
