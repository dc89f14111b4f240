"""Ready-made cases for tests: the composter of Mormal, answered by Marcelle."""

import json
from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from bocage.base.actors import Actor
from bocage.cases.models import Case, Procedure
from bocage.cases.operations import add_document, publish, save_answers, scan_document, start_draft, submit_case
from bocage.cases.schema import ProcedureDocument

RESIDENT = Actor("visitor", None, "anonymous")

ANSWERS: dict[str, Any] = {
    "lives_here": "oui",
    "already_has": "non",
    "given_names": "Marcelle",
    "birth_name": "Delattre",
    "birth_date": "31/01/1948",
    "phone": "03 53 01 00 12",
    "address": {"line": "12 rue de l’Église", "postcode": "59530", "commune": "59353"},
    "housing": "house",
    "garden_size": "250",
    "tenant": "non",
    "household_size": "1",
    "model": "wood_300",
    "training": "non",
    "pickup_place": "lequesnoy",
    "statement": "oui",
}


@cache
def body(slug: str = "composteur") -> dict[str, Any]:
    """The JSON document of a procedure of the territory."""
    path = settings.TERRITORY_ROOT / "mormal" / "procedures" / f"{slug}.json"
    return dict(json.loads(path.read_text()))


@cache
def document(slug: str = "composteur") -> ProcedureDocument:
    """The same, validated."""
    return ProcedureDocument.model_validate(body(slug))


def composter(now: datetime) -> Procedure:
    """The procedure, published."""
    return publish(body(), actor=Actor.system("test"), now=now).procedure


@cache
def jpeg() -> bytes:
    """A small photograph."""
    out = BytesIO()
    Image.new("RGB", (64, 48), "white").save(out, "JPEG")
    return out.getvalue()


def picture(name: str = "facture.jpg") -> SimpleUploadedFile:
    """A photograph as a browser sends it."""
    return SimpleUploadedFile(name, jpeg(), "image/jpeg")


def draft(now: datetime, **answers: Any) -> Case:
    """A draft ready to be filed, its proof of address attached and scanned."""
    case, _code = start_draft(
        Procedure.objects.filter(slug="composteur").first() or composter(now), actor=RESIDENT, now=now
    )
    proof = add_document(case, picture(), field=document().by_id["proof"], actor=RESIDENT, now=now)
    save_answers(case, {**ANSWERS, "proof": [proof.key], **answers}, now=now)
    return case


def filed(now: datetime, **answers: Any) -> Case:
    """A case just filed."""
    return submit_case(draft(now, **answers), actor=RESIDENT, now=now)


__all__ = ["ANSWERS", "RESIDENT", "body", "composter", "document", "draft", "filed", "jpeg", "picture", "scan_document"]
