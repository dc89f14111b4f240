"""What machines ask every site for: the icon, what robots may read, whom to tell of a hole in our security."""

from datetime import datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from bocage.portal.links import safe_reverse
from bocage.territory import queries as territory
from bocage.territory.models import Territory

DAY = 86_400  # seconds
PRIVATE = ("wagtailadmin_home", "identity_home", "space", "track", "demo_panel", "search")
"""Names of addresses that robots leave alone, with everything under them: they are someone's own, or have no end."""
CASES = "/dossiers/"  # no page of its own: each reference has its own below it
VALID = timedelta(days=180)
"""How long security.txt holds: RFC 9116, § 2.5.5, recommends less than a year."""


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> FileResponse:
    """The mark as browsers and readers of feeds look for it, whatever the page says."""
    path = Path(apps.get_app_config("ui").path) / "static" / "ui" / "favicon.ico"
    answer = FileResponse(path.open("rb"), content_type="image/x-icon")
    answer["Cache-Control"] = f"public, max-age={7 * DAY}"
    return answer


def _text(lines: list[str]) -> HttpResponse:
    answer = HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = f"public, max-age={DAY}"
    return answer


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What is public may be read; what is someone's own may not. A demonstration is in no search engine at all."""
    if settings.DEMO:
        return _text(["User-agent: *", "Disallow: /"])
    private = sorted({CASES, *filter(None, map(safe_reverse, PRIVATE))})
    started = reverse("procedure_start", args=["x"]).replace("/x/", "/*/")
    return _text(["User-agent: *", *(f"Disallow: {address}" for address in [*private, started])])


@login_not_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a hole in our security (RFC 9116): the installer's setting, else the territory's own e-mail."""
    base = settings.ENV.base_url
    expires = (_midnight(timezone.now()) + VALID).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _text(
        [
            f"Contact: {contact()}",
            f"Expires: {expires}",
            "Preferred-Languages: fr, en",
            f"Canonical: {base}{reverse('security_txt')}",
        ]
    )


def contact() -> str:
    """The address to write to, as RFC 9116 wants it: a URI."""
    told = str(settings.ENV.security_contact)
    if told:
        return told if ":" in told else f"mailto:{told}"
    try:
        email = territory.territory().email
    except Territory.DoesNotExist:
        email = ""
    return f"mailto:{email}" if email else f"{settings.ENV.base_url}{reverse('help')}"


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
