"""Writes about agents: posts that bound what they see, absences, and the groups by which Wagtail knows them."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.identity.models import Absence, Account, Post, Role
from bocage.territory.models import Commune, Organisation
from bocage.territory.queries import today

STREAM = "identity"


def role_group(role: str) -> Group:
    """The group of a role, which opens the desk's door; editorial rights are added to it by publishing."""
    group, created = Group.objects.get_or_create(name=f"role:{role}")
    if created:
        group.permissions.add(
            *Permission.objects.filter(codename="access_admin", content_type__app_label="wagtailadmin")
        )
    return group


def sync_groups(account: Account, on: date) -> None:
    """Put an account into the groups of the roles it holds or will hold, and out of the others."""
    roles = set(Post.objects.filter(Q(ends=None) | Q(ends__gte=on), account=account).values_list("role", flat=True))
    wanted = {role_group(role) for role in roles}
    held = set(account.groups.filter(name__startswith="role:"))
    account.groups.remove(*(held - wanted))
    account.groups.add(*(wanted - held))
    is_administrator = Role.ADMINISTRATOR in roles
    # Wagtail asks Django's flag; it follows the post so that an administrator without post is one nowhere.
    Account.objects.filter(pk=account.pk).exclude(is_superuser=is_administrator).update(is_superuser=is_administrator)
    account.is_superuser = is_administrator


def grant_post(
    account: Account,
    *,
    role: str,
    service: str = "",
    commune: Commune | None = None,
    organisation: Organisation | None = None,
    title: str = "",
    delegation: str = "",
    starts: date,
    ends: date | None = None,
    actor: Actor,
    now: datetime,
) -> Post:
    """Give an agent a post; empty bounds bound nothing. ``delegation`` names the act that lets them sign (CRPA L212-1).

    Raises ValidationError when a post of reception or of an elected person names no commune, or when the agent holds
    this very post already, all that time.
    """
    if role in (Role.RECEPTION, Role.ELECTED) and commune is None:
        raise ValidationError({"commune": [_("Indiquez la commune. Exemple : Locquignol")]})
    bounds: dict[str, Any] = {"role": role, "service": service, "commune": commune, "organisation": organisation}
    with transaction.atomic():
        # The account's row is taken before anything is read: the same post given twice at once comes one by one.
        Account.objects.filter(pk=account.pk).update(is_active=F("is_active"))
        all_that_time = Q(ends=None) if ends is None else Q(starts__lte=starts) & (Q(ends=None) | Q(ends__gte=ends))
        if Post.objects.filter(all_that_time, account=account, **bounds).exists():
            raise ValidationError(_("Cet agent tient déjà ce poste à ces dates."))
        post = Post.objects.create(
            account=account, title=title, delegation=delegation, starts=starts, ends=ends, **bounds
        )
        sync_groups(account, starts)
        journal.record(
            stream=STREAM,
            kind="identity.post_granted",
            subject=f"account:{account.pk}",
            actor=actor,
            now=now,
            payload={
                "post": post.pk,
                "role": role,
                "service": service,
                "commune": post.commune_id,
                "organisation": post.organisation_id,
            },
        )
    return post


class LastAdministrator(ValidationError):
    """Nobody else could open the doors again: the house keeps one administrator who can sign in."""

    def __init__(self) -> None:
        super().__init__(
            _("Plus personne n’administrerait le portail. Donnez d’abord ce poste à quelqu’un qui s’est connecté.")
        )


def keep_an_administrator(on: date, **without: Any) -> None:
    """Make sure, within the caller's transaction, that an administrator stays once ``without`` is gone.

    An administrator counts when their post has begun by ``on`` and has no end, and when their account is open and has
    a password or has been used. Raises LastAdministrator.
    """
    # One row that every such change writes: two administrators who remove each other come one after the other.
    Group.objects.filter(pk=role_group(Role.ADMINISTRATOR).pk).update(name=F("name"))
    others = Post.objects.filter(role=Role.ADMINISTRATOR, ends=None, starts__lte=on, account__is_active=True)
    others = others.exclude(account__password__startswith=UNUSABLE_PASSWORD_PREFIX, account__last_login=None)
    if not others.exclude(**without).exists():
        raise LastAdministrator


