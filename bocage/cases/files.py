"""The files of a posted form: joined, taken out, scanned papers put with a field; for residents and agents alike.

The answers themselves change in ``save_answers``, which knows what another window added meanwhile.
"""

from collections.abc import Callable, Mapping

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from bocage.base.actors import Actor
from bocage.cases.engine import Refused
from bocage.cases.forms import shown_values
from bocage.cases.models import Case
from bocage.cases.operations import add_document, remove_document
from bocage.cases.operations.drafts import FileChange
from bocage.cases.views.limits import TOO_MANY_FILES


def take_files(
    request: HttpRequest,
    case: Case,
    shown: set[str],
    *,
    actor: Actor,
    may: Callable[[HttpRequest], bool] = lambda _request: True,
    scans: Mapping[str, str] | None = None,
) -> tuple[dict[str, FileChange], dict[str, str]]:
    """Changes of the fields ``shown``, and the errors of the files refused.

    ``may`` counts a file joined; ``scans`` says of each scanned paper the field it was put with ("": none).
    """
    now, sorted_scans = timezone.now(), scans or {}
    changes: dict[str, FileChange] = {}
    errors: dict[str, str] = {}
    for field in case.version.document.by_id.values():
        if field.kind != "file" or field.agent or field.id not in shown:
            continue
        removed = set(request.POST.getlist(f"{field.id}.remove"))
        if removed:
            own = case.documents.filter(key__in=removed).exclude(source="scan").values_list("key", flat=True)
            for key in list(own):
                remove_document(case, key, actor=actor, now=now)
        dropped = removed | {key for key, wanted in sorted_scans.items() if wanted != field.id}
        added = [key for key, wanted in sorted_scans.items() if wanted == field.id and key not in removed]
        count = len(FileChange(tuple(added), frozenset(dropped)).on(shown_values(case).get(field.id)))
        for upload in request.FILES.getlist(field.id):
            if not may(request):
                errors[field.id] = str(TOO_MANY_FILES)
                break
            if count >= field.max_files:
                errors[field.id] = _("Joignez %(count)s fichiers au plus.") % {"count": field.max_files}
                break
            try:
                added.append(add_document(case, upload, field=field, actor=actor, now=now).key)
            except Refused as refused:
                errors[field.id] = refused.errors.get(field.id, refused.message)
            else:
                count += 1
        if added or dropped:
            changes[field.id] = FileChange(tuple(added), frozenset(dropped))
    return changes, errors
