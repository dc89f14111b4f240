"""What the stand-ins sign: codes, tokens and documents, with a key that each installation draws from its secret."""

import hashlib
import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core import signing
from django.core.cache import cache
from django.utils.crypto import salted_hmac
from joserfc import jwt
from joserfc.jwk import ECKey

ALGORITHM = "ES256"
CODE_SECONDS = 60
TOKEN_SECONDS = 5  # FranceConnect's own live some seconds
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def key(name: str = "signature") -> ECKey:
    """The key of this installation's stand-ins: the same in each of its processes."""
    drawn = int.from_bytes(salted_hmac("bocage.identity.stand_in", name, algorithm="sha512").digest())
    private = ec.derive_private_key(1 + drawn % (_P256_ORDER - 1), ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ECKey.import_key(
        pem, {"kid": hashlib.sha256(name.encode()).hexdigest()[:12], "use": "sig", "alg": ALGORITHM}
    )


def signed(claims: dict[str, Any], name: str = "signature") -> str:
    """A JWT; ``name`` of another key than the published one gives a forgery."""
    mine, published = key(name), key()
    return jwt.encode({"alg": ALGORITHM, "kid": published.kid}, claims, mine, algorithms=[ALGORITHM])


def sealed(kind: str, content: dict[str, Any]) -> str:
    """A code or an access token: what it stands for, which only this installation can write."""
    return signing.dumps(content, salt=f"bocage.identity.stand_in.{kind}")


def opened(kind: str, text: str, seconds: int) -> dict[str, Any] | None:
    """What a code or a token stands for; None when it is forged or too old."""
    try:
        content: dict[str, Any] = signing.loads(text, salt=f"bocage.identity.stand_in.{kind}", max_age=seconds)
    except signing.BadSignature:
        return None
    return content


def first_use(code: str) -> bool:
    """Whether this code had not served yet."""
    return cache.add(f"stand-in:{hashlib.sha256(code.encode()).hexdigest()}", 1, CODE_SECONDS * 2)


def unsigned(claims: dict[str, Any]) -> str:
    """A JWT with « alg: none », which nobody should accept."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."
