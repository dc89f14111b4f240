"""Sealing of sensitive fields with ``BOCAGE_KEYS`` (newest first), apart from SECRET_KEY and from backups.

A sealed value is a Fernet token (AES-128-CBC and HMAC-SHA256). The newest key seals; every key listed still opens, so a
new key is put in front, ``rotate`` seals every value anew, and the old key is removed.
"""

import base64
import json
import os
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
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


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    fernets = []
    for position, key in enumerate(keys, start=1):
        try:
            fernets.append(Fernet(key))
        except ValueError:
            raise BadKey(f"BOCAGE_KEYS: key number {position} is not 32 bytes in URL-safe base64") from None
    return MultiFernet(fernets)


def _keys() -> MultiFernet:
    keys: tuple[str, ...] = settings.ENV.keys
    if not keys:
        raise KeysMissing("BOCAGE_KEYS is not set: sensitive fields cannot be sealed or opened")
    return _fernet(keys)


def seal(text: str) -> str:
    """``text`` sealed by the newest key; sealing twice gives two different values. Raises KeysMissing, BadKey."""
    return _keys().encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """What was sealed. Raises KeysMissing, BadKey, and Unreadable when no key opens it."""
    try:
        return _keys().decrypt(token.encode()).decode()
    except InvalidToken:
        raise Unreadable("no key of BOCAGE_KEYS opens this value") from None


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
    try:
        return _keys().rotate(token.encode()).decode()
    except InvalidToken:
        raise Unreadable("no key of BOCAGE_KEYS opens this value") from None


def rotate() -> int:
    """Seal anew, with the newest key, every value that the apps declare in their manifests (``sealed``).

    Returns how many values changed. May be stopped and run again. Raises KeysMissing, BadKey, and Unreadable at the
    first value that no key opens: nothing of it is lost, its old key must be listed again.
    """
    _keys()
    return sum(registry.resolve(path)(reseal) for _manifest, path in registry.contributions("sealed"))


def needs_rotation(token: str) -> bool:
    """Whether ``token`` was sealed by another key than the newest one. Raises KeysMissing, BadKey."""
    _keys()
    try:
        _fernet(settings.ENV.keys[:1]).decrypt(token.encode())
    except InvalidToken:
        return True
    return False
