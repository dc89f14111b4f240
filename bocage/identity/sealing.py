"""Sealing secrets anew when BOCAGE_KEYS rotate: telephone applications, recovery codes, the keys that sign for sites,
codes of consent on their way.

A room of its own: ``SecondFactorAdapter`` seals and opens them one by one; this goes through django-allauth's table,
which knows nothing of rotation. Passkeys and security keys hold no secret of ours.
"""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator

from bocage.identity.models import MandateAsk, SigningKey

SECRET, SEED, MIGRATED = "secret", "seed", "migrated_codes"


def reseal_all(reseal: Callable[[str], str]) -> int:
    """Seal every secret anew (``bocage keys rotate``); how many changed. May be stopped and run again."""
    changed = 0
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
    for one in Authenticator.objects.filter(type__in=kinds).order_by("pk").iterator(chunk_size=500):
        fresh = _resealed(one.data, reseal)
        # Someone who sets up a new one, or uses a code, meanwhile is left alone: that writes with the newest key.
        if fresh != one.data and Authenticator.objects.filter(pk=one.pk, data=one.data).update(data=fresh):
            changed += 1
    for key in SigningKey.objects.order_by("pk"):
        fresh_key = reseal(key.sealed)
        if fresh_key != key.sealed:
            changed += SigningKey.objects.filter(pk=key.pk, sealed=key.sealed).update(sealed=fresh_key)
    for ask in MandateAsk.objects.exclude(sealed_code="").order_by("pk"):
        fresh_code = reseal(ask.sealed_code)
        if fresh_code != ask.sealed_code:
            changed += MandateAsk.objects.filter(pk=ask.pk, sealed_code=ask.sealed_code).update(sealed_code=fresh_code)
    return changed


def _resealed(data: dict[str, Any], reseal: Callable[[str], str]) -> dict[str, Any]:
    sealed = {key: reseal(data[key]) for key in (SECRET, SEED) if key in data}
    codes = {MIGRATED: [reseal(code) for code in data[MIGRATED]]} if MIGRATED in data else {}
    return {**data, **sealed, **codes}
