"""Someone of the household, between the browser's form and the engine."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.cases.engine.members import OTHER, Member, proposed
from bocage.cases.schema import FormField

PARTS = ("choice", "given_names", "birth_name", "birth_date")


def posted(name: str, post: QueryDict) -> dict[str, Any]:
    """The person as they were told."""
    return {part: post.get(f"{name}.{part}", "") for part in PARTS}


def drawn(field: FormField, value: Any, household: Mapping[str, Member]) -> dict[str, Any]:
    """Whom to choose from, and what was told of someone else."""
    told = value if isinstance(value, Mapping) else {}
    choice = str(told.get("person") or told.get("choice") or (OTHER if told.get("name") else ""))
    found = proposed(field, household)
    options = [{"value": key, "label": _label(member)} for key, member in found.items()]
    if options:
        options.append({"value": OTHER, "label": _("Une autre personne")})
    other = choice not in found
    parts = {part: str(told.get(part) or "") * other for part in PARTS[1:]}
    born = parts["birth_date"]
    if len(born) == 10 and born[4] == "-":
        parts["birth_date"] = "/".join(reversed(born.split("-")))
    return {"options": options, "choice": choice if choice in found else OTHER * bool(choice), "told": parts}


def _label(member: Member) -> str:
    name, born = str(member.kept["name"]), member.kept["birth_date"]
    if member.is_self:
        return _("%(name)s (la personne qui demande)") % {"name": name}
    return f"{name}, {french_date(date.fromisoformat(born))}" if born else name
