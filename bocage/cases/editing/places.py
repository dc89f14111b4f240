"""Places: readable names of the parts of a procedure's document.

``steps/<id>``, ``steps/<id>/fields/<id>``, ``steps/<id>/fields/<group>/fields/<id>``, ``eligibility/<id>``,
``rules/<n>`` (from 0), ``workflow`` (its initial state), ``workflow/states/<id>``, ``workflow/transitions/<id>``,
``notices/<key>``, ``tables/<name>``, ``documents/<key>``, ``public_list``, ``scenarios/<id>``, ``settings`` (everything
else). Without its last part a place names a collection: ``steps``, ``steps/home/fields``, ``rules``.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from bocage.cases.editing import Body

COMPOUND = (
    "eligibility", "steps", "rules", "workflow", "notices", "tables", "documents", "public_list", "scenarios",
)  # fmt: skip
"""Keys of a document that have places of their own; all others are ``settings``."""

BY_KEY = ("notices", "tables", "documents")
BY_NUMBER = ("rules",)
ALONE = ("settings", "workflow", "public_list")
"""Places that hold one thing, always there: nothing is added to them nor removed."""
ID = re.compile(r"[a-z][a-z0-9_]{0,39}")

_COLLECTIONS = (
    re.compile(r"(?P<list>eligibility|steps|rules|notices|tables|documents|scenarios)"),
    re.compile(r"(?P<list>workflow/(?:states|transitions))"),
    re.compile(r"(?P<list>steps/[^/]+/fields(?:/[^/]+/fields)?)"),
)


class BadEdit(ValueError):
    """A change that cannot be made; the message is a French sentence for whoever writes the procedure."""


class NoSuchPlace(BadEdit, LookupError):
    """Nothing stands at this place any more."""


@dataclass(frozen=True)
class Place:
    """A place, read: the collection and the key of the item in it (empty: the collection itself)."""

    collection: str
    key: str

    @property
    def kind(self) -> str:
        """``steps``, ``fields``, ``rules``, ``states``, ``transitions``, ``notices``, ``tables``…"""
        return self.collection.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.collection}/{self.key}" if self.key else self.collection


def read(place: str) -> Place:
    """A place in its two halves. Raises NoSuchPlace when there is no such kind of place."""
    if place in ALONE:
        return Place("", place)
    for pattern in _COLLECTIONS:
        if pattern.fullmatch(place):
            return Place(place, "")
        collection, _slash, key = place.rpartition("/")
        if key and pattern.fullmatch(collection):
            return Place(collection, key)
    raise NoSuchPlace(_("Il n’y a rien à cet endroit de la démarche : %(place)s.") % {"place": place[:120]})


def collection(body: Body, place: Place, *, make: bool = False) -> Any:
    """The list or mapping that a place belongs to, as it stands in the body. Raises NoSuchPlace."""
    parts = place.collection.split("/")
    found: Any = body
    while parts:
        name = parts.pop(0)
        if make and isinstance(found, dict):
            found.setdefault(name, {} if name in (*BY_KEY, "workflow") else [])
        found = found.get(name) if isinstance(found, dict) else None
        if found is None and not parts:
            found = {} if name in BY_KEY else []
        if parts and isinstance(found, list):
            found = found[position(found, parts.pop(0))]
    if not isinstance(found, dict if place.kind in BY_KEY else list):
        raise NoSuchPlace(_("Il n’y a rien à cet endroit de la démarche : %(place)s.") % {"place": str(place)[:120]})
    return found


def position(items: list[Any], key: str) -> int:
    """Where the item of this id stands. Raises NoSuchPlace."""
    for index, item in enumerate(items):
        if isinstance(item, dict) and item.get("id") == key:
            return index
    raise NoSuchPlace(_("« %(id)s » n’existe pas, ou n’existe plus.") % {"id": key[:60]})


def locate(body: Body, place: Place) -> tuple[Any, Any]:
    """The collection of an item and its index or key there. Raises NoSuchPlace."""
    found = collection(body, place)
    if place.kind in BY_KEY:
        if place.key not in found:
            raise NoSuchPlace(_("« %(id)s » n’existe pas, ou n’existe plus.") % {"id": place.key[:60]})
        return found, place.key
    if place.kind in BY_NUMBER:
        if not place.key.isascii() or not place.key.isdigit() or int(place.key[:9]) >= len(found):
            raise NoSuchPlace(_("Il n’y a pas de règle numéro %(number)s.") % {"number": place.key[:9]})
        return found, int(place.key)
    return found, position(found, place.key)
