"""Logos of letterheads: taken in as pictures, judged by their content, drawn again, small."""

import base64
import hashlib
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal, scanner, uploads
from bocage.base.actors import Actor
from bocage.base.uploads import images
from bocage.messaging.models import Logo

MAX_SENT = 2_000_000  # bytes
BOX, MAX_KEPT = (600, 240), 60_000  # pixels (60 × 24 mm at 254 dots per inch), bytes
SMALLEST = 120  # pixels wide: below, it is blurred on paper
FLATTEST = 8  # times as wide as high: beyond, nothing of it can be read
STREAM = "messaging"


def keep_logo(upload: uploads.Readable, *, actor: Actor, now: datetime) -> Logo:
    """Keep a logo; the same drawing twice is one row. Raises uploads.RefusedFile, with what to do."""
    try:
        accepted = uploads.accept(upload, allowed={"image"}, max_bytes=MAX_SENT)
    except uploads.RefusedFile as error:
        if error.code != "too_big":
            raise
        raise uploads.RefusedFile("too_big", _("Ce fichier dépasse 2 Mo. Envoyez une image moins lourde.")) from None
    content, width, height = images.drawn_again(accepted.content, BOX, MAX_KEPT)
    if width < SMALLEST or not 1 / 2 <= width / height <= FLATTEST:
        raise uploads.RefusedFile(
            "shape",
            _(
                "Ce logo fait %(width)s × %(height)s points. Il en faut 120 de large au moins, et une forme ni trop "
                "plate ni trop haute."
            )
            % {"width": width, "height": height},
        )
    try:
        clean = scanner.scan(accepted.content).clean
    except scanner.ScannerUnavailable:
        raise uploads.RefusedFile("unscanned", _("La vérification ne répond pas. Réessayez dans un moment.")) from None
    if not clean:
        raise uploads.RefusedFile("refused", _("La vérification de sécurité a refusé ce fichier."))
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        logo, made = Logo.objects.get_or_create(
            sha256=digest, defaults={"png": base64.b64encode(content).decode(), "width": width, "height": height}
        )
        if made:
            payload = {"sha256": digest}
            journal.record(
                stream=STREAM,
                kind="messaging.logo_kept",
                subject=f"logo:{logo.pk}",
                actor=actor,
                payload=payload,
                now=now,
            )
    return logo
