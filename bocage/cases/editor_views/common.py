"""What every screen of the editor shares: who may write which procedure, and what happens when two write at once."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from bocage.base.dates import french_datetime
from bocage.cases.desk_views.common import number_of, scope_of_request
from bocage.cases.models import Procedure, ProcedureDraft
from bocage.identity.models import Role
from bocage.identity.scope import Scope

P = ParamSpec("P")


def writing_scope(request: HttpRequest) -> Scope:
    """The part of the agent's reach within which they write procedures: what they manage."""
    return scope_of_request(request).only(Role.MANAGER)


def my_services(request: HttpRequest) -> frozenset[str] | None:
    """The services whose procedures the agent writes; None for all of them."""
    posts = [
        post
        for post in writing_scope(request).posts
        if post.role == Role.ADMINISTRATOR or (post.commune_id is None and post.organisation_id is None)
    ]
    everywhere = any(post.role == Role.ADMINISTRATOR or not post.service for post in posts)
    return None if everywhere else frozenset(post.service for post in posts)


def my_procedures(request: HttpRequest) -> QuerySet[Procedure]:
    """The published procedures that the agent may write."""
    return Procedure.objects.filter(writing_scope(request).q("service", None, None)).select_related("current")


def my_drafts(request: HttpRequest) -> QuerySet[ProcedureDraft]:
    """The drafts that the agent may write: a draft that changes service wants both."""
    scope = writing_scope(request)
    mine = ProcedureDraft.objects.filter(scope.q("service", None, None))
    return mine.select_related("procedure", "procedure__current", "updated_by", "based_on")


def draft_view(
    view: Callable[Concatenate[HttpRequest, ProcedureDraft, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Give the view its draft, by the procedure's address. Out of reach, or unknown: 404 alike."""

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        draft = my_drafts(request).filter(slug=slug).first()
        if draft is None or (
            draft.procedure is not None and not my_procedures(request).filter(pk=draft.procedure_id).exists()
        ):
            raise Http404
        return view(request, draft, *args, **kwargs)

    return wrapped


def seen_revision(request: HttpRequest, draft: ProcedureDraft) -> int:
    """The revision that the posted page showed; a page that does not say saw the present one."""
    return number_of(request.POST.get("revision", ""), draft.revision)


def changed_by(draft: ProcedureDraft, *, gone: bool = False) -> str:
    """What to say to the second of two who write at once; ``gone``: what they were writing was taken away."""
    told = (
        _("%(name)s a modifié cette démarche pendant que vous écriviez, le %(when)s.")
        if gone
        else _(
            "%(name)s a modifié cette démarche pendant que vous écriviez, le %(when)s. Rien n’est perdu : ce que vous "
            "avez tapé est ci-dessous. Relisez, puis enregistrez encore pour le garder."
        )
    )
    name = str(draft.updated_by) if draft.updated_by else _("Quelqu’un")
    return told % {"name": name, "when": french_datetime(draft.updated_at)}


def fresh(draft: ProcedureDraft) -> ProcedureDraft:
    """The draft as it stands now. Raises Http404 when it was published or given up meanwhile."""
    found = ProcedureDraft.objects.select_related("updated_by", "procedure", "based_on").filter(pk=draft.pk).first()
    if found is None:
        raise Http404
    return found


def body_of(draft: ProcedureDraft) -> dict[str, Any]:
    """The draft's document, sound or not."""
    return dict(draft.body)
