"""The answers of a scenario, each on one line: as people read them, and back.

Nothing is judged here: the engine refuses what a scenario types wrong, as it does a resident's answer.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from bocage.cases.editor_views.forms.base import Item
from bocage.cases.engine import ports
from bocage.cases.scenarios import tables
from bocage.search.text import fold
from bocage.territory.queries import communes


def read(one: Item, text: str, before: Any = None) -> Any:
    """The answer that a line tells; the one that stood there where its words are the same. Raises ValueError."""
    if before is not None and text == shown(one, before):
        return before
    kind = str(one.get("kind"))
    if kind == "choices":
        whole = _option(one, text)
        return [whole] if whole else [_option(one, part) or part.strip() for part in text.split(",") if part.strip()]
    if one.get("options"):
        return _option(one, text) or text
    if reader := _READERS.get(kind):
        return reader(one, text)
    return text.lower() if kind in {"yesno", "statement"} else text


def shown(one: Item, value: Any) -> str:
    """An answer on one line."""
    kind = one.get("kind")
    if kind == "amounts_table":
        return tables.shown(one, value)
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if kind == "signatures" and isinstance(value, list):
        return " ; ".join(f"{row.get('name')}, {row.get('email') or row.get('phone')}" for row in value)
    if kind == "group" and isinstance(value, list):
        return " ; ".join(_row_shown(one, row) for row in value if isinstance(row, Mapping))
    if isinstance(value, Mapping):
        teller = _TELLERS.get(str(kind))
        return teller(value) if teller else ", ".join(str(part) for part in value.values() if part)
    if isinstance(value, list):
        return ", ".join(shown(one, part) for part in value)
    labels = {str(option.get("value")): str(option.get("label")) for option in one.get("options") or ()}
    return labels.get(str(value), str(value))


def _option(one: Item, text: str) -> str:
    """The value of the answer that has these words; empty for none."""
    for option in one.get("options") or ():
        if fold(text.strip()) in (fold(str(option.get("label"))), fold(str(option.get("value")))):
            return str(option["value"])
    return ""


# --- Answers of several parts ----------------------------------------------------------------------------------------
def _commune(text: str) -> str:
    """The INSEE code of a commune of the territory, told by its name or its code; empty for none."""
    wanted = fold(text.strip())
    return next((one.insee for one in communes() if wanted in (fold(one.name), one.insee)), "")


def _commune_shown(insee: Any) -> str:
    return next((one.name for one in communes() if one.insee == insee), str(insee or ""))


def _address(one: Item, text: str) -> dict[str, str]:
    """« 12 rue de l’Église, 59530 Le Quesnoy »; a town elsewhere is kept by its name."""
    line, _comma, town = text.rpartition(",")
    found = re.fullmatch(r"\s*(\d{5})?\s*(.*?)\s*", town)
    postcode, name = (found[1] or "", found[2]) if found else ("", town.strip())
    told = {"line": line.strip() or text.strip()}
    if postcode:
        told["postcode"] = postcode
    if line and name:
        commune = _commune(name)
        told |= {"commune": commune} if commune else {"locality": name}
    return told


def _address_shown(value: Mapping[str, Any]) -> str:
    town = value.get("locality") or _commune_shown(value.get("commune"))
    return ", ".join(filter(None, [str(value.get("line", "")), f"{value.get('postcode') or ''} {town}".strip()]))


def _place(one: Item, text: str) -> dict[str, str]:
    """« Devant l’école, Le Quesnoy »."""
    words, _comma, commune = text.rpartition(",")
    return {"description": words.strip(), "commune": _commune(commune) or commune.strip()}


def _place_shown(value: Mapping[str, Any]) -> str:
    told = {key: part for key, part in value.items() if part}
    if "description" in told and set(told) <= {"description", "commune"}:
        return f"{told['description']}, {_commune_shown(told.get('commune'))}"
    return ", ".join(str(part) for part in told.values())


def _person(one: Item, text: str) -> dict[str, str]:
    """« Léa Martin, 03/05/2017 »."""
    name, _comma, born = text.partition(",")
    given, _space, last = name.strip().rpartition(" ")
    return {"choice": "other", "given_names": given, "birth_name": last, "birth_date": born.strip()}


def _person_shown(value: Mapping[str, Any]) -> str:
    return f"{value.get('given_names')} {value.get('birth_name')}, {value.get('birth_date')}"


def _signers(one: Item, text: str) -> list[dict[str, str]]:
    """« Paul Martin, paul@exemple.fr ; Léa Martin, 06 12 34 56 78 »."""
    people = [person.partition(",") for person in text.split(";") if person.strip()]
    return [
        {"name": name.strip(), "email" if "@" in contact else "phone": contact.strip()}
        for name, _comma, contact in people
    ]


def _way(one: Item, text: str) -> dict[str, str]:
    """« Plutôt le matin », perhaps followed by a comma and details; or its first words."""
    ways = ports.standing_ways(str(one.get("kind")))
    for key, label in sorted(ways.items(), key=lambda way: -len(str(way[1]))):
        if fold(text).startswith(fold(str(label))):
            details = text[len(str(label)) :].lstrip(" ,")
            return {"way": key, **({"details": details} if details else {})}
    begun = [key for key, label in ways.items() if text and fold(str(label)).startswith(fold(text))]
    if len(begun) == 1:
        return {"way": begun[0]}
    told = _("« %(text)s » n’est pas une des réponses : %(known)s.")
    raise ValueError(told % {"text": text[:60], "known": ", ".join(map(str, ways.values()))})


def _organisation(one: Item, text: str) -> dict[str, str]:
    """« Les Amis du bocage, W595001988 »: a SIRET has fourteen figures, a RNA begins with a W."""
    name, comma, number = text.rpartition(",")
    number = "".join(number.split())
    if not comma or not re.fullmatch(r"[Ww]?\w?\d{4,}", number):
        return {"name": text.strip(), "number": ""}
    return {"name": name.strip(), "number": number}


def _organisation_shown(value: Mapping[str, Any]) -> str:
    return ", ".join(str(value[key]) for key in ("name", "number") if value.get(key))


def _rows(one: Item, text: str) -> list[dict[str, Any]]:
    """« Immatriculation = AB-123-CD, Genre = Voiture ; Immatriculation = … »: a line of the group between « ; »."""
    inner = {fold(str(field.get("label"))): field for field in one.get("fields") or ()}
    rows = []
    for line in filter(str.strip, text.split(";")):
        row: dict[str, Any] = {}
        # A comma parts two answers only where another label follows: answers may have commas of their own.
        for piece in re.split(r",(?=[^,=]+=)", line):
            label, equals, answer = piece.partition("=")
            field = inner.get(fold(label.strip()))
            if not equals or field is None:
                told = _("« %(piece)s » : écrivez l’intitulé d’un champ de la ligne, = et la réponse.")
                raise ValueError(told % {"piece": piece.strip()[:80]})
            row[str(field["id"])] = read(field, answer.strip())
        rows.append(row)
    return rows


def _row_shown(one: Item, row: Mapping[str, Any]) -> str:
    fields = {str(field.get("id")): field for field in one.get("fields") or ()}
    return ", ".join(
        f"{fields.get(key, {}).get('label', key)} = {shown(fields.get(key, {}), value)}" for key, value in row.items()
    )


def _way_shown(value: Mapping[str, Any], kind: str) -> str:
    label = value.get("label") or ports.standing_ways(kind).get(str(value.get("way")), value.get("way"))
    return ", ".join(str(part) for part in (label, value.get("details")) if part)


_READERS: Mapping[str, Any] = {
    "amounts_table": tables.read,
    "address": _address,
    "place": _place,
    "household_person": _person,
    "signatures": _signers,
    "appointment": _way,
    "payment": _way,
    "organisation": _organisation,
    "group": _rows,
}
_TELLERS: Mapping[str, Any] = {
    "address": _address_shown,
    "place": _place_shown,
    "household_person": _person_shown,
    "organisation": _organisation_shown,
    "appointment": lambda value: _way_shown(value, "appointment"),
    "payment": lambda value: _way_shown(value, "payment"),
}
