"""Between the browser's form and the engine: what was posted, as raw answers; fields, as the design system draws them.

Used by residents' steps and by agents' entry alike. Nothing is decided here: the engine judges every answer.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from bocage.base.money import format_cents
from bocage.cases.engine.form import named
from bocage.cases.engine.members import Member
from bocage.cases.engine.ports import PORTS
from bocage.cases.engine.values import french_phone
from bocage.cases.forms import members, places, ports, signatures, tables
from bocage.cases.models import Case, Document
from bocage.cases.operations.documents import MAX_BYTES
from bocage.cases.schema import FormField, ProcedureDocument, Question
from bocage.cases.sealing import open_answers
from bocage.territory.queries import communes

ADDRESS_PARTS = ("line", "postcode", "commune", "locality")
SHOWN = "_shown"
REFUSED = "_refused"  # the fields that the page shows as refused: mended, they are drawn again
REMOVE = "remove"  # a row that was ticked to be taken away: a choice made in it cannot be undone otherwise
SELECT_FROM = 8  # options: beyond that, a list to unfold reads better than radio buttons


# --- Reading -------------------------------------------------------------------------------------------------------
def posted_answers(document: ProcedureDocument, post: QueryDict) -> dict[str, Any]:
    """Raw answers of the fields that the posted page showed; files are read apart. Unknown names are ignored."""
    shown = set(post.getlist(SHOWN))
    answers: dict[str, Any] = {
        question.id: post.get(question.id, "") for question in document.eligibility if question.id in shown
    }
    for field in document.by_id.values():
        if field.id in shown and field.asks and field.kind != "file":
            answers[field.id] = _posted(field, field.id, post)
    return answers


def told_fields(names: Iterable[str], post: QueryDict) -> QueryDict:
    """The post; where it does not say what its page showed, as if the page had shown the fields that it names."""
    if SHOWN in post:
        return post
    told = {key.partition(".")[0] for key in post}
    whole = post.copy()
    whole.setlist(SHOWN, [name for name in names if name in told])
    return whole


def _posted(field: FormField, name: str, post: QueryDict) -> Any:
    if field.kind == "choices":
        return post.getlist(name)
    if field.kind == "address":
        return {part: post.get(f"{name}.{part}", "") for part in ADDRESS_PARTS}
    if field.kind == "organisation":
        return {part: post.get(f"{name}.{part}", "") for part in ("name", "number")}
    if field.kind in PORTS:
        return ports.posted(name, post)
    if field.kind == "signatures":
        return signatures.posted(field, name, post)
    if field.kind == "household_person":
        return members.posted(name, post)
    if field.kind == "place":
        return places.posted(name, post)
    if field.kind == "amounts_table":
        return tables.posted(field, name, post)
    if field.kind == "group":
        return [
            {inner.id: _posted(inner, f"{name}.{row}.{inner.id}", post) for inner in field.fields}
            for row in range(field.max_items)
            if f"{name}.{row}.{REMOVE}" not in post
        ]
    return post.get(name, "")


def shown_values(case: Case) -> dict[str, Any]:
    """What a draft's fields show: what was typed and not yet understood, before what is kept."""
    return {**open_answers(case.answers), **open_answers(case.pending)}


# --- Drawing -------------------------------------------------------------------------------------------------------
def typed(field: FormField, value: Any) -> Any:
    """An answer as a person would type it."""
    if value is None or isinstance(value, bool | dict):
        return value
    if field.kind == "date" and isinstance(value, str) and len(value) == 10 and value[4] == "-":
        return "/".join(reversed(value.split("-")))
    if field.kind == "number":
        return str(value).replace(".", ",")
    if field.kind == "amount" and isinstance(value, int):
        return f"{value // 100},{value % 100:02d}"
    if field.kind == "phone" and str(value).startswith("+"):
        return french_phone(value)
    return value


_AUTOCOMPLETE = {
    "birth_name": "family-name",
    "given_names": "given-name",
    "birth_date": "bday",
    "email": "email",
    "phone": "tel",
}


def question_parameters(question: Question, value: Any, error: str = "") -> dict[str, Any]:
    """An eligibility question for ``ui_field``."""
    return {
        "id": f"f-{question.id}",
        "name": question.id,
        "kind": "radio",
        "label": question.label,
        "hint": question.hint,
        "options": [option.model_dump() for option in question.options],
        "value": value,
        "error": error,
        "required": True,
    }


