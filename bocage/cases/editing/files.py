"""A procedure as one file: written to be kept, compared and given to another territory; read with care.

A file may be made by hand, damaged, or come from a newer Bocage: it is refused with the place and the mend, and then
nothing of it is kept. What is merely unfinished (a condition on a field that is gone) is taken: the editor tells of it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from bocage.cases.editing import Body
from bocage.cases.editing.checks import Issue, damages
from bocage.cases.editing.edits import MAX_ITEMS
from bocage.cases.editing.places import ID
from bocage.cases.schema import SCHEMA_VERSION, ProcedureDocument

MAX_FILE = 2_000_000
"""Characters: a procedure of 500 fields and 300 scenarios is a quarter of it."""

MAX_DEPTH = 60  # of nesting: expressions have 20 levels at most


class BadFile(ValueError):
    """A file that is no procedure; ``issues`` tell where and how to mend it, the message is the first of them."""

    def __init__(self, found: list[Issue]) -> None:
        super().__init__(found[0].text)
        self.issues = found


def write(body: Body) -> str:
    """The file of a body: the same body gives the same text, keys in the order of the schema."""
    order = {name: number for number, name in enumerate(ProcedureDocument.model_fields)}
    keys = sorted(body, key=lambda key: (order.get(key, len(order)), key))
    return json.dumps({key: body[key] for key in keys}, ensure_ascii=False, indent=1) + "\n"


def read(text: str | bytes) -> Body:
    """The body of a file. Raises BadFile."""
    if len(text) > MAX_FILE:
        raise _bad(_("Ce fichier est trop gros pour une démarche (%(limit)s Mo au plus).") % {"limit": 2})
    try:
        told = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _bad(_("Ce fichier n’est pas du texte en UTF-8. Enregistrez-le dans ce format.")) from None
    try:
        body = json.loads(told, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        raise _bad(
            _("Ce n’est pas du JSON : la lecture s’arrête à la ligne %(line)s, colonne %(column)s. Corrigez-la.")
            % where
        ) from None
    except RecursionError:
        raise _bad(_("Ce fichier est trop imbriqué pour être une démarche.")) from None
    if not isinstance(body, dict):
        raise _bad(_("Une démarche est un objet, entre accolades. Choisissez un fichier enregistré par l’éditeur."))
    version = body.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise _bad(
            _("Ce fichier vient d’un Bocage plus récent (format %(theirs)s, ici %(ours)s) : mettez celui-ci à jour.")
            % {"theirs": version, "ours": SCHEMA_VERSION}
        )
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise _bad(
            _('Ce fichier ne dit pas son format : écrivez "schema_version": %(ours)s.') % {"ours": SCHEMA_VERSION}
        )
    found = list(_damage(body))
    if found:
        raise BadFile(found)
    return body


def storable(value: Any) -> Any:
    """The same JSON without what a database cannot hold (NUL, lone surrogates). Raises ValueError when too deep or big.

    The usual body is given back as it is: this is on the way of every save.
    """
    level, depth = [value], 0
    while level:
        level = [item for node in level for item in _inside(node) if isinstance(item, dict | list | tuple)]
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(_("C’est trop imbriqué pour être une démarche."))
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > MAX_FILE:
        raise ValueError(_("C’est trop gros pour être une démarche : partagez-la en deux."))
    return _bare(value) if _UNSTORABLE.search(text) else value


def _inside(node: Any) -> Any:
    return node.values() if isinstance(node, dict) else node if isinstance(node, list | tuple) else ()


_UNSTORABLE = re.compile(r"\\u0000|[\ud800-\udfff]")


def _bare(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(char for char in value if char != "\0" and not "\ud800" <= char <= "\udfff")
    if isinstance(value, dict):
        return {_bare(str(key)): _bare(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_bare(item) for item in value]
    return value


def _bad(text: str, place: str = "settings") -> BadFile:
    return BadFile([Issue(place, "error", text)])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise _bad(_("« %(key)s » est écrit deux fois au même endroit : gardez-en un.") % {"key": key[:60]})
        made[key] = value
    return made


def _no_constant(name: str) -> Any:
    raise _bad(_("« %(name)s » n’est pas un nombre : écrivez des chiffres.") % {"name": name})


def _damage(body: Body) -> Iterator[Issue]:
    """What no editor makes: unknown keys, wrong shapes, ids that name no place."""
    try:
        if storable(body) != body:
            yield Issue("settings", "error", _("Ce fichier contient des caractères interdits : enlevez-les."))
    except ValueError as error:
        yield Issue("settings", "error", str(error))
        return
    for key in ("slug", "title", "service"):
        if not isinstance(body.get(key), str) or not body[key]:
            yield Issue("settings", "error", _("Il manque « %(key)s » : écrivez-le.") % {"key": key})
    for place, items in _lists(body):  # of each list: its items are objects, with an id that makes a place
        if not isinstance(items, list):
            yield Issue(place, "error", _("Une liste est attendue ici."))
            continue
        if len(items) > MAX_ITEMS:
            yield Issue(place, "error", _("Il y en a plus de %(count)s : enlevez-en.") % {"count": MAX_ITEMS})
        ids = []
        for number, item in enumerate(items, start=1):
            named = item.get("id") if isinstance(item, dict) else None
            if not isinstance(item, dict) or (
                place != "rules" and not (isinstance(named, str) and ID.fullmatch(named))
            ):
                told = _("L’élément %(number)s n’a pas d’identifiant lisible : donnez-lui un « id ».") % {
                    "number": number
                }
                yield Issue(place, "error", told)
            elif place != "rules" and named in ids:
                yield Issue(f"{place}/{named}", "error", _("Cet identifiant sert deux fois : renommez l’un des deux."))
            ids.append(named)
    yield from damages(body)


def _lists(body: Body) -> Iterator[tuple[str, Any]]:
    for key in ("eligibility", "steps", "rules", "scenarios"):
        yield key, body.get(key, [])
    for step in body.get("steps") or [] if isinstance(body.get("steps"), list) else []:
        if isinstance(step, dict):
            yield f"steps/{step.get('id')}/fields", step.get("fields", [])
    flow = body.get("workflow", {})
    for key in ("states", "transitions"):
        yield f"workflow/{key}", flow.get(key, []) if isinstance(flow, dict) else None
