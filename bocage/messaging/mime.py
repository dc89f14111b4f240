"""The mail of a notice: plain text, the same as simple HTML, its files, and headers that say a machine wrote it."""

from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formataddr, parseaddr
from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string

from bocage.messaging import texts
from bocage.messaging.attachments import files_of
from bocage.messaging.letterhead import Letterhead, kept_letterhead
from bocage.messaging.models import Delivery, Notice

# Quoted-printable keeps lines short and accents whole, whatever the servers in between.
POLICY = policy.SMTP.clone(cte_type="7bit", max_line_length=76)


class Envelope(NamedTuple):
    """A mail ready to be handed over: who sends, who receives, its Message-ID, its bytes."""

    sender: str
    recipients: list[str]
    message_id: str
    raw: bytes
    title: str = ""


def domain() -> str:
    """The domain of our Message-IDs: that of the address we write from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def message_id(key: str) -> str:
    """The Message-ID of a delivery: the same each time it is handed over."""
    return f"<{key}@{domain()}>"


def ascii_address(address: str) -> str:
    """``address`` with an international domain in its ASCII form, as envelopes need it."""
    local, _at, host = address.rpartition("@")
    return f"{local}@{host.encode('idna').decode()}"


def envelope(delivery: Delivery) -> Envelope:
    """The mail of a delivery. The same delivery gives the same Message-ID, date and words.

    Raises ValueError for a header that would hold a line break.
    """
    notice = delivery.notice
    head = kept_letterhead(notice.head, notice.organisation_id)
    sender_name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    recipient = ascii_address(delivery.address)
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = notice.title
    mail["From"] = formataddr((head.name or sender_name, sender))
    local, _at, host = recipient.rpartition("@")
    mail["To"] = Address(delivery.name, local, host)
    if head.email:
        mail["Reply-To"] = head.email
    mail["Date"] = delivery.created_at
    mail["Message-ID"] = identifier = message_id(delivery.message_id)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Content-Language"] = "fr"
    mail.set_content(plain(notice, head), cte="quoted-printable")
    mail.add_alternative(html(notice, head), subtype="html", cte="quoted-printable")
    for file in files_of(notice):
        kind, _slash, subtype = file.content_type.partition("/")
        mail.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
    return Envelope(ascii_address(sender), [recipient], identifier, mail.as_bytes(), notice.title)


def plain(notice: Notice, head: Letterhead) -> str:
    """The text part: what the notice says, where to go, delays and remedies, who writes."""
    parts = [notice.body]
    if notice.link:
        parts.append(f"{notice.link_label or 'Suivre votre dossier'} :\n{notice.link}")
    if notice.signatory_name:
        parts.append(
            "\n".join(filter(None, (notice.signatory_name, notice.signatory_title, notice.signatory_delegation)))
        )
    if notice.remedies:
        parts.append(f"Si vous n’êtes pas d’accord\n\n{notice.remedies}")
    if notice.reference:
        parts.append(f"Référence à rappeler : {notice.reference}")
    parts.append("-- \n" + "\n".join((*head.lines, "Ce courriel est envoyé automatiquement.")))
    return "\n\n".join(parts) + "\n"


def html(notice: Notice, head: Letterhead) -> str:
    """The HTML part: no image, no tracking, readable in the dark."""
    return render_to_string(
        "messaging/email.html",
        {
            "notice": notice,
            "blocks": texts.blocks(notice.body),
            "remedies": texts.blocks(notice.remedies) if notice.remedies else (),
            "head": head,
        },
    )
