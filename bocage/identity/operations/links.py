"""Writes about links of sign-in: one is mailed, opens an account once, and is forgotten."""

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.identity.models import Account, SignInLink
from bocage.territory.models import Territory

STREAM = "identity"

LASTS = timedelta(minutes=15)
KEPT = timedelta(days=1)


class LinkOver(Exception):
    """The link has served, is too old, or never was one."""


def _digest(token: str) -> str:
    """256 random bits need no slow digest: nobody can guess them."""
    return hashlib.sha256(token.encode()).hexdigest()


def ask_link(email: str, *, next_url: str = "", now: datetime) -> None:
    """Mail a link that opens the account of this address, once; to an unknown address, a mail that says there is none.

    The two cost the same: a row, a mail. Only a verified address gets a link: whoever opened an account with someone
    else's address must not see that person come into it.
    """
    address = email.strip().lower()
    proved = EmailAddress.objects.filter(email__iexact=address, verified=True, user__is_active=True)
    found = proved.select_related("user").order_by("pk").first()
    token = secrets.token_urlsafe(32)
    context = {
        "territory": Territory.objects.first(),
        "email": address,
        "minutes": int(LASTS.total_seconds() // 60),
        "link": settings.ENV.base_url + reverse("identity_link", args=[token]),
        "signup_url": settings.ENV.base_url + reverse("account_signup"),
    }
    template = "sign_in_link" if found else "unknown_account"
    with transaction.atomic():
        SignInLink.objects.create(
            account=found.user if found else None,
            email=address if found else "",
            digest=_digest(token),
            next_url=next_url[:2000] if found else "",
            asked_at=now,
            expires_at=now + LASTS,
        )
        subject = render_to_string(f"account/email/{template}_subject.txt", context).strip()
        send_mail(subject, render_to_string(f"account/email/{template}_message.txt", context), None, [address])


def link_of(token: str, now: datetime) -> SignInLink | None:
    """The link that still opens an account; None for any other. A reading: mail scanners open links too."""
    link = SignInLink.objects.select_related("account").filter(digest=_digest(token)).first()
    return link if link is not None and link.is_open(now) and _still_theirs(link) else None


def _still_theirs(link: SignInLink) -> bool:
    """Whether the address is still the account's: it may have changed since the link left."""
    account = link.account
    return (
        account is not None
        and account.is_active
        and EmailAddress.objects.filter(user=account, email__iexact=link.email, verified=True).exists()
    )


def use_link(token: str, *, now: datetime) -> tuple[Account, SignInLink]:
    """The link serves, once; the account's others die with it. Raises LinkOver."""
    link = link_of(token, now)
    account = link.account if link is not None else None
    if link is None or account is None:
        raise LinkOver
    with transaction.atomic():
        # No join here: two presses at once take the same row in turn, and the second finds it used.
        if not SignInLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now):
            raise LinkOver
        SignInLink.objects.filter(account=account, used_at=None).delete()
        journal.record(
            stream=STREAM,
            kind="identity.link_used",
            subject=f"account:{account.pk}",
            actor=Actor("account", account.pk, str(account)),
            now=now,
        )
    return account, link


def forget_links(now: datetime) -> int:
    """Retention: forget the links that no longer open anything; how many."""
    return SignInLink.objects.filter(asked_at__lt=now - KEPT).delete()[0]


def links_due(now: datetime) -> int:
    """How many ``forget_links`` would forget."""
    return SignInLink.objects.filter(asked_at__lt=now - KEPT).count()
