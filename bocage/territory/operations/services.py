"""Which services of the house this territory has."""

from datetime import datetime

from django.db import transaction

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.territory import cached
from bocage.territory.models import ServiceSwitch
from bocage.territory.operations.stream import STREAM


def switch_service(service: str, enabled: bool, *, actor: Actor, now: datetime) -> ServiceSwitch:
    """Turn a service of the house on or off for this territory; what it holds is kept."""
    with transaction.atomic():
        cached.forget()
        switch, _created = ServiceSwitch.objects.update_or_create(service=service, defaults={"enabled": enabled})
        journal.record(
            stream=STREAM,
            kind="service.switched",
            subject=f"service:{service}",
            actor=actor,
            now=now,
            payload={"enabled": enabled},
        )
    return switch
