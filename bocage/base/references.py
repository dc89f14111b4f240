"""Public references such as ``K7RF-2M9X-C``: random, checksummed, easy to read aloud and to copy by hand.

The alphabet has no vowel (a draw spells no word) and neither of the signs people confuse: 0/O, 1/I/L, 2/Z, 5/S, 8/B,
U/V, Q. It has 23 signs, a prime number: the weighted sum below detects every single wrong sign and every exchange of
two signs. Eight random signs are 36 bits: enough beside a rate limit and a second thing known (e-mail or phone), not
enough alone for a secret link; use ``secrets.token_urlsafe`` there.
"""

import re
import secrets
import unicodedata

ALPHABET = "23456789CDFGHJKMNPRTWXY"
PATTERN = re.compile(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]")
LENGTH = 11
"""Characters of a reference, dashes included: the ``max_length`` of a column that keeps one."""

_VALUE = {sign: value for value, sign in enumerate(ALPHABET)}
_FORGIVEN = str.maketrans({"Z": "2", "S": "5", "B": "8"})
_SEPARATORS = re.compile(r"[\s\-_./\u2010-\u2015\u2212]+")


def _check_sign(body: str) -> str:
    total = sum(weight * _VALUE[sign] for weight, sign in enumerate(body, start=2))
    return ALPHABET[-total % len(ALPHABET)]


def new_reference() -> str:
    """A new reference. Not unique by itself: the column has a unique constraint, and the caller draws again."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{body[:4]}-{body[4:]}-{_check_sign(body)}"


def clean(text: str) -> str | None:
    """The reference a person meant, in its printed form; None when it cannot be one (wrong length, sign or checksum).

    Forgives case, spaces, any dash, full-width letters, and a Z, S or B written for 2, 5 or 8.
    """
    compact = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).upper()).translate(_FORGIVEN)
    if len(compact) != 9 or not set(compact) <= _VALUE.keys() or _check_sign(compact[:8]) != compact[8]:
        return None
    return f"{compact[:4]}-{compact[4:8]}-{compact[8]}"
