"""Privacy's share of the demonstration: a drill of a breach, so that the officer sees one before making one."""

from datetime import datetime, timedelta

from bocage.base.actors import Actor
from bocage.identity.models import Account, Role
from bocage.privacy.models import Breach
from bocage.privacy.operations import open_breach

TITLE = "Exercice : ordinateur de l’accueil volé"


def load(now: datetime) -> None:
    """A drill about what was done at the desk yesterday; once."""
    administrators = Account.objects.filter(posts__role=Role.ADMINISTRATOR, is_active=True)
    agent = Account.objects.filter(posts__role=Role.RECEPTION, is_active=True).order_by("pk").first()
    officer = administrators.order_by("pk").first()
    if officer is None or agent is None or Breach.objects.filter(title=TITLE).exists():
        return
    open_breach(
        title=TITLE,
        drill=True,
        known_at=now - timedelta(hours=20),
        facts="Un ordinateur portable de l’accueil a été volé, la session ouverte.",
        agent=agent,
        opened_by=officer,
        actor=Actor.system("demo"),
        now=now,
    )
