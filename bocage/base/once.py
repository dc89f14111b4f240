"""One press, one thing made: a form that creates something carries a UUID, kept with what it made (DESIGN.md §7).

``{% once %}`` in the form, ``once=key_of(request)`` from the view, ``@once_only(Model)`` on the operation, and a table
that is ``MadeOnce``, with ``once_constraint``. A second press of the same form leads to what the first one made.
"""

import functools
import json
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast
from uuid import UUID, uuid5

from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest

ONCE = "_once"
"""The hidden field with the form's UUID."""

P = ParamSpec("P")
R = TypeVar("R")


class MadeOnce(models.Model):
    """A table of things that forms create; ``once`` is empty for what no form made."""

    once = models.UUIDField(null=True, editable=False)

    class Meta:
        abstract = True


def once_constraint(table: str) -> models.UniqueConstraint:
    """The constraint of a table that is ``MadeOnce``: an index of what forms made, and of nothing else."""
    return models.UniqueConstraint(fields=["once"], condition=Q(once__isnull=False), name=f"{table}_made_once")


def sent(request: HttpRequest) -> UUID | None:
    """The UUID that a form carries; None without one, or with something else."""
    try:
        return UUID(request.POST.get(ONCE, ""))
    except ValueError:
        return None


def key_of(request: HttpRequest, *about: str) -> UUID | None:
    """What tells a press from another one: the form's UUID with who sends it, from which browser, and what it says.

    Whoever goes back, changes the form and sends it again makes another thing; someone else's UUID leads nowhere.
    ``about`` tells apart the things that one press makes. None when the form carries no UUID.
    """
    form = sent(request)
    if form is None:
        return None
    told = sorted((name, values) for name, values in request.POST.lists() if name not in {ONCE, "csrfmiddlewaretoken"})
    browser = request.META.get("CSRF_COOKIE", "")
    return uuid5(form, json.dumps([request.path, request.user.pk, browser, told, about]))


def once_only(
    model: type[MadeOnce], found: Callable[[Any], Any] = lambda row: row
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate an operation that writes its parameter ``once`` in the row of ``model`` that it makes.

    Called again with the same key, it gives ``found(row)`` of the first row and does nothing else. Without a key it is
    the bare operation, which is one transaction either way.
    """

    def decorate(operation: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(operation)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            once = cast(UUID | None, kwargs.get("once"))
            rows = model._default_manager.filter(once=once)
            if once is None:
                return operation(*args, **kwargs)
            if (row := rows.first()) is not None:
                return found(row)  # type: ignore[no-any-return]
            try:
                with transaction.atomic():
                    return operation(*args, **kwargs)
            except Exception:
                # Two presses at once: the second wrote nothing, whatever stopped it (this key, a name just taken).
                row = rows.all().first()
                if row is None:
                    raise
                return found(row)  # type: ignore[no-any-return]

        return run

    return decorate
