"""Filters of identity's pages."""

from django import template
from django.utils.translation import gettext as _

from bocage.identity.reading import written_phone

register = template.Library()

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def phone(e164: str) -> str:
    """A telephone number as one writes it in France."""
    return written_phone(e164) if e164 else ""


@register.filter
def device(user_agent: str) -> str:
    """« Firefox, Windows »: enough to know one's own devices, from what the browser says of itself."""
    found = [next((name for sign, name in names if sign in user_agent), "") for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(part for part in found if part) or _("Appareil inconnu")
