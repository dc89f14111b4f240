"""The registry: what the installed apps contribute, found through their manifests.

``portal``, ``desk``, ``search`` and the rest iterate here and know no service by name.
"""

import logging
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from django.conf import settings
from django.utils.module_loading import import_string

from bocage.base.manifest import Manifest

T = TypeVar("T")
logger = logging.getLogger(__name__)


@cache
def manifests() -> tuple[Manifest, ...]:
    """The manifests of the installed apps, in the order of the settings."""
    return tuple(
        import_module(f"{app}.manifest").manifest for app in settings.BOCAGE_APPS if find_spec(f"{app}.manifest")
    )


def contributions(field: str) -> Iterator[tuple[Manifest, Any]]:
    """Every contribution to ``field`` of a manifest, with the manifest that makes it."""
    for manifest in manifests():
        value = getattr(manifest, field)
        for item in value if isinstance(value, tuple) else (value,) if value else ():
            yield manifest, item


@cache
def resolve(path: str) -> Any:
    """The object at a dotted path. Raises ImportError."""
    return import_string(path)


def isolated(manifest: Manifest, path: str, call: Callable[[Any], T]) -> T | None:
    """``call`` the contribution at ``path``; a failure is logged and gives None: it never takes the house down."""
    try:
        return call(resolve(path))
    except Exception:
        logger.exception("contribution failed", extra={"app": manifest.name, "path": path})
        return None
