"""Filters of identity's pages."""

from django import template

from bocage.identity import second_factor
from bocage.identity.devices import device_name
from bocage.identity.federation.providers import Provider, available
from bocage.identity.models import Account
from bocage.identity.reading import written_phone

register = template.Library()


@register.filter
def phone(e164: str) -> str:
    """A telephone number as one writes it in France."""
    return written_phone(e164) if e164 else ""


@register.filter
def has_application(account: Account) -> bool:
    """Whether sign-in may ask for the code of an application."""
    return second_factor.has_application(account)


@register.filter
def has_key(account: Account) -> bool:
    """Whether sign-in may ask for a key."""
    return second_factor.has_key(account)


@register.simple_tag
def identity_providers() -> tuple[Provider, ...]:
    """Whom one may sign in with, beside a password or a key."""
    return available()


@register.filter
def device(user_agent: str) -> str:
    """« Firefox, Windows »."""
    return device_name(user_agent)
