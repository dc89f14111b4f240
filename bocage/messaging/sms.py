"""SMS through a port: a provider is a class of a few lines, named by BOCAGE_SMS; without one they are recorded."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from bocage.messaging.models import MailboxMessage
from bocage.messaging.transport import keep

# GSM 03.38: the default alphabet, and the signs that cost two places.
GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_DOUBLE = frozenset("^{}\\[~]|€\f")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "«": '"', "»": '"', "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
_PLAIN.update({ord(sign): " " for sign in "\u00a0\u202f\u2009"})


class SmsRefused(Exception):
    """The provider will never send it. The message is for agents."""


class SmsDeferred(Exception):
    """Not taken this time; to be tried again. The message is for agents."""


class SmsPort(Protocol):
    """A provider. ``send`` gives the provider's reference of the message.

    The same ``idempotency_key`` must not send twice: a port whose provider does not know such keys keeps them itself.
    Raises SmsRefused, SmsDeferred; anything else is uncertain and will be repeated with the same key.
    """

    def send(self, number: str, text: str, idempotency_key: str) -> str:
        """Hand over ``text`` for ``number`` (E.164)."""
        ...


@dataclass(frozen=True)
class Segments:
    """What a text costs: its alphabet, its places, and how many SMS it makes."""

    alphabet: str
    places: int
    count: int


def plain(text: str) -> str:
    """``text`` with typographic signs that would halve an SMS's room replaced by those of the GSM alphabet."""
    return text.translate(_PLAIN)


def segments(text: str) -> Segments:
    """How a text is cut: 160 places in GSM-7 (153 each when several), 70 in UCS-2 (67 each when several)."""
    if all(sign in GSM7 or sign in GSM7_DOUBLE for sign in text):
        alphabet, alone, each = "GSM-7", 160, 153
        costs = [2 if sign in GSM7_DOUBLE else 1 for sign in text]
    else:
        alphabet, alone, each = "UCS-2", 70, 67
        costs = [2 if ord(sign) > 0xFFFF else 1 for sign in text]
    places = sum(costs)
    if places <= alone:
        return Segments(alphabet, places, 1)
    count, room = 1, each
    for cost in costs:  # a sign of two places is never cut in the middle
        if cost > room:
            count, room = count + 1, each
        room -= cost
    return Segments(alphabet, places, count)


class Recorded:
    """No provider: the SMS is kept in the demonstration's mailbox, and goes nowhere."""

    def send(self, number: str, text: str, idempotency_key: str) -> str:
        """Keep it."""
        return self.keep(number, text, idempotency_key, timezone.now())

    @staticmethod
    def keep(number: str, text: str, idempotency_key: str, now: datetime) -> str:
        """Keep it, as of ``now``."""
        keep(MailboxMessage.Kind.SMS, idempotency_key, number, text[:200], text.encode(), now)
        return f"recorded:{idempotency_key}"


@cache
def _configured(path: str) -> SmsPort:
    port: SmsPort = import_string(path)()
    return port


def port() -> SmsPort:
    """The provider of this installation. In the demonstration always the recorder; production without one refuses."""
    if settings.ENV.sms and not settings.DEMO:
        return _configured(settings.ENV.sms)
    if settings.ENV.mode == "production":
        raise SmsDeferred("Aucun fournisseur de SMS n’est configuré (BOCAGE_SMS).")
    return Recorded()
