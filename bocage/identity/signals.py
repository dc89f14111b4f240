"""What django-allauth tells, and what the house does with it."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.dispatch import receiver
from django.utils import timezone

from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account
from bocage.identity.operations import update_person
from bocage.identity.queries import person_of


@receiver(email_confirmed, dispatch_uid="identity.email_confirmed")
def remember_email(email_address: EmailAddress, **kwargs: Any) -> None:
    """A verified address becomes the one at which its person is reached."""
    account = email_address.user
    if isinstance(account, Account) and (person := person_of(account)):
        update_person(person, email=email_address.email, actor=actor_of_account(account), now=timezone.now())
