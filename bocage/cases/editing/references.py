"""Every reference to a part of a document, renamed with it."""

import re
from typing import Any

from bocage.cases.editing import Body
from bocage.cases.editing.places import Place

_SOURCES = ("each", "filter")  # of expressions: a bare text there names a group
_TEXTS = ("tables", "notices", "documents", "public_list")  # parts without expressions


def rename_everywhere(body: Body, place: Place, new: str) -> Body:
    """The body where what spoke of the item at ``place`` speaks of ``new``. The body given is changed."""
    old = place.key
    if place.kind in {"fields", "eligibility"}:
        if place.collection.count("/") > 2:
            return _rename_column(body, place, new)
        return _rename_field(body, old, new)
    if place.kind == "states":
        _rename_state(body, old, new)
    elif place.kind == "transitions":
        _each_scenario_step(body, lambda step: _swap(step, "button", old, new))
    elif place.kind == "notices":
        for effect in _effects(body):
            _swap(effect, "notice", old, new)
        _each_scenario_step(body, lambda step: _swap(step, "notice", old, new))
    elif place.kind == "documents":
        for effect in _effects(body):
            _swap(effect, "document", old, new)
        _each_scenario_step(body, lambda step: _swap(step, "document", old, new))
    elif place.kind == "tables":
        _walk(body, lambda node: _swap(node, "lookup", old, new), skip=_TEXTS)
    return body


def _rename_field(body: Body, old: str, new: str) -> Body:
    def change(node: dict[str, Any]) -> None:
        for key in ("field", "amount_of", "due_of", *_SOURCES):
            value = node.get(key)
            if isinstance(value, str) and value.split(".")[0] == old:
                node[key] = new + value[len(old) :]

    _walk(body, change, skip=_TEXTS)
    for effect in _effects(body):
        if isinstance(effect.get("fields"), list):
            effect["fields"] = [new if name == old else name for name in effect["fields"]]
    _rename_printed(body, old, new)
    placeholder = re.compile(r"\{\{(\s*)" + re.escape(old) + r"(\s*)\}\}")
    for told in (*_mapped(body, "notices"), *_mapped(body, "documents")):
        for key, text in told.items():
            if isinstance(text, str):
                told[key] = placeholder.sub(lambda match: "{{" + match[1] + new + match[2] + "}}", text)

    def in_scenario(step: dict[str, Any]) -> None:
        if isinstance(step.get("values"), dict) and step.get("do") != "settle":
            step["values"] = {new if key == old else key: value for key, value in step["values"].items()}
        if isinstance(step.get("fields"), list):
            step["fields"] = [new if name == old else name for name in step["fields"]]

    _each_scenario_step(body, in_scenario)
    return body


def _rename_printed(body: Body, old: str, new: str) -> None:
    """What documents print and fill in, what the public list shows."""
    for told in _mapped(body, "documents"):
        if isinstance(told.get("facts"), list):
            told["facts"] = [new if name == old else name for name in told["facts"]]
        for key in ("renewal", "loss"):
            if isinstance(told.get(key), dict):
                told[key] = {new if name == old else name: value for name, value in told[key].items()}
    if isinstance(body.get("public_list"), dict):
        for key in ("place", "category", "consent", "planned", "photo"):
            _swap(body["public_list"], key, old, new)


def _mapped(body: Body, name: str) -> list[dict[str, Any]]:
    """The objects of a mapping, whatever stands there."""
    found = body.get(name)
    return [one for one in found.values() if isinstance(one, dict)] if isinstance(found, dict) else []


def _rename_column(body: Body, place: Place, new: str) -> Body:
    """A field inside a group: expressions call it an item of that group's rows, scenarios a key of its rows."""
    group = place.collection.split("/")[3]

    def within(node: Any, inside: bool) -> None:
        if isinstance(node, list):
            for item in node:
                within(item, inside)
        if not isinstance(node, dict):
            return
        if inside:
            _swap(node, "item", place.key, new)
        source = next((node[key] for key in _SOURCES if key in node), None)
        speaks_of_it = source is not None and _group_of(source) == group
        for key, value in node.items():
            # Inside « each » and « filter », only the second part looks at the rows.
            within(value, (speaks_of_it if source is not None else inside) if key not in _SOURCES else inside)

    for key, part in body.items():
        if key not in {*_TEXTS, "scenarios"}:
            within(part, False)

    def in_scenario(step: dict[str, Any]) -> None:
        rows = step["values"].get(group) if isinstance(step.get("values"), dict) else None
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and place.key in row:
                row[new] = row.pop(place.key)

    _each_scenario_step(body, in_scenario)
    return body


def _group_of(source: Any) -> str:
    while isinstance(source, dict):
        source = source.get("filter", source.get("field"))
    return source if isinstance(source, str) else ""


def _rename_state(body: Body, old: str, new: str) -> None:
    flow = body.get("workflow")
    if isinstance(flow, dict):
        _swap(flow, "initial", old, new)
        for item in flow.get("transitions") or () if isinstance(flow.get("transitions"), list) else ():
            if isinstance(item, dict):
                _swap(item, "target", old, new)
                if isinstance(item.get("sources"), list):
                    item["sources"] = [new if name == old else name for name in item["sources"]]
    _each_scenario_step(body, lambda step: _swap(step, "state", old, new))


def _swap(node: dict[str, Any], key: str, old: str, new: str) -> None:
    if node.get(key) == old:
        node[key] = new


def _walk(node: Any, change: Any, skip: tuple[str, ...] = ()) -> None:
    """Give every object inside to ``change``; ``skip`` names keys of the outermost one."""
    if isinstance(node, dict):
        change(node)
        for key, value in node.items():
            if key not in skip:
                _walk(value, change)
    elif isinstance(node, list):
        for item in node:
            _walk(item, change)


def _effects(body: Body) -> list[dict[str, Any]]:
    flow = body.get("workflow")
    items = flow.get("transitions") if isinstance(flow, dict) else None
    lists = [item.get("effects") for item in items or () if isinstance(item, dict)] if isinstance(items, list) else []
    return [effect for effects in lists if isinstance(effects, list) for effect in effects if isinstance(effect, dict)]


def _each_scenario_step(body: Body, change: Any) -> None:
    scenarios = body.get("scenarios")
    for scenario in scenarios if isinstance(scenarios, list) else ():
        steps = scenario.get("steps") if isinstance(scenario, dict) else None
        for step in steps if isinstance(steps, list) else ():
            if isinstance(step, dict):
                change(step)
