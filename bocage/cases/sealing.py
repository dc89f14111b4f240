"""Sealing and opening the answers of sensitive fields (DESIGN.md rule 10), for operations, notices and the index."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bocage.base import crypto
from bocage.cases.models import Case
from bocage.cases.schema import ProcedureDocument

SEALED = "$sealed"
"""The one key of a sealed answer; no answer that people give is an object with such a key."""


def is_sealed(value: Any) -> bool:
    """Whether a stored answer is sealed."""
    return isinstance(value, dict) and value.keys() == {SEALED}


def seal_answers(document: ProcedureDocument, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as they are stored, read or still to be read: those of sensitive fields sealed with BOCAGE_KEYS.

    The keys of files stay readable: the files themselves are what is guarded. Raises crypto.KeysMissing.
    """
    sensitive = {field.id for field in document.by_id.values() if field.sensitive and field.kind != "file"}
    return {
        key: {SEALED: crypto.seal(json.dumps(value))} if key in sensitive and value is not None else value
        for key, value in answers.items()
    }


def open_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as people gave them. Raises crypto.KeysMissing."""
    return {
        key: json.loads(crypto.unseal(value[SEALED])) if is_sealed(value) else value for key, value in answers.items()
    }


def reseal_all(reseal: Callable[[str], str]) -> int:
    """Seal every sensitive answer anew (``bocage keys rotate``); how many changed. May be stopped and run again."""
    changed = 0
    for case in (
        Case.objects.only("answers", "agent_answers", "pending", "revision").order_by("pk").iterator(chunk_size=500)
    ):
        fresh = {name: _resealed(getattr(case, name), reseal) for name in ("answers", "agent_answers", "pending")}
        count = sum(sum(fresh[name][key] != old for key, old in getattr(case, name).items()) for name in fresh)
        # Someone who saves meanwhile seals with the newest key anyway.
        if count and Case.objects.filter(pk=case.pk, revision=case.revision).update(**fresh):
            changed += count
    return changed


def _resealed(answers: Mapping[str, Any], reseal: Callable[[str], str]) -> dict[str, Any]:
    return {key: {SEALED: reseal(value[SEALED])} if is_sealed(value) else value for key, value in answers.items()}
