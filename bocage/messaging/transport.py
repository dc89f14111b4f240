"""Where mail goes: the configured server, or in the demonstration the mailbox, from which nothing ever leaves."""

from datetime import datetime

from django.conf import settings

from bocage.messaging import smtp
from bocage.messaging.mime import Envelope
from bocage.messaging.models import MailboxMessage


class DemonstrationGuard(RuntimeError):
    """The demonstration was pointed at a mail server outside this machine: refused, whatever the settings say."""


def forbidden_here(url: str) -> bool:
    """Whether the demonstration must not speak to this server."""
    return bool(settings.DEMO and url and not smtp.server(url).is_loopback)


def deliver(mail: Envelope, now: datetime) -> str:
    """Hand a mail over. Raises smtp.Deferred, smtp.Refused, smtp.Cut, DemonstrationGuard."""
    url = settings.ENV.email_url
    if url:
        if forbidden_here(url):
            raise DemonstrationGuard("in demo mode mail never leaves this machine: unset EMAIL_URL")
        return smtp.send(url, mail)
    if settings.ENV.mode == "production":
        raise smtp.Deferred("Aucun serveur de courriel n’est configuré (EMAIL_URL).")
    keep(MailboxMessage.Kind.EMAIL, mail.message_id, ", ".join(mail.recipients), mail.title, mail.raw, now)
    return "kept in the mailbox"


def keep(kind: str, key: str, recipient: str, title: str, raw: bytes, now: datetime) -> None:
    """Put a mail or an SMS into the demonstration's mailbox; one handed over twice is kept once."""
    MailboxMessage.objects.bulk_create(
        [MailboxMessage(kind=kind, key=key, recipient=recipient[:320], title=title[:200], raw=raw, at=now)],
        ignore_conflicts=True,
    )
