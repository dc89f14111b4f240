"""OpenID Connect with a provider, code flow: what we ask, and every check on what comes back.

Nothing that the browser carries is believed: the answer must bear the state of this very browser's session, used once;
who someone is comes from the provider's own endpoints, in documents that it signed (OpenID Connect Core 1.0, §3.1.3.7
and §5.3.2; FranceConnect v2 signs its userinfo too, with ES256).
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard, cast
from urllib.parse import urlencode

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from django.core.cache import cache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bocage.identity.federation.providers import Provider

ALGORITHM = "ES256"
TIMEOUT_SECONDS = 10
CLOCKS_APART = 60  # seconds that two machines' clocks may differ
ID_TOKEN_AGE = 600  # seconds after which an identity token is too old to sign in with
KEPT = 3600  # seconds during which a provider's description and keys are kept


class Refused(Exception):
    """What came back cannot be trusted; ``reason`` is for the log, and holds no personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(Refused):
    """The provider does not answer, or answers nonsense."""


@dataclass(frozen=True)
class Pending:
    """A sign-in that has left for the provider; kept in the session under its state until it comes back, once."""

    provider: str
    state: str
    nonce: str
    verifier: str
    next: str = ""


@dataclass(frozen=True)
class Proof:
    """What a provider proved: of whom it speaks (``claims``, of the signed userinfo), at what level, and how."""

    provider: Provider
    subject: str
    acr: str
    amr: tuple[str, ...]
    id_token: str
    claims: Mapping[str, Any] = field(repr=False)


def begin(provider: Provider, redirect_uri: str, next_url: str = "") -> tuple[str, Pending]:
    """Where to send the browser, and what to remember meanwhile. Raises Unreachable."""
    pending = Pending(provider.key, generate_token(43), generate_token(43), generate_token(64), next_url)
    with _session(provider, redirect_uri) as session:
        url, _state = session.create_authorization_url(
            _endpoint(provider, "authorization_endpoint"),
            state=pending.state,
            code_verifier=pending.verifier,
            nonce=pending.nonce,
            acr_values=provider.acr[0],
            **dict(provider.parameters),
        )
    return str(url), pending


def finish(provider: Provider, pending: Pending, code: str, redirect_uri: str, now: int) -> Proof:
    """Exchange a code for a proof; ``now`` in seconds since 1970. Raises Refused, Unreachable."""
    with _session(provider, redirect_uri) as session:
        try:
            token = session.fetch_token(
                _endpoint(provider, "token_endpoint"),
                grant_type="authorization_code",
                code=code,
                code_verifier=pending.verifier,
                timeout=TIMEOUT_SECONDS,
            )
            if not isinstance(token.get("access_token"), str) or not isinstance(token.get("id_token"), str):
                raise Refused("no token")
            identity = _id_token(provider, token["id_token"], pending.nonce, now)
            answer = session.get(_endpoint(provider, "userinfo_endpoint"), timeout=TIMEOUT_SECONDS)
        except OAuthError as error:
            raise Refused(f"token endpoint: {error.error}") from error
        except (requests.RequestException, ValueError) as error:
            raise Unreachable(f"{type(error).__name__} at the token or userinfo endpoint") from error
    if answer.status_code != 200:
        raise Unreachable(f"userinfo endpoint: {answer.status_code}")
    if answer.headers.get("Content-Type", "").split(";")[0].strip() != "application/jwt":
        raise Refused("userinfo is not signed")
    told = _signed(provider, answer.text.strip())
    _same(told, provider, now)
    if told.get("sub") != identity["sub"]:
        raise Refused("userinfo of somebody else")
    amr = identity.get("amr")
    return Proof(
        provider=provider,
        subject=str(identity["sub"]),
        acr=str(identity["acr"]),
        amr=tuple(str(value) for value in amr) if isinstance(amr, list) else (),
        id_token=token["id_token"],
        claims=told,
    )


def end_url(provider: Provider, id_token: str, state: str, back: str) -> str:
    """Where to send the browser so that the provider's session ends too (RP-Initiated Logout 1.0, §2).

    Raises Unreachable.
    """
    query = {"id_token_hint": id_token, "state": state, "post_logout_redirect_uri": back}
    return f"{_endpoint(provider, 'end_session_endpoint')}?{urlencode(query)}"


