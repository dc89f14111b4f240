"""What every page may know of the house: the territory, the way in, the commune chosen, the counter that can help.

``ui`` is below the territory: its layout reads the variable ``house`` that this context processor gives. Everything
in it is worked out when the page asks, and only then.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from bocage.base import registry
from bocage.base.opening_hours import Hours, Status
from bocage.identity import hats
from bocage.identity.acting import acting
from bocage.portal.links import safe_reverse
from bocage.portal.remember import remembered
from bocage.territory import queries
from bocage.territory.chosen import chosen_commune
from bocage.territory.models import Commune, Territory

_LINKS = (
    "home", "search", "space", "my_commune", "help", "legal", "accessibility", "privacy", "results", "sitemap_page",
    "account_login", "account_signup", "account_logout", "demo_panel", "demo_mailbox", "track",
    "identity_home", "charte", "helping_home", "helping_stop", "helping_given", "identity_hat", "identity_household",
    "data_home", "processing_register",
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
        return queries.short_name()

    @property
    def address_line(self) -> str:
        """The address of the territory on one line."""
        return ", ".join(self.territory.address.splitlines()) if self.territory else ""

    @cached_property
    def commune(self) -> Any:
        """The commune that the visitor chose, or None."""
        return chosen_commune(self._request)

    @cached_property
    def acting(self) -> Any:
        """The mandate under which the visitor acts for someone, or None."""
        return acting(self._request)

    @cached_property
    def hats(self) -> list[dict[str, Any]]:
        """The capacities in which the visitor may come, for who has several; empty for anyone else."""
        return hats.choices(self._request)

    @property
    def hat(self) -> str:
        """The one worn; before one is chosen, what the page is anyway."""
        chosen = next((one["label"] for one in self.hats if one["worn"]), "")
        here = hats.AGENT if hasattr(self._request, "scope") else hats.SELF
        return chosen or next((one["label"] for one in self.hats if one["key"] == here), _("Choisir un rôle"))

    @cached_property
    def counter(self) -> Counter | None:
        """The counter to go to: open now if one is, near the commune chosen if one was."""
        commune = self.commune
        return remembered(f"counter:{commune.pk if commune else 0}", lambda: nearest_counter(commune))

    @cached_property
    def menu(self) -> list[Link]:
        """The main menu: portal entries of manifests that belong to no act."""
        path = self._request.path
        found = []
        for manifest, entry in sorted(
            ((manifest, entry) for manifest, entry in registry.contributions("portal") if entry.act is None),
            key=lambda pair: pair[1].order,
        ):
            if manifest.service and not queries.is_enabled(manifest.name):
                continue
            if url := safe_reverse(entry.url_name, *entry.args):
                found.append(Link(str(entry.label), url, url != "/" and path.startswith(url)))
        return found[:7]

    @property
    def accessibility(self) -> str:
        """The words that the law wants on every page (loi n° 2005-102, art. 47; décret n° 2019-768, art. 5)."""
        return {
            "totalement": _("Accessibilité : totalement conforme"),
            "partiellement": _("Accessibilité : partiellement conforme"),
        }.get(self._accessibility_state, _("Accessibilité : non conforme"))

    @property
    def accessibility_sentence(self) -> str:
        """The same as a sentence, for the statement."""
        name = self.territory.name if self.territory else _("Ce site")
        return {
            "totalement": _("Le site de %(name)s est totalement conforme au RGAA."),
            "partiellement": _("Le site de %(name)s est partiellement conforme au RGAA."),
        }.get(
            self._accessibility_state,
            _("Le site de %(name)s n’est pas encore conforme au RGAA : aucun audit complet n’a été mené."),
        ) % {"name": name}

    @property
    def _accessibility_state(self) -> str:
        return str(self.territory.settings.get("accessibility_state", "non")) if self.territory else "non"

    @cached_property
    def footer(self) -> list[Link]:
        """Legal and practical pages."""
        entries = [
            ("legal", _("Mentions légales")),
            ("accessibility", self.accessibility),
            ("privacy", _("Données personnelles")),
            ("results", _("Résultats des services")),
            ("sitemap_page", _("Plan du site")),
            ("help", _("Aide")),
        ]
        return [Link(label, self.links[name]) for name, label in entries if self.links[name]]

    @cached_property
    def phone(self) -> Status | None:
        """Whether someone answers the telephone now; None when the territory has not told the hours."""
        territory = self.territory
        text = territory.settings.get("phone_hours", "") if territory else ""
        if not text:
            return None
        zone = territory.time_zone

        def compute() -> Status:
            return Hours(text, (), queries.holiday_names(), zone).status(timezone.now())

        return remembered("phone", compute)


def nearest_counter(commune: Commune | None) -> Counter | None:
    """The counter of the help band, worked out from places, hours and closures."""
    found = queries.nearest_open_counter(commune, timezone.now())
    if found is None:
        return None
    status = found.status
    return Counter(found.place.name, safe_reverse("place", found.place.slug), status.open, status.sentence)


def house(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the house."""
    return {"house": House(request), "demo_mode": settings.DEMO}
