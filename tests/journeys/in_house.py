"""What a journey asks of its house from behind: a procedure, and time that has passed. Run in the house's own process.

``python -m tests.journeys.in_house <verb> <argument>…`` with the house's environment; see ``ask``.
"""

import os
import subprocess
import sys
from datetime import timedelta

from tests.house import ROOT, House


def ask(house: House, *words: str) -> str:
    """Run a verb of this module in the house; what it printed. Raises RuntimeError with what went wrong."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.in_house", *words],
        cwd=ROOT,
        env=house.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def publish_fence(effect: str) -> None:
    """Publish the small procedure of the legal clock's tests, which silence accepts or rejects."""
    from django.utils import timezone

    from bocage.base.actors import Actor
    from bocage.cases.operations import publish
    from tests.cases.legal import body

    publish(body(effect), actor=Actor.system("test"), now=timezone.now())


def close(slug: str) -> None:
    """Take a procedure off the portal: the other journeys of this house never see it."""
    from bocage.cases.models import Procedure

    Procedure.objects.filter(slug=slug).update(is_open=False)


def silence_on(reference: str, days: str) -> None:
    """Make a case as old as needed for its silence to end in so many days from today, then let the clock run once."""
    from django.db.models import F
    from django.utils import timezone

    from bocage.cases.models import Case
    from bocage.cases.operations import run_clock
    from bocage.territory.queries import today

    now = timezone.now()
    case = Case.objects.get(reference=reference)
    assert case.silence_on is not None
    assert case.received_on is not None
    older = case.silence_on - today(now) - timedelta(days=int(days))
    case.deadlines.filter(closed=False).update(due_on=F("due_on") - older)
    Case.objects.filter(pk=case.pk).update(
        silence_on=case.silence_on - older, received_on=case.received_on - older, announced_on=None
    )
    run_clock(now)
    case.refresh_from_db()
    print(case.state)


def tell_mandates(name: str) -> None:
    """Make a day pass over what was done for someone, tell them; print how they take the mandate back, and the text."""
    from django.utils import timezone

    from bocage.cases.helping.telling import tell_uses
    from bocage.cases.helping.wording import revocation_code
    from bocage.identity.models import Mandate, MandateUse
    from bocage.messaging.models import Notice

    mandate = Mandate.objects.get(principal__birth_name=name)
    MandateUse.objects.filter(mandate=mandate).update(at=timezone.now() - timedelta(days=1))
    tell_uses(timezone.now())
    notice = Notice.objects.get(subject=f"person:{mandate.principal_id}", template="mandate.used")
    code = revocation_code(mandate)
    assert code in notice.body
    body = " ".join(notice.body.split())
    print(mandate.pk, code, notice.deliveries.get().channel, body, sep="|")


def file_for(email: str) -> None:
    """File a composter's request for the account of an address, as its holder would; print its reference."""
    from django.utils import timezone

    from bocage.identity.actors import actor_of_account
    from bocage.identity.models import Account
    from tests.privacy.someone import filed

    account = Account.objects.get(email=email)
    print(filed(account, actor_of_account(account), timezone.now()).reference)


def erase_now(email: str) -> None:
    """Let the week pass over the erasure that an account asked; print its state and what the journal's check says."""
    from django.utils import timezone

    from bocage.base import journal, outbox
    from bocage.identity.models import Account
    from bocage.privacy.models import Erasure
    from bocage.privacy.operations.erasing import COOLING_OFF

    erasure = Erasure.objects.get(person__account=Account.objects.get(email=email), state="waiting")
    Erasure.objects.filter(pk=erasure.pk).update(asked_at=erasure.asked_at - COOLING_OFF, due_at=timezone.now())
    outbox.Outbox.objects.filter(topic="privacy.erase", payload__erasure=erasure.pk).update(
        next_attempt_at=timezone.now()
    )
    outbox.drain(timezone.now(), queue_names=["jobs"])
    erasure.refresh_from_db()
    journal.seal(timezone.now())
    print(erasure.state, journal.verify().ok)


VERBS = {
    "publish_fence": publish_fence,
    "close": close,
    "silence_on": silence_on,
    "tell_mandates": tell_mandates,
    "file_for": file_for,
    "erase_now": erase_now,
}

if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bocage.settings")
    django.setup()
    VERBS[sys.argv[1]](*sys.argv[2:])
