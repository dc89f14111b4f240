"""Letters on A4 for a French DL window envelope.

The envelope is 220 × 110 mm with a window of 100 × 45 mm, 20 mm from its right and bottom edges: the window lies 100 to
200 mm from the left and 45 to 90 mm from the top. The sheet folded in three is 210 × 99 mm: it may slide 10 mm across
and 11 mm down. So the window may show the sheet from 90 to 200 mm across and 34 to 90 mm down (``SEEN``), and always
shows 100 to 190 mm across and 45 to 79 mm down (``SURE``). The address stands in the second, nothing else in the first.

Sources: these are the figures of the French DL envelope with a 45 × 100 window as sold; a mailing house's guide agrees
(edics.fr, "Rédiger vos adresses : les bonnes pratiques": an address of 85 × 33 mm, 110 mm from the left and 55 mm from
the top). The text of AFNOR NF Z 11-001 was not obtained: try a letter in your own envelopes before ordering many.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import NamedTuple

import segno
from django.conf import settings
from pypdf import PdfWriter

from bocage.base import pdf
from bocage.base.dates import french_date
from bocage.messaging import texts
from bocage.messaging.addressing import postal_block
from bocage.messaging.attachments import files_of
from bocage.messaging.letterhead import kept_letterhead, logo_uri
from bocage.messaging.models import Letter


class Zone(NamedTuple):
    """A rectangle of the sheet, in mm from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


SEEN = Zone(90, 34, 200, 90)
"""What the window may show, however the sheet slides."""

SURE = Zone(100, 45, 190, 79)
"""What the window always shows."""

CSS = ("ui/print.css", "messaging/letter.css")
RETURN_PATH = "/bureau/courriers/retour/"


def available() -> bool:
    """Whether letters can be drawn on this machine; ``pdf.why_not()`` tells the command that turns it on."""
    return pdf.available()


def greeting(body: str) -> str:
    """The greeting of a letter whose text brings none."""
    begins = body.lstrip()[:40].casefold()
    return "" if begins.startswith(("bonjour", "madame", "monsieur", "cher", "chère")) else "Madame, Monsieur,"


def qr(letter: Letter) -> str:
    """The QR of a letter as an inline image: the agents' return screen, for when the letter comes back."""
    address = f"{settings.ENV.base_url}{RETURN_PATH}?reference={letter.reference}"
    return segno.make(address, error="m", micro=False).svg_data_uri(border=0, scale=4)


def content(letter: Letter) -> bytes:
    """The PDF of a letter, with what is enclosed behind it. Raises pdf.Unavailable."""
    delivery = letter.delivery
    notice = delivery.notice
    head = kept_letterhead(notice.head, notice.organisation_id)
    written = pdf.render(
        "messaging/letter.html",
        {
            "letter": letter,
            "notice": notice,
            "address": postal_block(delivery.name, delivery.address.split("\n")),
            "head": head,
            "logo": logo_uri(head),
            "greeting": greeting(notice.body),
            "blocks": texts.blocks(notice.body),
            "remedies": texts.blocks(notice.remedies) if notice.remedies else (),
            "qr": qr(letter),
            "written_on": french_date(notice.created_at),
        },
        css=CSS,
    )
    enclosed = [file.content for file in files_of(notice) if file.content_type == "application/pdf"]
    return _together([written, *enclosed]) if enclosed else written


def _together(parts: Iterable[bytes]) -> bytes:
    writer, out = PdfWriter(), BytesIO()
    for part in parts:
        writer.append(BytesIO(part))
    writer.write(out)
    return out.getvalue()