def field_parameters(
    field: FormField,
    value: Any,
    *,
    name: str = "",
    error: str = "",
    required: bool = True,
    documents: Mapping[str, Document] | None = None,
    own: bool = True,
    save_url: str = "",
    reference: str = "",
    household: Mapping[str, Member] | None = None,
    certain: bool = False,
) -> dict[str, Any]:
    """A field for ``ui_field``.

    ``own`` lets the browser fill in the visitor's own name and address; ``household``: whom they may choose;
    ``certain`` shows an answer that nobody types (``applicant.certain``).
    """
    name = name or field.id
    if certain:
        hint = _("Vérifié. S’il y a une erreur, appelez-nous.")
        told = {"id": f"f-{name}", "name": name, "kind": "computed", "label": field.label, "hint": hint}
        return {**told, "value": typed(field, value)}
    example = _("Exemple : %(example)s") % {"example": field.example} if field.example else ""
    kind: str = {"phone": "tel", "choice": "radio", "choices": "checkboxes"}.get(field.kind, field.kind)
    if field.kind == "choice" and len(field.options) >= SELECT_FROM:
        kind = "select"
    parameters: dict[str, Any] = {
        "id": f"f-{name.replace('.', '-')}",
        "name": name,
        "kind": kind,
        "label": field.label,
        "hint": " ".join(part for part in (field.hint, example) if part),
        "options": [option.model_dump() for option in field.options],
        "value": typed(field, value),
        "error": error,
        "required": required,
        "save_url": save_url,
        "maxlength": field.max_length or None,
        "own_address": own,
    }
    if own and field.role in _AUTOCOMPLETE:
        parameters["autocomplete"] = _AUTOCOMPLETE[field.role]
    if field.kind == "address":
        parameters["communes"] = list(communes().only("insee", "name"))
    if field.kind == "statement":
        parameters |= {"checked_value": "oui", "value": "oui" if value in (True, "oui") else ""}
    if field.kind == "computed":
        parameters["value"] = format_cents(int(value)) if field.result == "amount" and value else typed(field, value)
    if field.kind == "file":
        kept = (
            [documents[key] for key in value or () if documents and key in documents] if isinstance(value, list) else []
        )
        parameters |= {
            "value": None,
            "multiple": field.max_files > 1,
            "max_bytes": MAX_BYTES,
            "accept": ",".join({"pdf": ".pdf", "image": "image/*", "text": ".txt"}[item] for item in field.accept),
            "files": [
                {
                    "key": document.key,
                    "name": document.name,
                    "size": document.size,
                    "url": f"/dossiers/{reference}/documents/{document.key}/" if reference else "",
                    "remove_name": f"{field.id}.remove",
                }
                for document in kept
            ],
        }
    if field.kind in PORTS:
        parameters["port"] = ports.drawn(field, value)
    if field.kind == "signatures":
        signers = signatures.drawn(field, value, name)
        parameters |= {"signers": signers, "room": len(signers) < field.max_items}
    if field.kind == "household_person":
        parameters["person"] = members.drawn(field, value, household or {})
    if field.kind == "place":
        parameters["place"] = places.drawn(field, value)
    if field.kind == "amounts_table":
        parameters["table"] = tables.drawn(field, value, name)
    if field.kind == "group":
        rows = _rows(field, value if isinstance(value, list) else [], save_url)
        parameters |= {"rows": rows, "room": len(rows) < field.max_items}
    return parameters


def _rows(field: FormField, value: list[Any], save_url: str) -> list[dict[str, Any]]:
    """The rows of a group, with one more to fill in where there is room."""
    rows = [row for row in value if isinstance(row, Mapping)][: field.max_items]
    if len(rows) < field.max_items:
        rows = [*rows, {}]
    return [
        {
            "number": number + 1,
            "blank": not any(row.values()),
            "needless": not any(row.values()) and (number > 0 or not field.required),
            "remove_name": f"{field.id}.{number}.{REMOVE}",
            "fields": [
                field_parameters(
                    inner,
                    row.get(inner.id),
                    name=f"{field.id}.{number}.{inner.id}",
                    required=inner.required,
                    own=False,
                    save_url=save_url,
                )
                for inner in field.fields
            ],
        }
        for number, row in enumerate(rows)
    ]


def error_links(
    document: ProcedureDocument, errors: Mapping[str, str], fields: Iterable[str] = ()
) -> list[dict[str, str]]:
    """Errors for the summary, in the order of the form; those of no field first."""
    labels = {item.id: item.label for item in (*document.eligibility, *document.by_id.values())}
    order = {key: index for index, key in enumerate(labels)}
    return [
        {"target": f"f-{key}", "message": named(labels[key], errors[key])}
        if key in labels
        else {"target": "", "message": errors[key]}
        for key in sorted(errors, key=lambda key: order.get(key, -1))
    ]
