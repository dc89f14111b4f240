"""Accounts that nobody uses: told thirty days before, then closed; and records that nothing needs any more.

Two years and thirty days are what the CNIL takes for usual (docs/agents/donnees.md). An agent's account is not
a resident's: the administration closes it.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from bocage.base import registry
from bocage.base.actors import Actor
from bocage.base.dates import add_months, french_date
from bocage.identity.models import ERASED, Account, Person, Post
from bocage.identity.operations import erase_account, erase_person
from bocage.messaging.operations import Text, notify
from bocage.privacy.models import UnusedAccount
from bocage.privacy.queries import holders, recipient_of
from bocage.territory.queries import today

UNUSED_MONTHS = 24
NOTICE = timedelta(days=30)
SLICE = 200  # in one night: the next one goes on


def _unused(now: datetime) -> QuerySet[Account]:
    """Residents' open accounts in which nobody has come for two years; a persona of the demonstration is none."""
    before = add_months(today(now), -UNUSED_MONTHS)
    posts = Post.objects.filter(account=OuterRef("pk"))
    return (
        Account.objects.annotate(seen=Coalesce("last_login", "date_joined"))
        .filter(Q(seen__date__lt=before), is_active=True, person__isnull=False, demo_label="")
        .exclude(Exists(posts))
    )


def tell_unused(now: datetime) -> int:
    """Job: tell those whose account will close in thirty days, each once; how many. Whoever came back is forgotten."""
    with transaction.atomic():
        UnusedAccount.objects.exclude(account__in=_unused(now).values("pk")).delete()
    told = UnusedAccount.objects.filter(account=OuterRef("pk"))
    fresh = list(_unused(now).exclude(Exists(told)).select_related("person").order_by("pk")[:SLICE])
    for account in fresh:
        assert account.person is not None
        with transaction.atomic():
            _row, new = UnusedAccount.objects.get_or_create(account=account, defaults={"told_at": now})
            if new:
                notify(
                    key=f"unused:{account.pk}:{today(now).isoformat()}",
                    template="privacy.unused",
                    text=_TEXT,
                    context={"day": french_date(today(now + NOTICE))},
                    recipient=recipient_of(account.person),
                    subject=f"person:{account.person_id}",
                    link="/compte/connexion/",
                    link_label=_("Garder mon compte"),
                    actor=Actor.system("retention"),
                    now=now,
                )
    return len(fresh)


_TEXT = Text(
    title="Votre compte sera fermé le {{ day }}",
    body="Bonjour,\n\n"
    "Vous n’êtes pas entré dans votre compte depuis deux ans. Il sera fermé le {{ day }}, et ce qu’il garde sera "
    "effacé.\n\n"
    "Pour le garder, il suffit d’y entrer une fois avant ce jour.\n\n"
    "Les demandes que vous avez faites restent au service le temps annoncé par chaque démarche.",
    sms="Votre compte, inutilise depuis deux ans, sera ferme le {{ day }}. Pour le garder, entrez-y une fois.",
)


def _closing(now: datetime) -> QuerySet[Account]:
    """Those told in time; and accounts closed, and left without anybody, when two records were made one."""
    told = UnusedAccount.objects.filter(account=OuterRef("pk"), told_at__lte=now - NOTICE)
    before = add_months(today(now), -UNUSED_MONTHS)
    left = Q(is_active=False, person=None, last_login__date__lt=before, demo_label="") & ~Q(last_name=ERASED)
    orphans = Account.objects.filter(left).exclude(Exists(Post.objects.filter(account=OuterRef("pk"))))
    return Account.objects.filter(Q(pk__in=_unused(now).filter(Exists(told)).values("pk")) | Q(pk__in=orphans))


def close_unused(now: datetime) -> int:
    """Retention: erase the accounts whose person was told thirty days ago and did not come back; how many."""
    closed = 0
    for account in _closing(now).order_by("pk")[:SLICE]:
        with transaction.atomic():
            UnusedAccount.objects.filter(account=account).delete()
            erase_account(account, actor=Actor.system("retention"), now=now)
            closed += 1
    return closed


def closing_due(now: datetime) -> int:
    """How many accounts ``close_unused`` would erase."""
    return _closing(now).count()


def _unneeded(now: datetime) -> QuerySet[Person]:
    """Records of two years that no account, case, household, mandate or part needs, as their holders say."""
    before = add_months(today(now), -UNUSED_MONTHS)
    found = Person.objects.filter(created_at__date__lt=before, merged_into=None).exclude(birth_name=ERASED)
    for _manifest, holder in holders():
        if holder.in_use:
            found = found.exclude(pk__in=registry.resolve(holder.in_use)(now))
    return found


def erase_unneeded(now: datetime) -> int:
    """Retention: take the name out of the records that nothing needs any more; how many."""
    people = list(_unneeded(now).order_by("pk")[:SLICE])
    for person in people:
        erase_person(person, actor=Actor.system("retention"), now=now)
    return len(people)


def unneeded_due(now: datetime) -> int:
    """How many records ``erase_unneeded`` would empty."""
    return _unneeded(now).count()
