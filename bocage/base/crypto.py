"""Sealing of sensitive fields with ``BOCAGE_KEYS`` (newest first), apart from SECRET_KEY and from backups.

A sealed value is ``seal2.`` and the URL-safe base64 of a nonce and of what AES-256-GCM made of the text, under a key
derived from ours (HKDF-SHA-256). What was sealed before that is a Fernet token (AES-128-CBC, HMAC-SHA-256): it
still opens, and ``rotate`` seals it anew. The newest key seals; every key listed still opens, so a new key is put in
front, ``rotate`` seals every value anew, and the old key is removed.
"""

import base64
import binascii
import json
import os
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from bocage.base import registry


class KeysMissing(RuntimeError):
    """``BOCAGE_KEYS`` is empty: sensitive fields can neither be sealed nor opened."""


class BadKey(ValueError):
    """A key of ``BOCAGE_KEYS`` is not 32 bytes in URL-safe base64; the message says which one, not what it is."""


class Unreadable(ValueError):
    """No key listed opens this value: its key was removed too early, or it was changed since it was sealed."""


def new_key() -> str:
    """A key for ``BOCAGE_KEYS``."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


PREFIX = "seal2."
SEALED = re.compile(r"seal2\.[\w-]{38,}|gAAAA[\w-]{40,}={0,2}")
"""What a sealed value looks like, of now and of before."""
_NONCE = 12  # bytes; drawn: 2^32 seals by one key before two meet with a chance of 2^-32 (NIST SP 800-38D, § 8.3)


@dataclass(frozen=True)
class _Key:
    """One of ``BOCAGE_KEYS``, as each seal uses it."""

    now: AESGCM
    before: Fernet

    def seal(self, text: str) -> str:
        nonce = os.urandom(_NONCE)
        sealed = nonce + self.now.encrypt(nonce, text.encode(), PREFIX.encode())
        return PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def opens(self, token: str) -> str | None:
        """What is in it; None when this key did not seal it, or it was changed since."""
        try:
            if not token.startswith(PREFIX):
                return self.before.decrypt(token.encode()).decode()
            body = token.removeprefix(PREFIX)
            sealed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
            return self.now.decrypt(sealed[:_NONCE], sealed[_NONCE:], PREFIX.encode()).decode()
        except (InvalidToken, InvalidTag, ValueError, binascii.Error):
            return None


@cache
def _read(keys: tuple[str, ...]) -> tuple[_Key, ...]:
    found = []
    for position, key in enumerate(keys, start=1):
        try:
            before = Fernet(key)
            derived = HKDF(SHA256(), 32, salt=None, info=b"bocage.base.crypto seal2").derive(
                base64.urlsafe_b64decode(key)
            )
        except ValueError:
            raise BadKey(f"BOCAGE_KEYS: key number {position} is not 32 bytes in URL-safe base64") from None
        found.append(_Key(AESGCM(derived), before))
    return tuple(found)


def _keys() -> tuple[_Key, ...]:
    keys: tuple[str, ...] = settings.ENV.keys
    if not keys:
        raise KeysMissing("BOCAGE_KEYS is not set: sensitive fields cannot be sealed or opened")
    return _read(keys)


def seal(text: str) -> str:
    """``text`` sealed by the newest key; sealing twice gives two different values. Raises KeysMissing, BadKey."""
    return _keys()[0].seal(text)


def unseal(token: str) -> str:
    """What was sealed. Raises KeysMissing, BadKey, and Unreadable when no key opens it."""
    for key in _keys():
        if (text := key.opens(token)) is not None:
            return text
    raise Unreadable("no key of BOCAGE_KEYS opens this value")


def seal_json(value: Any) -> str:
    """A JSON value, sealed. Raises as ``seal``, and TypeError for what JSON cannot say."""
    return seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def unseal_json(token: str) -> Any:
    """The JSON value that was sealed. Raises as ``unseal``."""
    return json.loads(unseal(token))


def reseal(token: str) -> str:
    """The same text sealed again by the newest key; unchanged when it is already. Raises as ``unseal``."""
    if not needs_rotation(token):
        return token
    return seal(unseal(token))


def rotate() -> int:
    """Seal anew, with the newest key, every value that the apps declare in their manifests (``sealed``).

    Returns how many values changed. May be stopped and run again. Raises KeysMissing, BadKey, and Unreadable at the
    first value that no key opens: nothing of it is lost, its old key must be listed again.
    """
    _keys()
    return sum(registry.resolve(path)(reseal) for _manifest, path in registry.contributions("sealed"))


def unreadable() -> dict[str, tuple[int, int]]:
    """By app that seals something: how many of its sealed values no key opens, of how many. Writes nothing."""
    found: dict[str, tuple[int, int]] = {}
    for manifest, path in registry.contributions("sealed"):
        lost = total = 0

        def look(token: str) -> str:
            nonlocal lost, total
            total += 1
            try:
                unseal(token)
            except (Unreadable, KeysMissing):
                lost += 1
            return token  # unchanged: nothing is written

        registry.resolve(path)(look)
        before = found.get(str(manifest.label), (0, 0))
        found[str(manifest.label)] = (before[0] + lost, before[1] + total)
    return found


def needs_rotation(token: str) -> bool:
    """Whether ``token`` was sealed otherwise than by the newest key and as now. Raises KeysMissing, BadKey."""
    newest = _keys()[0]
    return not token.startswith(PREFIX) or newest.opens(token) is None
