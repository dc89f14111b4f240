"""Changing a procedure's document part by part: each function gives a new body and leaves the one it was given.

``place`` is one of ``bocage.cases.editing.places``. A change that makes no sense where it stands (an id that is taken,
an item that is no object) raises ``BadEdit``, a ``ValueError`` whose message is a French sentence; a place that does
not exist raises ``NoSuchPlace``, a ``BadEdit``. What is merely unsound is kept: ``checks.issues`` tells of it.
"""

from copy import deepcopy
from typing import Any

from django.utils.translation import gettext as _

from bocage.cases.editing import Body
from bocage.cases.editing.places import (
    BY_KEY,
    BY_NUMBER,
    COMPOUND,
    ID,
    BadEdit,
    NoSuchPlace,
    Place,
    collection,
    locate,
    position,
    read,
)
from bocage.cases.editing.references import rename_everywhere

__all__ = ["BadEdit", "NoSuchPlace", "add", "get", "move", "places", "put", "remove", "rename"]

FIXED_NOTICES = ("receipt", "correction")  # the engine sends them by these names
MAX_ITEMS = 500  # of a collection: what one person can still look through


def get(body: Body, place: str) -> Any:
    """What stands at a place, as a copy: an object, or a collection (list or mapping). Raises NoSuchPlace.

    ``settings`` gives every key that has no place of its own; ``workflow`` gives ``{"initial": …}``; ``public_list``
    gives an empty object where the procedure publishes none.
    """
    found = read(place)
    if place == "settings":
        return deepcopy({key: value for key, value in body.items() if key not in COMPOUND})
    if place == "workflow":
        return {"initial": _workflow(body).get("initial", "")}
    if place == "public_list":
        listed = body.get("public_list")
        return deepcopy(listed) if isinstance(listed, dict) else {}
    if not found.key:
        return deepcopy(collection(body, found))
    holder, key = locate(body, found)
    return deepcopy(holder[key])


def put(body: Body, place: str, item: dict[str, Any]) -> Body:
    """The body with this item in place of the one that stands there. Raises BadEdit, NoSuchPlace.

    The id of an item never changes here (``rename`` does that), nor does the slug or the version of the schema. For a
    collection, give the whole new list or mapping; an empty ``public_list`` takes it out.
    """
    found, fresh = read(place), _opened(body, place)
    if place == "settings":
        kept = {key: value for key, value in fresh.items() if key in COMPOUND}
        fixed: Body = {key: fresh[key] for key in ("schema_version", "slug") if key in fresh}
        told = {key: value for key, value in deepcopy(_object(item)).items() if key not in COMPOUND}
        return {**told, **fixed, **kept}
    if place == "workflow":
        flow = fresh.setdefault("workflow", {})
        if not isinstance(flow, dict):
            raise NoSuchPlace(_("Il n’y a rien à cet endroit de la démarche : %(place)s.") % {"place": place})
        flow["initial"] = _object(item).get("initial", "")
        return fresh
    if place == "public_list":
        fresh.pop("public_list", None)
        return {**fresh, "public_list": deepcopy(item)} if _object(item) else fresh
    if not found.key:
        return _put_collection(fresh, found, item)
    holder, key = locate(fresh, found)
    holder[key] = deepcopy(_object(item))
    if found.kind not in BY_KEY + BY_NUMBER:
        holder[key]["id"] = found.key
    return fresh


def add(body: Body, place: str, item: dict[str, Any], after: str = "") -> Body:
    """The body with a new item. Raises BadEdit, NoSuchPlace.

    ``place`` is that of the new item (``steps/home/fields/size``, ``notices/ready``) or, for rules and for an item
    that tells its ``id``, its collection (``rules``, ``steps/home/fields``). It goes after the item of id (or number)
    ``after``, else at the end.
    """
    found, fresh, item = read(place), deepcopy(body), deepcopy(_object(item))
    if not found.collection:
        raise BadEdit(_("On n’ajoute rien à cet endroit."))
    key = found.key
    if not key and found.kind not in BY_NUMBER:
        key = str(item.pop("id", "")) if found.kind in BY_KEY else str(item.get("id", ""))
    holder = collection(fresh, found, make=True)
    if len(holder) >= MAX_ITEMS:
        raise BadEdit(
            _("Il y en a déjà %(count)s, c’est le plus qu’une démarche peut en avoir.") % {"count": MAX_ITEMS}
        )
    if found.kind in BY_NUMBER:
        holder.insert(locate(fresh, Place(found.collection, after))[1] + 1 if after else len(holder), item)
        return fresh
    _free(fresh, Place(found.collection, key))
    if found.kind in BY_KEY:
        holder[key] = item
        return fresh
    holder.insert(position(holder, after) + 1 if after else len(holder), {**item, "id": key})
    return fresh


def remove(body: Body, place: str) -> Body:
    """The body without this item; what referred to it is left as it is, and told by the checks. Raises NoSuchPlace."""
    found, fresh = read(place), deepcopy(body)
    if not found.key or not found.collection:
        raise BadEdit(_("On n’enlève rien à cet endroit."))
    holder, key = locate(fresh, found)
    del holder[key]
    return fresh


