"""Notices for tests, told through the operation."""

from typing import Any

from bocage.base.actors import Actor
from bocage.messaging.models import Delivery, Letter, Notice
from bocage.messaging.operations import Recipient, Text, notify
from tests.conftest import NOW

SYSTEM = Actor.system("tests")
TEXT = Text(
    title="Votre demande {{ reference }} est reçue",
    body="Nous avons reçu votre demande.\n\nÀ apporter :\n- une photo\n- un justificatif\n\nÀ bientôt.",
)
EMAIL = Recipient(name="Jeanne Lefebvre", email="jeanne@example.org")
SMS = Recipient(name="Jeanne Lefebvre", phone="+33612345678")
POST = Recipient(name="Jeanne Lefebvre", address_lines=("12 rue de l’Église", "59530 Locquignol"))

_numbers = iter(range(1, 1_000_000))


def notice(recipient: Recipient = EMAIL, **values: Any) -> Notice:
    """Something told to someone."""
    defaults: dict[str, Any] = {
        "key": f"test:{next(_numbers)}",
        "template": "test",
        "text": TEXT,
        "context": {"reference": "K7RF-2M9X-C"},
        "subject": "case:1",
        "actor": SYSTEM,
        "now": NOW,
    }
    return notify(recipient=recipient, **{**defaults, **values})


def delivery(recipient: Recipient = EMAIL, **values: Any) -> Delivery:
    """Its delivery."""
    return notice(recipient, **values).deliveries.get()


def letter(recipient: Recipient = POST, **values: Any) -> Letter:
    """A letter, not drawn yet."""
    return Letter.objects.select_related("delivery__notice").get(
        delivery=delivery(recipient, channels=["letter"], **values)
    )
