"""The composter's procedure with one more step, for the kinds of fields that it does not have itself."""

from copy import deepcopy
from datetime import datetime
from typing import Any

from bocage.base.actors import Actor
from bocage.cases.models import Procedure
from bocage.cases.operations import publish
from bocage.cases.schema import ProcedureDocument
from tests.cases.factories import body

STEP = "more"


def with_fields(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Its document, these fields in a last step; ``more`` adds to its lists (``rules``) or takes the place of a key."""
    made = deepcopy(body())
    made["steps"].append({"id": STEP, "title": "Et encore", "fields": deepcopy([*fields])})
    for key, value in more.items():
        made[key] = [*made.get(key, []), *value] if isinstance(value, list) else value
    return made


def read(*fields: dict[str, Any], **more: Any) -> ProcedureDocument:
    """The same, validated."""
    return ProcedureDocument.model_validate(with_fields(*fields, **more))


def published(now: datetime, *fields: dict[str, Any], **more: Any) -> Procedure:
    """The same, published: ``factories.draft`` and ``filed`` then begin there."""
    return publish(with_fields(*fields, **more), actor=Actor.system("test"), now=now).procedure
