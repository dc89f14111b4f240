"""How django-allauth's provider works in this house: subjects, claims, keys, proofs."""

from collections.abc import Iterable
from typing import Any, Literal

from allauth.core import context
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client, PrivateKey
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from bocage.identity import hashers, operations
from bocage.identity.models import Account, SiteSubject
from bocage.identity.provider import keys, proof
from bocage.identity.provider.claims import SCOPES, claims_of


class OIDCAdapter(DefaultOIDCAdapter):  # type: ignore[misc]
    """A pairwise subject for each site, claims by scope, keys that rotate."""

    scope_display = SCOPES

    def generate_client_secret(self) -> str:
        """256 random bits."""
        return hashers.draw()[0]

    def get_issuer(self) -> str:
        """The public address of the site, whatever host was asked."""
        return str(settings.ENV.base_url)

    def get_user_sub(self, client: Client, user: AbstractBaseUser) -> str:
        """A random name for this site alone: two sites cannot compare their lists (OIDC Core §8.1, pairwise)."""
        assert isinstance(user, Account)
        return operations.subject_for(client, user)

    def get_user_by_sub(self, client: Client, sub: str) -> Account | None:
        """The account that this site knows under a name; a closed one does not exist."""
        found = SiteSubject.objects.select_related("account").filter(client=client, subject=sub).first()
        return found.account if found and found.account.is_active else None

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],
        user: AbstractBaseUser,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Who it is; the rest is told at the userinfo endpoint only, where a token can be withdrawn."""
        assert isinstance(user, Account)
        told: dict[str, Any] = {"sub": self.get_user_sub(client, user)}
        if purpose == "userinfo":
            told |= claims_of(user, set(scopes), timezone.now())
        return told

    def populate_id_token(self, id_token: dict[str, Any], client: Client, scopes: Iterable[str], **kwargs: Any) -> None:
        """When and how one signed in."""
        id_token.update(proof.remembered(context.request.POST.get("code", "")))

    def list_private_keys(
        self, *, did_activate: Literal[True] | None = None, is_active: Literal[True] | None = None
    ) -> list[PrivateKey]:
        """The house's keys."""
        now = timezone.now()
        return [
            key
            for key in keys.signing_keys()
            if not (did_activate and key.not_before and key.not_before > now)
            and not (is_active and key.expires_at and key.expires_at <= now)
        ]
