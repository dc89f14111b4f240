"""Lines of « À faire aujourd’hui » for whoever answers for personal data."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bocage.base.dates import french_datetime
from bocage.identity.models import Account
from bocage.identity.queries import scope_of
from bocage.privacy.models import Breach, Erasure, ErasureState, RetentionRun
from bocage.privacy.operations.breaches import AUTHORITY
from bocage.territory.queries import today

LATELY = timedelta(days=2)


def today_lines(account: Account, now: datetime) -> Iterator[dict[str, Any]]:
    """Breaches whose hours run, erasures that wait, a retention that failed."""
    if not scope_of(account, today(now)).is_administrator:
        return
    for breach in Breach.objects.filter(drill=False, authority_told_at=None, closed_at=None):
        yield {
            "label": _("Violation de données : %s") % breach.title,
            "url": reverse("privacy_desk:breach", args=[breach.pk]),
            "text": _("La CNIL est à prévenir avant le %s.") % french_datetime(breach.known_at + AUTHORITY),
            "care": True,
        }
    waiting = Erasure.objects.filter(state=ErasureState.WAITING).count()
    if waiting:
        yield {
            "label": ngettext("%d effacement prévu", "%d effacements prévus", waiting) % waiting,
            "url": reverse("privacy_desk:home"),
            "text": _("Ils se font seuls, à leur jour. Jusque-là, ils s’annulent."),
            "care": False,
        }
    failed = RetentionRun.objects.filter(at__gte=now - LATELY).exclude(error="").values("name").distinct().count()
    if failed:
        yield {
            "label": _("Des durées de conservation n’ont pas été tenues"),
            "url": reverse("privacy_desk:retention"),
            "text": _("Un effacement de nuit a échoué. Voyez lequel."),
            "care": True,
        }
