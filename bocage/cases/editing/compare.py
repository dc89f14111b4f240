"""Two bodies of a procedure, told apart in words: what a new version changes, for whoever publishes or reads it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from bocage.cases.editing import Body
from bocage.cases.editing.conditions import Names, consequence, names_of, told
from bocage.cases.editing.edits import BadEdit, get, rename
from bocage.cases.editing.places import COMPOUND
from bocage.cases.editing.sentences import key_name

Kind = Literal["added", "removed", "changed", "moved"]

_FIELDS = {"place", "category", "consent", "planned", "photo", "facts", "field", "amount_of"}
"""Keys that name fields."""
_FILLED = {"renewal", "loss"}
_CONDITIONS = {"show", "when", "guard", "refuse", "compute"}
_MAX_WORDS = 400  # of a value told: a longer text is cut


@dataclass(frozen=True)
class Change:
    """One difference. ``title`` names the part (« Surface du jardin »), ``what`` the key in French ("": the whole)."""

    place: str
    kind: Kind
    title: str
    what: str = ""
    was: str = ""
    now: str = ""


Say = Callable[[str, Any, Body], str | None]


def _plainly(key: str, value: Any, body: Body) -> str | None:
    return None


def changes(before: Body, after: Body, say: Say = _plainly) -> list[Change]:
    """What it takes to go from one body to the other, in the order of the document.

    ``say`` puts the value of a key in words, or gives None to have it as it is.
    """
    renamed = _renamed(before, after)
    for place, new in renamed.values():
        try:
            before = rename(before, place, new)  # what only speaks of the field under its new name has not changed
        except BadEdit:
            continue
    teller = _Teller(names_of(before), names_of(after), {new: old for old, (_p, new) in renamed.items()})
    teller.say, teller.bodies = say, (before, after)
    return list(teller.all(before, after))


def _renamed(before: Body, after: Body) -> dict[str, tuple[str, str]]:
    """Former id → its place before, and the new id: by what fields say they were."""
    was, now = _fields(before), _fields(after)
    found: dict[str, tuple[str, str]] = {}
    for key, (_step, item) in now.items():
        former = next((old for old in reversed(_was(item)) if old in was and old not in now), None)
        if former is not None and key not in was and former not in found:
            found[former] = (f"steps/{was[former][0]}/fields/{former}", key)
    return found


class _Teller:
    say: Say = staticmethod(_plainly)
    bodies: tuple[Body, Body] = ({}, {})

    def __init__(self, before: Names, after: Names, former: Mapping[str, str]) -> None:
        self.before, self.after, self.former = before, after, former

    def all(self, before: Body, after: Body) -> Iterator[Change]:
        yield from self.keys("settings", _("Réglages"), _settings(before), _settings(after))
        yield from self.collection("eligibility", before, after)
        yield from self.collection("steps", before, after)
        yield from self.fields(before, after)
        yield from self.rules(_at(before, "rules"), _at(after, "rules"))
        yield from self.keys("workflow", _("Vie du dossier"), _at(before, "workflow"), _at(after, "workflow"))
        yield from self.collection("workflow/states", before, after)
        yield from self.collection("workflow/transitions", before, after)
        for name in ("notices", "tables", "documents"):
            yield from self.mapping(name, _at(before, name), _at(after, name))
        yield from self.listed(_at(before, "public_list"), _at(after, "public_list"))
        yield from self.scenarios(_by_id(_at(before, "scenarios")), _by_id(_at(after, "scenarios")))

    def keys(self, place: str, title: str, was: Any, now: Any, skip: tuple[str, ...] = ("id",)) -> Iterator[Change]:
        """Key by key, what differs in two objects."""
        was, now = (item if isinstance(item, dict) else {} for item in (was, now))
        for key in dict.fromkeys([*was, *now]):
            if key not in skip and was.get(key) != now.get(key):
                told_before = self.value(key, was.get(key), self.before)
                told_after = self.value(key, now.get(key), self.after)
                yield Change(place, "changed", title, key_name(key), told_before, told_after)

    def collection(self, name: str, before: Body, after: Body) -> Iterator[Change]:
        skip = ("id", "fields") if name == "steps" else ("id",)
        yield from self.items(name, _by_id(_at(before, name)), _by_id(_at(after, name)), skip)

    def items(
        self, name: str, was: dict[str, Any], now: dict[str, Any], skip: tuple[str, ...] = ("id",)
    ) -> Iterator[Change]:
        for key in was:
            if key not in now:
                yield Change(f"{name}/{key}", "removed", _title(was[key], key), was=_title(was[key], key))
        moved = _moved([key for key in was if key in now], [key for key in now if key in was])
        for key, item in now.items():
            place, title = f"{name}/{key}", _title(item, key)
            if key not in was:
                yield Change(place, "added", title, now=title)
                continue
            if key in moved:
                yield Change(place, "moved", title)
            yield from self.keys(place, title, was[key], item, skip)

    def scenarios(self, was: dict[str, Any], now: dict[str, Any]) -> Iterator[Change]:
        """Which scenarios differ: their pages tell the steps in words; two lists side by side would tell nothing."""
        for key in was:
            if key not in now:
                yield Change(f"scenarios/{key}", "removed", _title(was[key], key), was=_title(was[key], key))
        for key, item in now.items():
            place, title = f"scenarios/{key}", _title(item, key)
            if key not in was:
                yield Change(place, "added", title, now=title)
            elif was[key] != item:
                former = _title(was[key], key)
                yield Change(place, "changed", title, was="" if former == title else former)

    def fields(self, before: Body, after: Body) -> Iterator[Change]:
        """Fields, followed from step to step and through a change of id."""
        was, now = _fields(before), _fields(after)
        for key, (step, item) in was.items():
            if key not in now:
                title = _title(item, key)
                yield Change(f"steps/{step}/fields/{key}", "removed", title, was=title)
        steps_after = _by_id(_at(after, "steps"))
        for step_id in dict.fromkeys(step for step, _item in now.values()):
            here = [key for key, (step, _item) in now.items() if step == step_id]
            there = [key for key, (step, _item) in was.items() if step == step_id]
            moved = _moved([key for key in there if key in here], [key for key in here if key in there])
            for key in here:
                item = now[key][1]
                place, title = f"steps/{step_id}/fields/{key}", _title(item, key)
                if key not in was:
                    yield Change(place, "added", title, now=title)
                    continue
                old_step, old = was[key]
                if old_step != step_id:
                    told_step = _title(steps_after.get(step_id), step_id)
                    old_title = _title(_by_id(_at(before, "steps")).get(old_step), old_step)
                    yield Change(place, "moved", title, _("étape"), old_title, told_step)
                elif key in moved:
                    yield Change(place, "moved", title)
                if key in self.former:
                    yield Change(place, "changed", title, key_name("id"), self.former[key], key)
                yield from self.keys(place, title, old, item, ("id", "was", "fields"))
                if old.get("fields") or item.get("fields"):
                    inner_was, inner_now = _by_id(old.get("fields")), _by_id(item.get("fields"))
                    yield from self.items(f"{place}/fields", inner_was, inner_now, ("id", "was"))

    def rules(self, was: Any, now: Any) -> Iterator[Change]:
        """Rules have no name: the same rule elsewhere has moved, one at the same number has changed."""
        was, now = (items if isinstance(items, list) else [] for items in (was, now))
        gone = [index for index, rule in enumerate(was) if rule not in now]
        fresh = [index for index, rule in enumerate(now) if rule not in was]
        for index in gone:
            if index not in fresh:
                title = self.rule(was[index], self.before)
                yield Change(f"rules/{index}", "removed", title, was=title)
        for index, rule in enumerate(now):
            title = self.rule(rule, self.after)
            if index in fresh and index in gone:
                yield Change(f"rules/{index}", "changed", title, was=self.rule(was[index], self.before), now=title)
            elif index in fresh:
                yield Change(f"rules/{index}", "added", title, now=title)
        kept_before = [str(was.index(rule)) for rule in was if rule in now]
        kept_after = [str(was.index(rule)) for rule in now if rule in was]
        if sorted(kept_before) == sorted(kept_after):
            for key in sorted(_moved(kept_before, kept_after)):
                place = now.index(was[int(key)])
                yield Change(f"rules/{place}", "moved", self.rule(now[place], self.after))

    def rule(self, rule: Any, names: Names) -> str:
        """A rule as a sentence."""
        if not isinstance(rule, dict):
            return _("une règle qui n’est pas lisible")
        when, then = told(rule.get("when"), names), consequence(rule, names)
        return _("Si %(condition)s : %(then)s") % {"condition": when, "then": then}

    def mapping(self, name: str, was: Any, now: Any) -> Iterator[Change]:
        was, now = (item if isinstance(item, dict) else {} for item in (was, now))
        for key in sorted({*was, *now}):
            place = f"{name}/{key}"
            if key not in now:
                yield Change(place, "removed", _title(was[key], key), was=_title(was[key], key))
            elif key not in was:
                yield Change(place, "added", _title(now[key], key), now=_title(now[key], key))
            else:
                yield from self.keys(place, _title(now[key], key), was[key], now[key], ())

    def listed(self, was: Any, now: Any) -> Iterator[Change]:
        """The public list: opened, closed, or key by key."""
        place, title = "public_list", _("Liste publique")
        if was and now:
            yield from self.keys(place, title, was, now)
        elif was or now:
            yield Change(place, "added" if now else "removed", title, was=_title(was, ""), now=_title(now, ""))

    def value(self, key: str, value: Any, names: Names) -> str:
        """A value as people read it."""
        body = self.bodies[0] if names is self.before else self.bodies[1]
        if value is None:
            return self.say(key, None, body) or ""  # what the schema says by itself
        if value in ("", [], {}):
            return ""
        if key in _CONDITIONS:
            return told(value, names)
        if (words := self.say(key, value, body)) is not None:
            return words[:_MAX_WORDS]
        if key in _FIELDS:
            return ", ".join(names.field(one) for one in (value if isinstance(value, list) else [value]))
        if key in _FILLED and isinstance(value, dict):
            return ", ".join(
                f"{names.field(name)} : {names.labels.get(f'{name}={one}', self.plain(one))}"
                for name, one in value.items()
            )
        return self.plain(value)[:_MAX_WORDS]

    def plain(self, value: Any) -> str:
        if isinstance(value, bool):
            return _("oui") if value else _("non")
        if isinstance(value, dict):
            title = _title(value, "")
            if title:
                return title
            return ", ".join(f"{key_name(key)} : {self.plain(item)}" for key, item in value.items())
        if isinstance(value, list):
            return ", ".join(self.plain(item) for item in value)
        return str(value)


def _settings(body: Body) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in COMPOUND} if isinstance(body, dict) else {}


def _at(body: Body, place: str) -> Any:
    try:
        return get(body, place) if isinstance(body, dict) else None
    except BadEdit:
        return None


def _by_id(items: Any) -> dict[str, Any]:
    found = items if isinstance(items, list) else []
    return {item["id"]: item for item in found if isinstance(item, dict) and isinstance(item.get("id"), str)}


def _fields(body: Body) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every field by id, with its step."""
    return {
        key: (step, item)
        for step, told_step in _by_id(_at(body, "steps")).items()
        for key, item in _by_id(told_step.get("fields")).items()
    }


def _was(item: dict[str, Any]) -> list[str]:
    was = item.get("was")
    return [name for name in was if isinstance(name, str)] if isinstance(was, list) else []


def _title(item: Any, key: str) -> str:
    if isinstance(item, dict):
        for name in ("label", "title", "kind"):
            if isinstance(item.get(name), str) and item[name]:
                return str(item[name])
    return key


def _moved(was: list[str], now: list[str]) -> set[str]:
    """The fewest items whose moving explains the new order: those outside the longest run kept in order."""
    order = {key: index for index, key in enumerate(was)}
    best: list[list[str]] = []
    for key in now:
        before: list[list[str]] = [run for run in best if order[run[-1]] < order[key]]
        best.append([*_longest(before), key])
    kept = set(_longest(best))
    return {key for key in now if key not in kept}


def _longest(runs: list[list[str]]) -> list[str]:
    return max(runs, key=len) if runs else []
