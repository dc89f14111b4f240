"""What every page may know of the house: the territory, the way in, the commune chosen, the counter that can help.

``ui`` is below the territory: its layout reads the variable ``house`` that this context processor gives. Everything
in it is worked out when the page asks, and only then.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from bocage.base import registry
from bocage.base.opening_hours import Hours
from bocage.territory import queries
from bocage.territory.chosen import chosen_commune
from bocage.territory.models import Territory

_LINKS = (
    "home", "search", "space", "my_commune", "help", "legal", "accessibility", "privacy", "results", "sitemap_page",
    "account_login", "account_signup", "account_logout", "demo_panel", "demo_mailbox", "track_case",
)  # fmt: skip


@dataclass(frozen=True)
class Link:
    """An entry of a menu."""

    label: str
    url: str
    is_above: bool = False  # the page being read lies under it


@dataclass(frozen=True)
class Counter:
    """A counter of the help band: its name, page, and whether one can go there now."""

    name: str
    url: str
    open: bool
    sentence: str


def safe_reverse(name: str, *args: str) -> str:
    """The address of a named page; empty when no installed app has it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


class House:
    """The variable ``house`` of every template."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.demo: bool = settings.DEMO

    @cached_property
    def links(self) -> dict[str, str]:
        """Addresses of the pages that the layout leads to, by name; empty for those not there."""
        return {name: safe_reverse(name) for name in _LINKS}

    @cached_property
    def territory(self) -> Any:
        """The territory, or None before one is loaded."""
        try:
            return queries.territory()
        except Territory.DoesNotExist:
            return None

    @property
    def short_name(self) -> str:
        """The name one says: « Pays de Mormal »."""
        territory = self.territory
        return (territory.settings.get("short_name") or territory.name) if territory else ""

    @property
    def address_line(self) -> str:
        """The address of the territory on one line."""
        return ", ".join(self.territory.address.splitlines()) if self.territory else ""

    @cached_property
    def commune(self) -> Any:
        """The commune that the visitor chose, or None."""
        return chosen_commune(self._request)

    @cached_property
    def counter(self) -> Counter | None:
        """The counter to go to: open now if one is, near the commune chosen if one was."""
        found = queries.nearest_open_counter(self.commune, timezone.now())
        if not found:
            return None
        status = found.status
        return Counter(found.place.name, safe_reverse("place", found.place.slug), status.open, status.sentence)

    @cached_property
    def menu(self) -> list[Link]:
        """The main menu: portal entries of manifests that belong to no act."""
        path = self._request.path
        found = []
        for _manifest, entry in sorted(
            ((manifest, entry) for manifest, entry in registry.contributions("portal") if entry.act is None),
            key=lambda pair: pair[1].order,
        ):
            if url := safe_reverse(entry.url_name, *entry.args):
                found.append(Link(str(entry.label), url, url != "/" and path.startswith(url)))
        return found[:6]

    @cached_property
    def footer(self) -> list[Link]:
        """Legal and practical pages."""
        territory = self.territory
        state = str(territory.settings.get("accessibility_state", "non")) if territory else "non"
        accessibility = {
            "totalement": _("Accessibilité : totalement conforme"),
            "partiellement": _("Accessibilité : partiellement conforme"),
        }.get(state, _("Accessibilité : non conforme"))
        entries = [
            ("legal", _("Mentions légales")),
            ("accessibility", accessibility),
            ("privacy", _("Données personnelles")),
            ("results", _("Résultats des services")),
            ("sitemap_page", _("Plan du site")),
            ("help", _("Aide")),
        ]
        return [Link(label, self.links[name]) for name, label in entries if self.links[name]]

    @cached_property
    def phone_sentence(self) -> str:
        """Whether someone answers the telephone now; empty when the territory has not told the hours."""
        territory = self.territory
        text = territory.settings.get("phone_hours", "") if territory else ""
        if not text:
            return ""
        now = timezone.now()
        return Hours(text, (), queries.holiday_names(), territory.time_zone).status(now).sentence


def house(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the house."""
    return {"house": House(request), "demo_mode": settings.DEMO}
