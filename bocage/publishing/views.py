"""Editorial pages to everyone, without an account."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
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


feed = login_not_required(NewsFeed())
