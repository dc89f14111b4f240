"""Logs: one JSON object a line, with the request's id and without personal data (DESIGN.md §7).

Query strings, bodies and addresses are never put into a log on purpose; ``scrub`` takes out what slips in through the
text of an exception or of another package.
"""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from bocage.base.references import ALPHABET

request_id: ContextVar[str] = ContextVar("request_id", default="")

_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request", "server_time"}

_SCRUBBERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(DETAIL|CONTEXT|Failing row contains)\b.*", re.DOTALL), r"\1: [left out]"),  # PostgreSQL quotes rows
    (re.compile(r"[\w.+\-']+@[\w\-]+(?:\.[\w\-]+)*"), "[e-mail]"),
    (re.compile(r"\?[^\s\"'<>]*=[^\s\"'<>]*"), "?[left out]"),  # query strings
    (re.compile(rf"\b[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]\b"), "[reference]"),
    (re.compile(r"\b[12]\s?\d{2}\s?\d{2}\s?\d[\dAB]\s?\d{3}\s?\d{3}(?:\s?\d{2})?\b"), "[number]"),  # social security
    (re.compile(r"(?<![\w.])(?:\+33|0033|0)\s?[1-9](?:[\s.\-]?\d{2}){4}(?!\d)"), "[phone]"),
    (re.compile(r"\b(?=[\w\-]*\d)(?=[\w\-]*[A-Za-z])[A-Za-z0-9_\-]{32,}\b"), "[token]"),
)


def scrub(text: str) -> str:
    """``text`` without e-mails, phone numbers, query strings, references, tokens and quoted database rows."""
    for pattern, replacement in _SCRUBBERS:
        text = pattern.sub(replacement, text)
    return text


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return scrub(str(value))


class VisitorsErrors(logging.Filter):
    """What a visitor did wrong (foreign Host, path outside, too many fields) is a warning, without our traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lower the record; every record passes."""
        if record.name.startswith("django.security.") and record.levelno > logging.WARNING:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ts (UTC), level, logger, message, request_id, the extras given, the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Never raises for want of a serialisable extra: what is not a number becomes scrubbed text."""
        entry: dict[str, Any] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrub(record.getMessage()),
        }
        if current := request_id.get():
            entry["request_id"] = current
        entry.update({key: _plain(value) for key, value in vars(record).items() if key not in _ORDINARY})
        if record.exc_info:
            entry["exception"] = scrub(self.formatException(record.exc_info))
        if record.stack_info:
            entry["stack"] = scrub(record.stack_info)
        return json.dumps(entry, ensure_ascii=False)
