"""What reading typed answers rests on, whatever the kind of field: the error, emptiness, texts."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from bocage.base.typed_text import visible

MAX_TEXT = 400


class FieldError(ValueError):
    """What was typed cannot be kept as it is; the message says what to do, with an example (RGAA 11.10)."""


def wrong_shape() -> FieldError:
    """The error of what no page of ours sends."""
    return FieldError(_("Cette réponse n’a pas la forme attendue. Répondez à nouveau dans ce champ."))


def is_empty(value: Any) -> bool:
    """Whether nothing was answered."""
    if isinstance(value, dict):
        return not any(part not in ("", None) for part in value.values())
    return value is None or value in ("", [], {}, ())


def text_of(raw: Any) -> str:
    """A plain answer as text. Raises FieldError."""
    if not isinstance(raw, str | int | float) or isinstance(raw, bool):
        raise wrong_shape()
    return str(raw)


def lowered(message: str) -> str:
    """A sentence as it goes on after a colon; an acronym that begins it stays (« IBAN… »)."""
    return message if message[1:2].isupper() else message[:1].lower() + message[1:]


def texts_of(raw: Any, keys: tuple[str, ...]) -> dict[str, str]:
    """The texts of an answer of several parts, each on one line. Raises FieldError."""
    if not isinstance(raw, Mapping):
        raise wrong_shape()
    parts = {key: " ".join(visible(text_of(raw.get(key) or "")).split()) for key in keys}
    if any(len(part) > MAX_TEXT for part in parts.values()):
        raise FieldError(_("Ce texte est trop long. Écrivez %(limit)s caractères au plus.") % {"limit": MAX_TEXT})
    return parts
