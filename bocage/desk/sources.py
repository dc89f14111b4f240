"""Lines of « À faire aujourd’hui » that concern no case: letters, and what the machines could not do alone.

A source of the day's page gives mappings: ``label``, ``url`` (may be empty), ``text``, ``care`` (asks for attention).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypedDict

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bocage.base.queries import health
from bocage.desk import troubles
from bocage.identity.models import Account, Role
from bocage.identity.queries import scope_of
from bocage.messaging import queries as messaging
from bocage.territory.queries import today

RECENT = timedelta(days=14)
CAP = 500  # beyond that, the number itself tells nothing more


class Line(TypedDict):
    """A line of the day's page."""

    label: str
    url: str
    text: str
    care: bool


def letters(account: Account, now: datetime) -> Iterator[Line]:
    """Letters that came back lately and did not leave again, letters to print, batches printed and not posted."""
    scope = scope_of(account, today(now))
    if not scope.sees_cases:
        return
    returned = messaging.letters_to_take_up(scope, today(now) - RECENT)[:CAP].count()
    if returned:
        yield {
            "label": ngettext("%d courrier revenu", "%d courriers revenus", returned) % returned,
            "url": reverse("messaging_desk:returns"),
            "text": _(
                "Ces quinze derniers jours. Appelez la personne, corrigez son adresse, puis renvoyez le courrier."
            ),
            "care": True,
        }
    waiting = messaging.letters_to_print(scope)[:CAP].count()
    if waiting:
        yield {
            "label": ngettext("%d courrier à imprimer", "%d courriers à imprimer", waiting) % waiting,
            "url": reverse("messaging_desk:letters"),
            "text": _("Imprimez-les ensemble, mettez-les sous enveloppe à fenêtre, notez le jour de l’envoi."),
            "care": False,
        }
    unposted = messaging.batches_visible_to(scope).filter(posted_on=None)[:CAP].count()
    if unposted:
        yield {
            "label": ngettext("%d lot imprimé, à poster", "%d lots imprimés, à poster", unposted) % unposted,
            "url": reverse("messaging_desk:batches"),
            "text": _("Notez le jour où vous les postez."),
            "care": False,
        }


def cases_in_trouble(account: Account, now: datetime) -> Iterator[Line]:
    """For whoever manages a service: what went wrong on its cases."""
    scope = scope_of(account, today(now))
    if not scope.only(Role.MANAGER).posts:
        return
    count = sum(len(group.rows) for group in troubles.groups(scope, now))
    if count:
        yield {
            "label": ngettext("%d chose n’a pas marché", "%d choses n’ont pas marché", count) % count,
            "url": reverse("desk_troubles"),
            "text": _("Un avis non remis, un délai non appliqué, une suite en panne : voyez sur quels dossiers."),
            "care": True,
        }


def machines(account: Account, now: datetime) -> Iterator[Line]:
    """For the administrator: effects given up, cut in the middle, or late."""
    if not scope_of(account, today(now)).is_administrator:
        return
    state = health(now)
    settled_at = reverse("desk_failures")
    decide = _("Regardez pourquoi, puis renvoyez ou abandonnez.")
    machine = _("Vérifiez que « worker » et « scheduler » tournent, puis relisez leurs journaux.")
    told = (
        (state.dead, ngettext("%d envoi en échec", "%d envois en échec", state.dead), settled_at, decide),
        (
            state.uncertain,
            ngettext("%d envoi coupé en chemin", "%d envois coupés en chemin", state.uncertain),
            settled_at,
            decide,
        ),
        (state.late, ngettext("%d envoi en retard", "%d envois en retard", state.late), "", machine),
        (state.late_jobs, ngettext("%d tâche en retard", "%d tâches en retard", state.late_jobs), "", machine),
    )
    for count, words, url, text in told:
        if count:
            yield {"label": words % count, "url": url, "text": text, "care": True}
