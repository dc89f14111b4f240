"""Names of uploaded files: kept for people, never trusted, never used as a path."""

import re
import unicodedata

MAX_CHARACTERS = 100  # of the stem: what a screen or a column of 120 holds
MAX_BYTES = 180  # of the stem in UTF-8: file systems stop at 255, extension included

_SEPARATORS = re.compile(r"[/\\]")
_FORBIDDEN = re.compile(r'[<>:"|?*%;]')
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def clean_name(raw: object, extension: str) -> str:
    """A name that is safe to show, store and download, ending with the extension of what the file really is.

    Folders are dropped, invisible characters too (those that write from right to left disguise an extension); what
    remains empty is called « document ».
    """
    text = unicodedata.normalize("NFC", raw) if isinstance(raw, str) else ""
    text = _SEPARATORS.split(text)[-1]
    # C*: control, format (bidirectional overrides, zero-width), surrogates, private, unassigned.
    text = "".join(" " if char.isspace() else char for char in text)
    text = "".join(char for char in text if not unicodedata.category(char).startswith("C"))
    text = " ".join(_FORBIDDEN.sub("_", text).split())
    stem = text.strip(" .")
    while _SUFFIX.search(stem):
        stem = _SUFFIX.sub("", stem).rstrip(" .")
    stem = stem[:MAX_CHARACTERS].encode()[:MAX_BYTES].decode(errors="ignore").strip(" .")
    if not stem or _RESERVED.match(stem):
        stem = "document"
    return f"{stem}.{extension}"
