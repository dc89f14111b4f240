"""Editorial pages to everyone, without an account."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views import static
from django.views.decorators.http import require_safe
from wagtail import views as wagtail_views
from wagtail.documents.views import serve as wagtail_documents

from bocage.publishing import queries
from bocage.publishing.feeds import NewsFeed


@login_not_required
def serve(request: HttpRequest, path: str) -> HttpResponseBase:
    """The page at an address of the tree."""
    response: HttpResponseBase = wagtail_views.serve(request, path)
    return response


@login_not_required
def document(request: HttpRequest, document_id: str, filename: str) -> HttpResponseBase:
    """A file that an editor published."""
    response: HttpResponseBase = wagtail_documents.serve(request, document_id, filename)
    return response


@login_not_required
def page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The page of that slug just under the root, for addresses that the code names (legal pages).

    Raises Http404 when nobody has written it.
    """
    found = queries.page_by_slug(slug)
    if found is None:
        raise Http404(f"no page {slug}")
    response: HttpResponseBase = found.serve(request)
    return response


@login_not_required
@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """A picture that an editor published, for installations where no front server serves ``MEDIA_ROOT``.

    Raises Http404. Wagtail names each rendition anew when its picture changes: it may be kept for long.
    """
    response: HttpResponseBase = static.serve(request, path, document_root=settings.MEDIA_ROOT)
    response["Cache-Control"] = "public, max-age=604800"
    return response


feed = login_not_required(NewsFeed())
