"""Reads of « Agents et accès »: agents' accounts and posts, in words."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from bocage.base import registry
from bocage.base.dates import french_date
from bocage.identity.models import Account, Post

SITUATIONS = ("current", "former")


def services() -> dict[str, str]:
    """The services of the house, by their names for people."""
    return {manifest.name: manifest.label for manifest in registry.manifests() if manifest.service}


@dataclass(frozen=True)
class PostTold:
    """A post as its page shows it. ``state``: now, to_come or past."""

    pk: int
    role: str
    where: str
    title: str
    delegation: str
    dates: str
    state: str


def told(post: Post, on: date, names: dict[str, str]) -> PostTold:
    """A post in words."""
    bounds = [
        names.get(post.service, post.service),
        post.commune.name if post.commune else "",
        post.organisation.name if post.organisation else "",
    ]
    if post.ends is None:
        dates = _("depuis le %s") if post.starts <= on else _("à partir du %s")
        dates = dates % french_date(post.starts)
    else:
        dates = _("du %(starts)s au %(ends)s") % {"starts": french_date(post.starts), "ends": french_date(post.ends)}
    return PostTold(
        pk=post.pk,
        role=str(post.get_role_display()),
        where=", ".join(bound for bound in bounds if bound) or _("tout le territoire"),
        title=post.title,
        delegation=post.delegation,
        dates=dates,
        state="to_come" if post.starts > on else "past" if post.ends and post.ends < on else "now",
    )


def posts_of(account: Account, on: date) -> list[PostTold]:
    """Every post of an account: those held, those to come, those past."""
    names = services()
    found = account.posts.select_related("commune", "organisation").defer("commune__contour").order_by("-starts", "-pk")
    order = {"now": 0, "to_come": 1, "past": 2}
    return sorted((told(post, on, names) for post in found), key=lambda one: order[one.state])


def held(on: date) -> Q:
    """Posts that hold on a day or later."""
    return Q(ends=None) | Q(ends__gte=on)


def agents(text: str, situation: str, on: date) -> QuerySet[Account]:
    """Accounts with posts, by name: those whose posts hold or will hold, or the former ones and the closed."""
    current = Exists(Post.objects.filter(held(on), account=OuterRef("pk")))
    found = Account.objects.filter(Exists(Post.objects.filter(account=OuterRef("pk"))))
    found = (
        found.filter(~current | Q(is_active=False)) if situation == "former" else found.filter(current, is_active=True)
    )
    for word in text.split():
        found = found.filter(Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word))
    posts = Post.objects.select_related("commune", "organisation").defer("commune__contour").order_by("-starts", "-pk")
    if situation != "former":
        posts = posts.filter(held(on))
    return found.prefetch_related(Prefetch("posts", posts, to_attr="shown")).order_by("last_name", "first_name", "pk")


@dataclass(frozen=True)
class Line:
    """An agent in the list."""

    account: Account
    posts: list[PostTold]
    state: str
    state_kind: str


def state_of(account: Account) -> tuple[str, str]:
    """Where an account stands, in words, and the kind of its badge."""
    if not account.is_active:
        return _("fermé"), "plain"
    if account.last_login is None:
        return _("jamais connecté"), "warning"
    return _("ouvert"), "success"


def lines(accounts: list[Account], on: date) -> list[Line]:
    """What a page of ``agents`` shows."""
    names = services()
    shown = {account.pk: [told(post, on, names) for post in account.shown] for account in accounts}  # type: ignore[attr-defined]
    return [Line(account, shown[account.pk], *state_of(account)) for account in accounts]