def move(body: Body, place: str, by: int, into: str = "") -> Body:
    """The body with this item moved by so many places, or to the end of another collection. Raises BadEdit.

    ``into`` moves a field to another step: ``move(body, "steps/home/fields/size", 0, into="steps/garden/fields")``.
    Notices, tables and documents have no order.
    """
    found, fresh = read(place), deepcopy(body)
    if not found.key or not found.collection or found.kind in BY_KEY:
        raise BadEdit(_("On ne déplace rien à cet endroit."))
    holder, index = locate(fresh, found)
    if into:
        other = read(into)
        if other.key or other.kind != found.kind or other.collection.count("/") != found.collection.count("/"):
            raise BadEdit(_("On ne déplace pas cela là-bas."))
        target = collection(fresh, other, make=True)
        target.append(holder.pop(index))
        return fresh
    item = holder.pop(index)
    holder.insert(min(max(index + by, 0), len(holder)), item)
    return fresh


def rename(body: Body, place: str, new_id: str) -> Body:
    """The body where an item has another id, and every reference to it the new one. Raises BadEdit, NoSuchPlace.

    References stand in conditions and calculations, rules, effects, placeholders of notices and documents, what these
    print or fill in, the public list, scenarios. A field keeps
    its former ids in ``was``, by which the answers of people's drafts follow (``operations.upgrade_draft``).
    """
    found, fresh = read(place), deepcopy(body)
    if not found.key or not found.collection or found.kind in BY_NUMBER:
        raise BadEdit(_("Cela n’a pas d’identifiant."))
    if found.kind == "notices" and found.key in FIXED_NOTICES:
        raise BadEdit(_("Cet avis garde son nom : la démarche l’envoie toujours."))
    holder, key = locate(fresh, found)
    if new_id == found.key:
        return fresh
    _free(fresh, Place(found.collection, new_id))
    if found.kind in BY_KEY:
        fresh[found.collection] = {new_id if name == key else name: value for name, value in holder.items()}
    else:
        holder[key]["id"] = new_id
        if found.kind == "fields":
            was = holder[key].get("was")
            former = [name for name in was if name != new_id] if isinstance(was, list) else []
            holder[key]["was"] = [*former, found.key]
    return rename_everywhere(fresh, found, new_id)


def _opened(body: Body, place: str) -> Body:
    """The body, new along the way to a place and shared elsewhere: enough to change what stands there."""
    fresh: Any = dict(body)
    node, parts = fresh, place.split("/")[:-1] if "/" in place else [place]
    while parts and isinstance(node, dict):
        name = parts.pop(0)
        child = node.get(name)
        if isinstance(child, dict):
            node[name] = child = dict(child)
        elif isinstance(child, list):
            node[name] = child = list(child)
            if parts:  # through an item of the list, named by its id
                wanted = parts.pop(0)
                for index, item in enumerate(child):
                    if isinstance(item, dict) and item.get("id") == wanted:
                        child[index] = child = dict(item)
                        break
        node = child
    return dict(fresh)


def places(body: Body) -> list[str]:
    """Every place of a body, in the order of the document."""
    told = ["settings"]
    for name in COMPOUND:
        if name == "public_list":
            told += [name] if isinstance(body.get(name), dict) else []
            continue
        if name == "workflow":
            told += ["workflow", *_items(body, "workflow/states"), *_items(body, "workflow/transitions")]
            continue
        for place in _items(body, name):
            told.append(place)
            if name == "steps":
                for field in _items(body, f"{place}/fields"):
                    told += [field, *_items(body, f"{field}/fields")]
    return told


def _items(body: Body, name: str) -> list[str]:
    try:
        found = collection(body, read(name))
    except NoSuchPlace:
        return []
    if isinstance(found, dict):
        return [f"{name}/{key}" for key in sorted(found)]
    if name in BY_NUMBER:
        return [f"{name}/{index}" for index in range(len(found))]
    ids = (item.get("id") for item in found if isinstance(item, dict))
    return [f"{name}/{key}" for key in ids if isinstance(key, str) and key and "/" not in key]


def names_taken(body: Body) -> set[str]:
    """The ids of questions and fields, which share one space of names (those inside a group have their own)."""
    told = _items(body, "eligibility")
    for step in _items(body, "steps"):
        told += _items(body, f"{step}/fields")
    return {place.rpartition("/")[2] for place in told}


def _free(body: Body, place: Place) -> None:
    """Raise BadEdit unless this id is well made and nobody has it."""
    if not ID.fullmatch(place.key):
        raise BadEdit(
            _("Un identifiant s’écrit en minuscules sans accent, 40 signes au plus, une lettre d’abord : prix_total.")
        )
    inside_group = place.collection.count("/") > 2
    shared = place.kind in {"fields", "eligibility"} and not inside_group
    holder = collection(body, place)
    taken = (
        names_taken(body)
        if shared
        else {str(item.get("id")) for item in holder if isinstance(item, dict)}
        if isinstance(holder, list)
        else set(holder)
    )
    if place.key in taken:
        raise BadEdit(_("« %(id)s » existe déjà : choisissez un autre identifiant.") % {"id": place.key})


def _object(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise BadEdit(_("Un objet est attendu ici, avec ses clés."))
    return item


def _put_collection(body: Body, place: Place, items: Any) -> Body:
    holder = collection(body, place, make=True)
    if type(items) is not type(holder):
        raise BadEdit(_("Une liste est attendue ici."))
    values = list(items.values() if isinstance(items, dict) else items)
    if len(values) > MAX_ITEMS or not all(isinstance(item, dict) for item in values):
        raise BadEdit(_("Une liste d’objets est attendue ici."))
    fresh = deepcopy(items)
    holder.clear()
    holder.update(fresh) if isinstance(holder, dict) else holder.extend(fresh)
    return body


def _workflow(body: Body) -> dict[str, Any]:
    found = body.get("workflow")
    return found if isinstance(found, dict) else {}
