"""Looking for words everywhere the house keeps anything: every column of every table, every private file."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from bocage.base import crypto
from bocage.search.text import fold


def found(*words: str) -> dict[str, str]:
    """Where these words are kept: ``table.column#pk``, or a file's path → the word. Case and accents are forgiven."""
    folded = {word: fold(word).replace(" ", "") for word in words}
    places: dict[str, str] = {}
    for place, text in [*_rows(), *_files()]:
        plain = fold(text).replace(" ", "")
        for word, wanted in folded.items():
            if wanted in plain:
                places[place] = word
    return places


def _rows() -> Iterator[tuple[str, str]]:
    for model in apps.get_models(include_auto_created=True):
        names = [field.attname for field in model._meta.concrete_fields]
        for row in model._base_manager.values("pk", *names):
            for name in names:
                if row[name] not in (None, ""):
                    yield f"{model._meta.label}.{name}#{row['pk']}", _text(row[name])

    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):  # the indexes of the searches, where they are tables
            if table not in known:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                for number, row in enumerate(cursor.fetchall()):
                    yield f"{table}#{number}", " ".join(_text(value) for value in row if value is not None)


def _text(value: Any) -> str:
    """A value with all that it hides: JSON without escapes, what is sealed, mails in base64."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode(errors="replace")
    if isinstance(value, dict | list):
        inside = value if isinstance(value, list) else [*value.values(), *value.keys()]
        return " ".join([json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder), *map(_text, inside)])
    text = str(value)
    if crypto.SEALED.fullmatch(text):
        return crypto.unseal(text)
    try:
        return f"{text} {base64.b64decode(text, validate=True).decode()}" if len(text) > 40 else text
    except (ValueError, UnicodeDecodeError):
        return text


def _files() -> Iterator[tuple[str, str]]:
    for path in Path(settings.DOCUMENTS_ROOT).rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = b" ".join(archive.read(name) for name in archive.namelist())
        yield str(path), content.decode(errors="replace")