# --- Checks --------------------------------------------------------------------------------------------------------
def _id_token(provider: Provider, text: str, nonce: str, now: int) -> dict[str, Any]:
    """The claims of an identity token, once each check of OpenID Connect Core §3.1.3.7 is passed."""
    claims = _signed(provider, text)
    _same(claims, provider, now)
    expires, made = claims.get("exp"), claims.get("iat")
    if not _is_time(expires) or expires + CLOCKS_APART <= now:
        raise Refused("id_token expired")
    if not _is_time(made) or not now - ID_TOKEN_AGE <= made <= now + CLOCKS_APART:
        raise Refused("id_token too old, or of tomorrow")
    if not isinstance(claims.get("nonce"), str) or not hmac.compare_digest(claims["nonce"].encode(), nonce.encode()):
        raise Refused("nonce of another sign-in")
    if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
        raise Refused("no subject")
    if claims.get("acr") not in provider.acr:
        raise Refused("level of identity not asked for")
    return claims


def _same(claims: Mapping[str, Any], provider: Provider, now: int) -> None:
    """Issued by this provider, for us alone, and not for later."""
    if claims.get("iss") != provider.issuer:
        raise Refused("another issuer")
    if claims.get("aud") not in (provider.client_id, [provider.client_id]):
        raise Refused("meant for another site")
    if claims.get("azp") not in (None, provider.client_id):
        raise Refused("meant for another site")
    later = claims.get("nbf")
    if later is not None and (not _is_time(later) or later > now + CLOCKS_APART):
        raise Refused("not valid yet")


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _signed(provider: Provider, text: str) -> dict[str, Any]:
    """The claims of a document that the provider signed with one of its published keys, by ES256 and nothing else."""
    for fresh in (False, True):  # a key that we do not know may be a new one: looked up again, once
        try:
            return jwt.decode(text, _keys(provider, fresh=fresh), algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, KeyError, TypeError) as error:
            if fresh:
                raise Refused(f"signature: {type(error).__name__}") from error
    raise AssertionError("unreachable")


# --- What the provider says of itself ------------------------------------------------------------------------------
def _endpoint(provider: Provider, name: str) -> str:
    """One of its addresses. Raises Unreachable when it does not say, or speaks for another issuer."""
    told = _document(provider, "metadata", provider.metadata_url)
    if told.get("issuer") != provider.issuer:
        raise Unreachable("metadata of another issuer")
    if not isinstance(told.get(name), str):
        raise Unreachable(f"no {name}")
    return cast(str, told[name])


def _keys(provider: Provider, *, fresh: bool) -> KeySet:
    document = _document(provider, "keys", _endpoint(provider, "jwks_uri"), fresh=fresh)
    try:
        return KeySet.import_key_set(cast(Any, document))
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise Unreachable("its keys cannot be read") from error


def _document(provider: Provider, kind: str, url: str, *, fresh: bool = False) -> dict[str, Any]:
    """A JSON document of the provider, kept for an hour; looked up again at most once a minute."""
    name = f"federation:{kind}:{provider.issuer}"
    kept = cache.get(name)
    if isinstance(kept, dict) and not (fresh and cache.add(f"{name}:again", 1, 60)):
        return kept
    try:
        with http() as session:
            answer = session.get(url, timeout=TIMEOUT_SECONDS, headers={"Accept": "application/json"})
            answer.raise_for_status()
            told = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Unreachable(f"{kind}: {type(error).__name__}") from error
    if not isinstance(told, dict):
        raise Unreachable(f"{kind}: not an object")
    cache.set(name, told, KEPT)
    return told


def http() -> requests.Session:
    """A session that speaks to providers, and follows no redirection: it would lead where nobody chose."""
    session = requests.Session()
    session.max_redirects = 0
    return session


def _session(provider: Provider, redirect_uri: str) -> OAuth2Session:
    session = OAuth2Session(
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 -- FranceConnect and ProConnect take no other
        scope=" ".join(provider.scopes),
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        leeway=0,  # FranceConnect's access tokens live some seconds: by default they would be too old at once
    )
    session.max_redirects = 0  # as above: a token would go along
    return session
