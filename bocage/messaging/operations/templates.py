"""The texts of notices: loaded from the territory's data, rewritten at the desk, versioned."""

import re
import tomllib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.messaging import texts
from bocage.messaging.models import Template, TemplateVersion

KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


class UnknownTemplate(LookupError):
    """No text of that key, neither in the database nor in the territory's data."""


def current_version(key: str, now: datetime) -> TemplateVersion:
    """The text in use for ``key``; loaded from the territory's data when it is met for the first time.

    Raises UnknownTemplate.
    """
    version = TemplateVersion.objects.filter(template__key=key, template__current_id=F("id")).first()
    return version or load_template(_file(key), now)


def _folder() -> Path:
    return Path(settings.TERRITORY_ROOT) / settings.ENV.territory / "templates"


def _file(key: str) -> Path:
    path = _folder() / f"{key}.toml"
    if not KEY.fullmatch(key) or not path.is_file():
        raise UnknownTemplate(key)
    return path


def load_templates(now: datetime) -> int:
    """Load every text of the territory's data; gives how many changed. Those rewritten at the desk are left alone."""
    before = TemplateVersion.objects.count()
    for path in sorted(_folder().glob("*.toml")):
        load_template(path, now)
    return TemplateVersion.objects.count() - before


@transaction.atomic
def load_template(path: Path, now: datetime) -> TemplateVersion:
    """Bring one text up to its file. Raises texts.BadText when it names a variable that it does not declare."""
    content = tomllib.loads(path.read_text())
    key = path.stem
    template, _new = Template.objects.get_or_create(key=key, defaults={"name": content["name"]})
    current = template.current
    wanted = _checked(content["title"], content["body"], content.get("sms", ""), content.get("variables", []))
    if current is not None and (current.source == "desk" or _same(current, wanted)):
        return current
    return _add(template, wanted, "file", Actor.system("territory"), now)


@transaction.atomic
def write_template(*, key: str, title: str, body: str, sms: str = "", actor: Actor, now: datetime) -> TemplateVersion:
    """A new version of a text, written at the desk, with the variables that its kind of notice declares.

    Raises Template.DoesNotExist, texts.BadText.
    """
    template = Template.objects.select_related("current").get(key=key)
    variables = template.current.variables if template.current else []
    return _add(template, _checked(title, body, sms, variables), "desk", actor, now)


def _checked(title: str, body: str, sms: str, variables: Iterable[str]) -> dict[str, Any]:
    names = sorted(variables)
    for text in (title, body, sms):
        texts.check(text, names)
    return {"title": texts.one_line(title), "body": body.strip(), "sms": texts.one_line(sms, 480), "variables": names}


def _same(version: TemplateVersion, wanted: dict[str, Any]) -> bool:
    return all(getattr(version, name) == value for name, value in wanted.items())


def _add(template: Template, wanted: dict[str, Any], source: str, actor: Actor, now: datetime) -> TemplateVersion:
    number = (template.current.number if template.current else 0) + 1
    version, created = TemplateVersion.objects.get_or_create(
        template=template, number=number, defaults={**wanted, "source": source, "created_at": now}
    )
    if created:
        Template.objects.filter(pk=template.pk).update(current=version)
        journal.record(
            stream="messaging",
            kind="messaging.template_written",
            subject=f"template:{template.pk}",
            actor=actor,
            now=now,
            payload={"number": number},
        )
    return version
