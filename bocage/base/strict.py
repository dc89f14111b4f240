"""What documents kept as JSON are made of: strict models, stable ids, expressions (procedures, terms of offers)."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from bocage.base.expressions import BadExpression, dump, parse


class Strict(BaseModel):
    """No unknown key, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _expression(value: Any) -> Any:
    try:
        return parse(value)
    except BadExpression as error:
        raise ValueError(str(error)) from error


Condition = Annotated[Any, BeforeValidator(_expression), PlainSerializer(dump)]
"""An expression of ``bocage.base.expressions``, written as JSON."""

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""A stable id: answers, rules and running cases refer to it, so it never changes meaning between versions."""
