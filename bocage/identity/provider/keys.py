"""The keys with which this house signs identity tokens: published before they serve, kept while their tokens live."""

from datetime import timedelta
from functools import lru_cache

from allauth.core.internal import jwkkit
from allauth.idp.oidc.models import PrivateKey
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bocage.base.crypto import seal, unseal
from bocage.identity.models import SigningKey

BITS = 3072
PUBLISHED_BEFORE = timedelta(hours=2)  # sites keep the published keys for an hour
KEPT_AFTER = timedelta(hours=1)  # identity tokens live five minutes
RENEWED_AFTER = timedelta(days=90)


def signing_keys() -> list[PrivateKey]:
    """Every key that is published, newest last. Raises Unreadable, KeysMissing from ``bocage.base.crypto``."""
    return [
        PrivateKey(pem=unseal(key.sealed), not_before=key.serves_from, expires_at=key.ends, issued_at=key.made_at)
        for key in SigningKey.objects.order_by("made_at", "pk")
    ]


def drawn() -> str:
    """A new key, sealed."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    return seal(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def keep_read() -> None:
    """Have django-allauth read each key once in a process, and not again for each token.

    Reading checks the key's arithmetic anew: 85 ms of CPU at 3,072 bits, where signing takes less than one.
    """
    if not hasattr(jwkkit.load_jwk_from_pem, "cache_info"):
        jwkkit.load_jwk_from_pem = lru_cache(maxsize=8)(jwkkit.load_jwk_from_pem)
