"""The tracking code of a case started without an account: drawn, kept sealed, recognised.

What is kept is a digest of the code, sealed with BOCAGE_KEYS: a thief of the database or of a backup, which holds no
key, can try no code; ``bocage keys rotate`` moves it to a new key like every sealed value; SECRET_KEY may change.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from django.conf import settings

from bocage.base import crypto
from bocage.cases.models import Case

# Eight consonants and digits nobody confuses: about 10^11 codes, and the rate limiter in front.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ2456789"
LENGTH = 8


def new_code() -> str:
    """A code that opens a case to whoever started it without an account."""
    return "".join(secrets.choice(ALPHABET) for _index in range(LENGTH))


def _cleaned(code: str) -> bytes:
    return "".join(letter for letter in code.upper() if letter.isalnum()).encode()


def kept(code: str) -> dict[str, str]:
    """What is kept of a code, by column: sealed; under SECRET_KEY in an installation that has no BOCAGE_KEYS."""
    try:
        return {"tracking_sealed": _sealed(code), "tracking_hash": ""}
    except crypto.KeysMissing:
        return {"tracking_sealed": "", "tracking_hash": digest_under_secret_key(code)}


def _sealed(code: str) -> str:
    return crypto.seal(hashlib.sha256(_cleaned(code)).hexdigest())


def opens(case: Case, code: str) -> bool:
    """Whether a code is the case's own.

    The first codes were kept under SECRET_KEY (``tracking_hash``): such a code is sealed when it is used.
    False when no key opens what is kept.
    """
    if case.tracking_sealed:
        try:
            digest = crypto.unseal(case.tracking_sealed)
        except (crypto.Unreadable, crypto.KeysMissing):
            return False
        return hmac.compare_digest(digest, hashlib.sha256(_cleaned(code)).hexdigest())
    if not case.tracking_hash:
        return False
    if not hmac.compare_digest(case.tracking_hash, digest_under_secret_key(code)):
        return False
    Case.objects.filter(pk=case.pk).update(**kept(code))
    return True


def digest_under_secret_key(code: str) -> str:
    """What was kept of a code before it was sealed."""
    return hmac.new(settings.SECRET_KEY.encode(), _cleaned(code), hashlib.sha256).hexdigest()


def reseal_all(reseal: Callable[[str], str]) -> int:
    """Seal every code anew (``bocage keys rotate``); how many changed. May be stopped and run again."""
    changed = 0
    rows = Case.objects.exclude(tracking_sealed="").order_by("pk").values_list("pk", "tracking_sealed")
    for pk, old in rows.iterator(chunk_size=500):
        fresh = reseal(old)
        if fresh != old:
            changed += Case.objects.filter(pk=pk, tracking_sealed=old).update(tracking_sealed=fresh)
    return changed
