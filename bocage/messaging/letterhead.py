"""Who writes: the territory, or the body to which a service is entrusted (DESIGN.md rule 13)."""

from dataclasses import dataclass
from typing import Any

from bocage.identity.reading import written_phone
from bocage.messaging.models import Logo
from bocage.territory.models import Organisation, Place, Territory
from bocage.territory.queries import territory


@dataclass(frozen=True)
class Letterhead:
    """The name and contacts at the head of a letter and at the foot of a mail."""

    name: str = ""
    address: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    city: str = ""
    logo: str = ""  # the digest of a ``Logo``

    @property
    def telephone(self) -> str:
        """The number as one dials it, however it was typed."""
        return written_phone(self.phone) if self.phone else ""

    @property
    def lines(self) -> tuple[str, ...]:
        """Name, address, telephone, e-mail: those that are known."""
        phone = f"Téléphone : {self.telephone}" if self.phone else ""
        return tuple(line for line in (self.name, *self.address, phone, self.email) if line)


def logo_uri(head: Letterhead) -> str:
    """The drawing of a letterhead, for an image's address; nothing where it has none."""
    found = Logo.objects.filter(sha256=head.logo).first() if head.logo else None
    return found.uri if found else ""


def kept_letterhead(told: dict[str, Any] | None, organisation_id: int | None) -> Letterhead:
    """The letterhead kept with a notice, else that of its body."""
    return Letterhead(**{**told, "address": tuple(told["address"])}) if told else letterhead(organisation_id)


def letterhead(organisation_id: int | None) -> Letterhead:
    """The letterhead of a body, or the territory's for None."""
    if organisation_id is not None:
        body = Organisation.objects.select_related("commune").get(pk=organisation_id)
        place = Place.objects.filter(run_by=body).order_by("id").first()
        city = body.commune.name if body.commune else ""
        if place is None:
            return Letterhead(body.name, city=city)
        return Letterhead(body.name, _lines(place.address), place.phone, place.email, city or place.commune.name)
    try:
        house = territory()
    except Territory.DoesNotExist:
        return Letterhead()
    address = _lines(house.address)
    city = address[-1].lstrip("0123456789 ") if address else ""
    return Letterhead(house.name, address, house.phone, house.email, city)


def _lines(address: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in address.splitlines() if line.strip())
