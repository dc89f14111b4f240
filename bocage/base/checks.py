"""System checks of the manifests: what they name exists, and no two contributions bear the same name."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import time
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.urls import NoReverseMatch, reverse

from bocage.base import crypto, registry
from bocage.base.manifest import DeskEntry, Job, Manifest, PortalEntry

_PATHS = (
    "path",
    "permission",
    "run",
    "due",
    "people_of",
    "export",
    "erase",
    "fate",
    "files",
    "subjects",
    "agreed",
    "in_use",
    "concerned",
    "move",
    "rows",
    "told",
    "notes",
)
_NAMED = (
    "topics",
    "jobs",
    "subscribers",
    "search",
    "personal_data",
    "person_rows",
    "retentions",
    "processings",
    "today",
    "workflow_effects",
    "field_ports",
    "open_data",
)
"""Fields of a manifest whose items share one space of names across the house."""


def _items(manifest: Manifest) -> Iterator[tuple[str, Any]]:
    """(field, contribution) of a manifest; a dotted path given bare comes as text."""
    for field in fields(manifest):
        value = getattr(manifest, field.name)
        if isinstance(value, tuple) and field.name not in {"acts", "traces"}:  # kinds of events; labels of models
            yield from ((field.name, item) for item in value)
        elif field.name in {"load", "demo"} and value:
            yield field.name, value


def _dotted_paths(contribution: Any) -> Iterator[str]:
    if isinstance(contribution, str):
        yield contribution  # given bare
    elif is_dataclass(contribution):
        yield from (path for name in _PATHS if (path := getattr(contribution, name, "")))


@register()
def dotted_paths(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Every dotted path of every manifest leads to something that can be called."""
    found: list[CheckMessage] = []
    for manifest in registry.manifests():
        for field, contribution in _items(manifest):
            for path in _dotted_paths(contribution):
                try:
                    sound = callable(registry.resolve(path))
                except Exception as error:
                    found.append(Error(f"{manifest.name}: {field}: {path}: {error!r}", id="bocage.E001"))
                else:
                    if not sound:
                        found.append(Error(f"{manifest.name}: {field}: {path} cannot be called", id="bocage.E002"))
    return found


@register(Tags.urls)
def addresses(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Every address name of an entry reverses."""
    found: list[CheckMessage] = []
    for manifest in registry.manifests():
        for field, entry in _items(manifest):
            if isinstance(entry, PortalEntry | DeskEntry):
                try:
                    reverse(entry.url_name, args=entry.args)
                except NoReverseMatch as error:
                    found.append(Error(f"{manifest.name}: {field}: {entry.label}: {error}", id="bocage.E003"))
    return found


@register()
def names(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Names are given once: apps, and each kind of contribution across the apps; hours of jobs can be read."""
    found: list[CheckMessage] = []
    named = Counter(manifest.name for manifest in registry.manifests())
    found += [Error(f"two apps are named {name}", id="bocage.E004") for name, count in named.items() if count > 1]
    for field in _NAMED:
        count_of = Counter(item.name for _manifest, item in registry.contributions(field))
        found += [
            Error(f"{field}: {name} is contributed {count} times", id="bocage.E005")
            for name, count in count_of.items()
            if count > 1
        ]
    for manifest, job in registry.contributions("jobs"):
        found += _job(manifest, job)
    topic_names = [topic.name for _manifest, topic in registry.contributions("topics")]
    found += [Error(f"the topic {name} is too long", id="bocage.E007") for name in topic_names if len(name) > 60]
    return found


@register()
def declared_tables(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Every table that a manifest answers for exists, and is answered for once; the words of an export are there."""
    found: list[CheckMessage] = []
    named: Counter[str] = Counter()
    for manifest in registry.manifests():
        tables = [*manifest.traces, *(label for holder in manifest.personal_data for label in holder.tables)]
        named.update(tables)
        for label in tables:
            try:
                apps.get_model(label)
            except (LookupError, ValueError):
                found.append(Error(f"{manifest.name}: no model is named {label}", id="bocage.E009"))
        for holder in manifest.personal_data:
            if holder.words and not isinstance(registry.resolve(holder.words), dict):
                found.append(Error(f"{manifest.name}: {holder.words} is no dictionary", id="bocage.E002"))
    found += [
        Error(f"{label} is declared {count} times", id="bocage.E009") for label, count in named.items() if count > 1
    ]
    return found


def _job(manifest: Manifest, job: Job) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if job.every.total_seconds() < 1 or len(job.name) > 60:
        found.append(Error(f"{manifest.name}: job {job.name}: interval under 1 s, or name too long", id="bocage.E006"))
    if job.at:
        try:
            time.fromisoformat(job.at)
        except ValueError:
            found.append(Error(f"{manifest.name}: job {job.name}: {job.at!r} is not an hour", id="bocage.E006"))
        if job.every.seconds or not job.every.days:
            found.append(Error(f"{manifest.name}: job {job.name}: an hour needs whole days", id="bocage.E006"))
    return found


@register(Tags.security, deploy=True)
def keys(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Sensitive fields can be sealed."""
    try:
        crypto.seal("")
    except crypto.KeysMissing as error:
        return [Warning(str(error), id="bocage.W001")]
    except crypto.BadKey as error:
        return [Error(str(error), id="bocage.E008")]
    return []
