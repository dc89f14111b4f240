"""Sealing and opening the answers of sensitive fields (DESIGN.md rule 10), for operations, notices and the index."""

import json
from collections.abc import Mapping
from typing import Any

from bocage.base import crypto
from bocage.cases.schema import ProcedureDocument

SEALED = "sealed:"


def seal_answers(document: ProcedureDocument, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as they are stored: those of sensitive fields sealed with BOCAGE_KEYS.

    The keys of files stay readable: the files themselves are what is guarded. Raises crypto.KeysMissing.
    """
    sensitive = {field.id for field in document.by_id.values() if field.sensitive and field.kind != "file"}
    return {
        key: SEALED + crypto.seal(json.dumps(value)) if key in sensitive and value is not None else value
        for key, value in answers.items()
    }


def open_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as people gave them. Raises crypto.KeysMissing."""
    return {
        key: json.loads(crypto.unseal(value.removeprefix(SEALED)))
        if isinstance(value, str) and value.startswith(SEALED)
        else value
        for key, value in answers.items()
    }
