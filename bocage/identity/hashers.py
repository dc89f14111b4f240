"""How secrets are kept: passwords slowly; what we draw ourselves for sites with a fast digest, never for a password."""

import hashlib
import re
import secrets
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, ScryptPasswordHasher, make_password
from django.utils.crypto import constant_time_compare

_DRAWN = re.compile(r"[A-Za-z0-9_-]{43}")


class PasswordHasher(ScryptPasswordHasher):
    """scrypt with the least cost that OWASP ASVS 5.0, appendix C, approves: N = 2^15, r = 8, p = 3 (32 MiB).

    What Django kept at its own cost still opens, and is kept anew at the next sign-in.
    """

    work_factor = 2**15
    parallelism = 3
    maxmem = 64 * 2**20  # bytes; OpenSSL refuses 32 MiB unless told


class DrawnSecretHasher(BasePasswordHasher):
    """SHA-256 of 256 random bits: nobody can guess them, so that a slow digest would only slow sites down.

    What was not drawn by ``draw`` is refused: a password chosen by someone is never kept so.
    """

    algorithm = "drawn_sha256"

    def salt(self) -> str:
        """None is needed: two secrets are never the same."""
        return "none"

    def encode(self, password: str, salt: str) -> str:
        """The digest. Raises ValueError for what ``draw`` did not give."""
        if not _DRAWN.fullmatch(password):
            raise ValueError("only secrets of 256 random bits are kept so")
        return f"{self.algorithm}${hashlib.sha256(password.encode()).hexdigest()}"

    def decode(self, encoded: str) -> dict[str, Any]:
        """Its parts."""
        algorithm, digest = encoded.split("$", 1)
        return {"algorithm": algorithm, "hash": digest, "salt": "none"}

    def verify(self, password: str, encoded: str) -> bool:
        """Whether it is the secret."""
        return bool(_DRAWN.fullmatch(password)) and constant_time_compare(encoded, self.encode(password, "none"))

    def safe_summary(self, encoded: str) -> Any:
        """Nothing that helps to find it."""
        return {"algorithm": self.algorithm}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing to even out: there is one way only."""


def draw() -> tuple[str, str]:
    """A new secret of 256 random bits, and what is kept of it."""
    secret = secrets.token_urlsafe(32)
    return secret, make_password(secret, hasher=DrawnSecretHasher.algorithm)
