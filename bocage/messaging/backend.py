"""Django's e-mail backend: mails of accounts (a code, a password forgotten) go through the outbox, before the rest."""

import base64
import hashlib
from collections.abc import Sequence
from email.utils import parseaddr

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from bocage.base import outbox
from bocage.messaging.mime import ascii_address, message_id


class OutboxEmailBackend(BaseEmailBackend):
    """Writes each mail to the outbox, in the transaction of whoever sends it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Enqueue; gives how many. The same mail to the same people in the same minute is one mail (a double click)."""
        now = timezone.now()
        sent = 0
        with transaction.atomic():
            for mail in email_messages:
                recipients = [ascii_address(parseaddr(address)[1]) for address in mail.recipients()]
                if not recipients:
                    continue
                content = "\0".join((now.strftime("%Y%m%d%H%M"), *recipients, str(mail.subject), str(mail.body)))
                key = hashlib.sha256(content.encode()).hexdigest()[:40]
                mail.extra_headers.setdefault("Message-ID", message_id(key))
                mail.extra_headers.setdefault("Auto-Submitted", "auto-generated")
                raw = mail.message().as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                payload = {
                    "raw": base64.b64encode(raw).decode(),
                    "sender": ascii_address(parseaddr(mail.from_email)[1]),
                    "recipients": recipients,
                    "message_id": mail.extra_headers["Message-ID"],
                    "title": str(mail.subject),
                }
                outbox.enqueue("messaging.email", f"messaging.email:{key}", payload, now=now, awaited=True)
                sent += 1
        return sent
