"""Filters of identity's pages."""

from django import template

from bocage.identity import second_factor
from bocage.identity.devices import device_name
from bocage.identity.federation.providers import Provider, available
from bocage.identity.models import Account
from bocage.identity.queries import code_card, codes_left
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


@register.filter
def has_card(account: Account) -> bool:
    """Whether sign-in may ask for a code of a printed card."""
    return second_factor.has_card(account)


@register.filter
def card_codes(account: Account | None) -> int | None:
    """The codes left on the account's card; None without card."""
    card = code_card(account)
    return None if card is None else codes_left(card)


@register.simple_tag
def identity_providers() -> tuple[Provider, ...]:
    """Whom one may sign in with, beside a password or a key."""
    return available()


@register.filter
def device(user_agent: str) -> str:
    """« Firefox, Windows »."""
    return device_name(user_agent)
