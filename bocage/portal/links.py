"""Addresses by name, for pages that name what another app may have."""

from django.urls import NoReverseMatch, reverse


def safe_reverse(name: str, *args: str) -> str:
    """The address of a named page; empty when no installed app has it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
