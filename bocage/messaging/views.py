"""The demonstration's mailbox: what would have left by mail, SMS or post. Answers 404 outside the demonstration."""

import email
import re
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import storages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from bocage.messaging import queries, sms
from bocage.messaging.models import Letter, MailboxMessage

PER_PAGE = 20
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)

View = Callable[..., HttpResponseBase]


def _demonstration(view: View) -> View:
    @login_not_required
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@_demonstration
def mailbox(request: HttpRequest) -> HttpResponseBase:
    """Everything, newest first."""
    page = Paginator(queries.mailbox(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "messaging/mailbox.html", {"page": page, "posts": queries.posts(list(page.object_list))})


@_demonstration
def message(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A mail or an SMS, as its recipient would read it."""
    kept = get_object_or_404(MailboxMessage, pk=pk)
    context: dict[str, Any] = {"message": kept}
    if kept.kind == MailboxMessage.Kind.SMS:
        text = bytes(kept.raw).decode()
        context |= {"text": text, "segments": sms.segments(text)}
    else:
        mail = _mail(kept)
        plain = mail.get_body(("plain",))
        context |= {
            "text": plain.get_content() if plain else "",
            "has_html": mail.get_body(("html",)) is not None,
            "headers": [(name, mail[name]) for name in ("From", "To", "Reply-To", "Message-ID") if mail[name]],
            "files": [part.get_filename() for part in mail.iter_attachments()],
        }
    return render(request, "messaging/mailbox_message.html", context)


@xframe_options_sameorigin
@csp_replace(
    {
        "default-src": ["'none'"],
        "script-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "img-src": ["data:"],
        "frame-ancestors": ["'self'"],
        "sandbox": ["allow-top-navigation-by-user-activation"],
    }
)
@_demonstration
def message_html(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The HTML part of a mail, alone in a frame: no script, no remote thing, no origin of ours (CSP sandbox)."""
    part = _mail(get_object_or_404(MailboxMessage, pk=pk, kind=MailboxMessage.Kind.EMAIL)).get_body(("html",))
    if part is None:
        raise Http404
    return HttpResponse(_HEAD.sub(lambda head: head[0] + '<base target="_top">', part.get_content(), count=1))


@_demonstration
def attachment(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """A file of a mail, to be kept: never shown in the page."""
    kept = get_object_or_404(MailboxMessage, pk=pk, kind=MailboxMessage.Kind.EMAIL)
    files = list(_mail(kept).iter_attachments())
    if number >= len(files):
        raise Http404
    part = files[number]
    answer = HttpResponse(part.get_content(), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="piece-{number + 1}.pdf"'
    return answer


@_demonstration
def letter(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The PDF of a letter."""
    found = get_object_or_404(Letter.objects.exclude(pdf=""), pk=pk)
    return FileResponse(storages["private"].open(found.pdf), content_type="application/pdf")


def _mail(kept: MailboxMessage) -> EmailMessage:
    return email.message_from_bytes(bytes(kept.raw), policy=policy.default)
