"""System checks of messaging: nothing leaves a demonstration, nothing is silently kept in production."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from bocage.base import pdf
from bocage.messaging import smtp, transport


@register()
def mail_server(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """EMAIL_URL can be read, and a demonstration points at no server outside this machine."""
    url = settings.ENV.email_url
    if not url:
        return []
    try:
        to = smtp.server(url)
    except ValueError as error:
        return [Error(str(error), id="messaging.E001")]
    if transport.forbidden_here(url):
        return [
            Error(
                "EMAIL_URL points outside this machine in demo mode: mail of a demonstration never leaves.",
                hint="Unset EMAIL_URL, or set BOCAGE_MODE=production.",
                id="messaging.E002",
            )
        ]
    if to.user and not (to.tls or to.starttls or to.is_loopback):
        return [
            Warning(
                "EMAIL_URL sends a password in clear.",
                hint="Use smtps://… or add ?tls=1.",
                id="messaging.W001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def outgoing(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """A production without mail server, SMS provider or Pango says what waits."""
    if settings.ENV.mode != "production":
        return []
    found: list[CheckMessage] = []
    if not settings.ENV.email_url:
        found.append(Error("EMAIL_URL is not set: no mail leaves, notices wait.", id="messaging.E003"))
    if not settings.ENV.sms:
        found.append(Warning("BOCAGE_SMS is not set: no SMS leaves, they wait.", id="messaging.W002"))
    if settings.ENV.email_from.endswith("@example.org>"):
        found.append(Error("BOCAGE_EMAIL_FROM is not set: mail would come from example.org.", id="messaging.E004"))
    if not pdf.available():
        found.append(Warning(pdf.why_not(), id="messaging.W003"))
    return found