def end_post(post: Post, *, on: date, actor: Actor, now: datetime) -> bool:
    """End a post; ``on`` is the first day without it. False when it had already ended by then.

    Raises LastAdministrator.
    """
    last = max(on - timedelta(days=1), post.starts)
    with transaction.atomic():
        open_still = Post.objects.filter(Q(ends=None) | Q(ends__gt=last), pk=post.pk)
        if post.role == Role.ADMINISTRATOR and open_still.filter(account__is_active=True).exists():
            keep_an_administrator(today(now), pk=post.pk)
        if on <= post.starts:
            # It never began: nothing to remember of it but the journal.
            if not open_still.exists():
                return False
            Post.objects.filter(pk=post.pk).delete()
        elif not open_still.update(ends=last):
            return False
        sync_groups(post.account, min(on, today(now)))  # to come: until then the groups stay
        journal.record(
            stream=STREAM,
            kind="identity.post_ended",
            subject=f"account:{post.account_id}",
            actor=actor,
            now=now,
            payload={"post": post.pk, "role": post.role},
        )
    post.ends = last
    return True


def follow_posts(now: datetime) -> int:
    """Job: take out of their groups those whose posts have ended; gives how many accounts. Bears being run twice."""
    day = today(now)
    ended = Account.objects.filter(groups__name__startswith="role:", posts__ends__lt=day).distinct()
    for account in ended:
        sync_groups(account, day)
    return len(ended)


def set_absence(
    account: Account, *, substitute: Account, starts: date, ends: date, actor: Actor, now: datetime
) -> Absence:
    """Say that an agent is away, both days included, and who sees their work meanwhile.

    Saying it again changes nothing. Raises ValidationError when the substitute is the agent or holds no post, or when
    the dates are reversed.
    """
    if substitute.pk == account.pk:
        raise ValidationError({"substitute": [_("Choisissez un ou une collègue.")]})
    if not substitute.posts.exists():
        raise ValidationError({"substitute": [_("Cette personne n’a pas de poste d’agent.")]})
    if ends < starts:
        raise ValidationError({"ends": [_("La fin précède le début. Exemple : du 02/03/2026 au 06/03/2026")]})
    with transaction.atomic():
        absence, new = Absence.objects.get_or_create(account=account, substitute=substitute, starts=starts, ends=ends)
        if not new:
            return absence
        journal.record(
            stream=STREAM,
            kind="identity.absence_set",
            subject=f"account:{account.pk}",
            actor=actor,
            now=now,
            payload={"substitute": substitute.pk, "starts": starts.isoformat(), "ends": ends.isoformat()},
        )
    return absence


def end_absence(absence: Absence, *, back: date, actor: Actor, now: datetime) -> bool:
    """Bring an absence to an early end; ``back`` is the first day at work again.

    Back before it began, it is taken away. False when it already ends before ``back``, or changed meanwhile.
    """
    with transaction.atomic():
        known = Absence.objects.filter(pk=absence.pk, starts=absence.starts, ends__gte=back)
        last = back - timedelta(days=1)
        said = Absence.objects.filter(
            account=absence.account_id, substitute=absence.substitute_id, starts=absence.starts, ends=last
        )
        # Back before it began, or when another line says the same days already: this one is taken away.
        gone = known.delete()[0] if back <= absence.starts or said.exists() else known.update(ends=last)
        if not gone:
            return False
        journal.record(
            stream=STREAM,
            kind="identity.absence_ended",
            subject=f"account:{absence.account_id}",
            actor=actor,
            now=now,
            payload={"substitute": absence.substitute_id, "back": back.isoformat()},
        )
    return True
