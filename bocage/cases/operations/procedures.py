"""Publishing procedures: documents of the territory become immutable versions."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.cases.models import Procedure, ProcedureVersion
from bocage.cases.operations.effects import known_effects
from bocage.cases.schema import ProcedureDocument
from bocage.cases.validation.effects import effect_problems


def canonical(body: dict[str, Any]) -> str:
    """The digest of a document, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def publish(body: dict[str, Any], *, actor: Actor, now: datetime, position: int = 100) -> ProcedureVersion:
    """Make a document the current version of its procedure; the same document twice makes one version.

    Raises pydantic.ValidationError (a ValueError), with French sentences, when the document is not sound, and
    ValueError when it names an effect that nothing installed performs, or does not say all that one needs.
    """
    document = ProcedureDocument.model_validate(body)
    for problem in effect_problems(document, known_effects()):
        raise ValueError(str(problem))
    procedure, _created = Procedure.objects.update_or_create(
        slug=document.slug,
        defaults={
            "service": document.service,
            "title": document.title,
            "summary": document.summary,
            "act": document.act,
            "position": position,
        },
    )
    digest = canonical(body)
    current = procedure.current
    if current is not None and current.sha256 == digest:
        return current
    last = procedure.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = ProcedureVersion.objects.create(
        procedure=procedure,
        number=last + 1,
        body=body,
        sha256=digest,
        published_at=now,
        published_by_id=actor.id if actor.kind == "account" else None,
    )
    procedure.current = version
    procedure.save(update_fields=["current"])
    journal.record(
        stream="cases",
        kind="cases.version_published",
        subject=f"procedure:{procedure.pk}",
        actor=actor,
        payload={"number": version.number, "sha256": digest},
        now=now,
    )
    return version


def load(now: datetime) -> None:
    """Publish the procedures of the territory's folder; run again, it changes nothing that is unchanged.

    A procedure whose current version was published by someone at the desk is theirs: the file no longer changes it.
    """
    folder: Path = settings.TERRITORY_ROOT / settings.ENV.territory / "procedures"
    for position, path in enumerate(sorted(folder.glob("*.json"))):
        body = json.loads(path.read_text())
        if Procedure.objects.filter(slug=body.get("slug"), current__published_by__isnull=False).exists():
            continue
        publish(body, actor=Actor.system("load"), now=now, position=position)
