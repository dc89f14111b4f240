"""Bocage as the identity provider: the library, the canteen and the communes' software share the account (OIDC).

A room of its own in identity, over django-allauth's provider, which keeps clients and tokens (as digests): ``adapter``
(who someone is for a site), ``claims`` (what it is told), ``keys`` (what signs), ``proof`` (when and how one signed
in), ``views`` (authorization and token, stricter than the package: exact addresses, PKCE for all, codes that serve
once), ``desk_views`` (sites registered). Writes are in ``operations.sites``.
"""

from datetime import datetime


def load(now: datetime) -> None:
    """See that there is a key to sign with, and that the next is drawn in time (manifest: ``load``, daily job)."""
    from bocage.identity.operations import keep_signing_keys

    keep_signing_keys(now)
