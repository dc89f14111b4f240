"""Writes about agents' accounts: invited by e-mail, invited again.

The mail holds no secret: it leads to « Mot de passe oublié », where the holder of the mailbox proves it by a code. It
goes through the outbox, in the transaction that opens the account.
"""

import secrets
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.identity.models import Account
from bocage.identity.operations.accounts import create_account, trust_email
from bocage.identity.operations.posts import STREAM, grant_post
from bocage.territory.models import Territory


def invite_agent(*, email: str, first_name: str, last_name: str, actor: Actor, now: datetime, **post: Any) -> Account:
    """Open an agent's account with its first post (``grant_post``'s arguments) and tell them by e-mail.

    Someone who already has an account at that address, verified, gets the post on it. Raises ValidationError by field:
    an address that cannot be, an account that is closed, or one that somebody opened without proving the address.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError(
            {"email": [_("Cette adresse n’est pas complète. Exemple : prenom.nom@exemple.fr")]}
        ) from error
    with transaction.atomic():
        account = Account.objects.filter(email__iexact=address).first()
        if account is None:
            account = create_account(
                username=f"a{secrets.token_hex(6)}",
                email=address,
                first_name=" ".join(first_name.split())[:150],
                last_name=" ".join(last_name.split())[:150],
                actor=actor,
                now=now,
            )
            trust_email(account)  # the administrator vouches for it; only its mailbox can open the account
        elif not account.is_active:
            raise ValidationError({"email": [_("Le compte de cette adresse est fermé. Rouvrez-le depuis sa page.")]})
        elif not EmailAddress.objects.filter(user=account, email__iexact=address, verified=True).exists():
            raise ValidationError(
                {
                    "email": [
                        _("Un compte a cette adresse sans l’avoir vérifiée : que son titulaire la vérifie d’abord.")
                    ]
                }
            )
        grant_post(account, actor=actor, now=now, **post)
        send_invitation(account, actor=actor, now=now)
    return account


def send_invitation(account: Account, *, actor: Actor, now: datetime) -> None:
    """Tell an agent where to choose a password and where the desk is. Raises ValidationError without address."""
    if not account.email or not account.is_active:
        raise ValidationError(_("Ce compte n’a pas d’adresse e-mail, ou il est fermé."))
    territory = Territory.objects.first()
    context = {
        "territory": territory,
        "name": account.get_full_name(),
        "email": account.email,
        "new": not account.has_usable_password() and account.last_login is None,
        "password_url": settings.ENV.base_url + reverse("account_reset_password"),
        "desk_url": settings.ENV.base_url + reverse("wagtailadmin_home"),
    }
    with transaction.atomic():
        subject = render_to_string("account/email/agent_invited_subject.txt", context).strip()
        body = render_to_string("account/email/agent_invited_message.txt", context)
        send_mail(subject, body, None, [account.email])
        journal.record(
            stream=STREAM,
            kind="identity.agent_invited",
            subject=f"account:{account.pk}",
            actor=actor,
            now=now,
        )
