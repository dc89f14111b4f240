"""Writes of the house as an identity provider: sites registered, what people allow them, the keys that sign."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from allauth.idp.oidc.models import Client, Token
from django.db import IntegrityError, transaction

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.identity import hashers
from bocage.identity.models import Account, SigningKey, SiteConsent, SiteSubject
from bocage.identity.provider import keys

STREAM = "identity"


# --- Sites ---------------------------------------------------------------------------------------------------------
def register_site(
    *,
    name: str,
    redirect_uris: Sequence[str],
    logout_uris: Sequence[str],
    scopes: Sequence[str],
    public: bool = False,
    actor: Actor,
    now: datetime,
) -> tuple[Client, str]:
    """Register a site that shares the account; give it and its secret, which is shown once and kept as a digest.

    ``public`` is for software that cannot keep a secret (an application on a telephone): PKCE alone protects it.
    """
    secret, kept = hashers.draw()
    client = Client(
        name=name,
        secret=kept,
        type=Client.Type.PUBLIC if public else Client.Type.CONFIDENTIAL,
        grant_types=Client.GrantType.AUTHORIZATION_CODE,
        response_types=Client.ResponseType.CODE,
        created_at=now,
    )
    _describe(client, redirect_uris, logout_uris, scopes)
    with transaction.atomic():
        client.save(force_insert=True)
        _record("identity.site_registered", client, actor, now)
    return client, "" if public else secret


def change_site(
    client: Client,
    *,
    name: str,
    redirect_uris: Sequence[str],
    logout_uris: Sequence[str],
    scopes: Sequence[str],
    actor: Actor,
    now: datetime,
) -> None:
    """Change what a site is called, where it is, and what it may ask; what people allowed before stays as it was."""
    client.name = name
    _describe(client, redirect_uris, logout_uris, scopes)
    with transaction.atomic():
        client.save(update_fields=["name", "redirect_uris", "scopes", "data"])
        _record("identity.site_changed", client, actor, now)


def renew_secret(client: Client, *, actor: Actor, now: datetime) -> str:
    """Draw another secret, at once: the former serves no more. Give it, shown once."""
    secret, kept = hashers.draw()
    with transaction.atomic():
        Client.objects.filter(pk=client.pk).update(secret=kept)
        _record("identity.site_secret_renewed", client, actor, now)
    return secret


def close_site(client: Client, *, actor: Actor, now: datetime) -> None:
    """Close a site: its tokens serve no more; what people had allowed it stays as history."""
    with transaction.atomic():
        SiteConsent.objects.filter(client=client, withdrawn_at=None).update(withdrawn_at=now)
        _record("identity.site_closed", client, actor, now)
        client.delete()


def _describe(client: Client, redirect_uris: Sequence[str], logout_uris: Sequence[str], scopes: Sequence[str]) -> None:
    client.set_redirect_uris(list(redirect_uris))
    client.set_scopes(["openid", *scopes])
    client.set_post_logout_redirect_uris(list(logout_uris))


def _record(kind: str, client: Client, actor: Actor, now: datetime) -> None:
    journal.record(
        stream=STREAM, kind=kind, subject=f"site:{client.pk}", actor=actor, now=now, payload={"name": client.name}
    )


# --- People and sites ----------------------------------------------------------------------------------------------
def subject_for(client: Client, account: Account) -> str:
    """The name under which a site knows someone, drawn the first time."""
    known = SiteSubject.objects.filter(client=client, account=account).first()
    if known is None:
        try:
            with transaction.atomic():
                known = SiteSubject.objects.create(client=client, account=account, subject=secrets.token_urlsafe(32))
        except IntegrityError:  # two windows at once: the other's is the one
            known = SiteSubject.objects.get(client=client, account=account)
    return known.subject


def allow_site(account: Account, client: Client, scopes: Sequence[str], *, actor: Actor, now: datetime) -> None:
    """Write down what someone allows a site to be told. A change is a new line: the history is kept."""
    wanted = sorted(set(scopes))
    with transaction.atomic():
        standing = SiteConsent.objects.filter(account=account, client=client, withdrawn_at=None)
        if standing.filter(scopes=wanted).exists():
            return
        standing.update(withdrawn_at=now)
        SiteConsent.objects.create(account=account, client=client, site=client.name, scopes=wanted, given_at=now)
        subject_for(client, account)
        journal.record(
            stream=STREAM,
            kind="identity.site_allowed",
            subject=f"account:{account.pk}",
            actor=actor,
            now=now,
            payload={"site": client.pk, "scopes": wanted},
        )


def withdraw_site(account: Account, client: Client, *, actor: Actor, now: datetime) -> bool:
    """Take back what was allowed: the site's tokens serve no more, and it will have to ask again.

    False when nothing was allowed.
    """
    with transaction.atomic():
        standing = SiteConsent.objects.filter(account=account, client=client, withdrawn_at=None)
        if not standing.update(withdrawn_at=now):
            return False
        Token.objects.filter(user=account, client=client).delete()
        journal.record(
            stream=STREAM,
            kind="identity.site_withdrawn",
            subject=f"account:{account.pk}",
            actor=actor,
            now=now,
            payload={"site": client.pk},
        )
    return True


def withdraw_replayed(token_hash: str, *, actor: Actor, now: datetime) -> bool:
    """A code was shown twice: what it was exchanged for serves no more (RFC 6749, § 4.1.2). False: it had ended."""
    with transaction.atomic():
        found = Token.objects.filter(type=Token.Type.ACCESS_TOKEN, hash=token_hash).first()
        if found is None or not Token.objects.filter(pk=found.pk).delete()[0]:
            return False
        journal.record(
            stream=STREAM,
            kind="identity.site_code_replayed",
            subject=f"account:{found.user_id}",
            actor=actor,
            now=now,
            payload={"site": found.client_id},
        )
    return True


# --- Keys ----------------------------------------------------------------------------------------------------------
def keep_signing_keys(now: datetime, *, actor: Actor | None = None, anew: bool = False) -> bool:
    """Draw the first key, or the next when the newest is three months old (or ``anew``). False: nothing was due.

    The next is published two hours before it serves, and the former stays published while its tokens live: sites, which
    keep the published keys for an hour, never meet one they do not know.
    """
    newest = SigningKey.objects.filter(newest=True).first()
    if newest is not None and not anew and newest.made_at + keys.RENEWED_AFTER > now:
        return False
    sealed = keys.drawn()  # outside the transaction: it takes a while
    serves_from = now if newest is None else now + keys.PUBLISHED_BEFORE
    with transaction.atomic():
        if newest is not None:
            ends = max(serves_from, newest.serves_from) + keys.KEPT_AFTER
            if not SigningKey.objects.filter(pk=newest.pk, newest=True).update(newest=False, ends=ends):
                return False  # another process did it meanwhile
        elif SigningKey.objects.filter(newest=True).exists():
            return False
        SigningKey.objects.create(sealed=sealed, made_at=now, serves_from=serves_from)
        journal.record(
            stream=STREAM,
            kind="identity.signing_key_drawn",
            subject="house",
            actor=actor or Actor.system("identity.signing-keys"),
            now=now,
        )
    return True
