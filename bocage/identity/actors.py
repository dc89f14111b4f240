"""Who acts in a request."""

from dataclasses import replace

from django.http import HttpRequest

from bocage.base.actors import Actor
from bocage.identity.hats import told
from bocage.identity.models import Account


def actor_of(request: HttpRequest, channel: str = "web") -> Actor:
    """The author of what this request does: the signed-in account, or a visitor without account.

    Under the mandate on which what it opened rests (``acting.act_under``), if any.

    ``channel`` is how the request reached the house when an agent enters it for someone: counter, post, phone, email.
    """
    user = request.user
    if isinstance(user, Account) and user.is_authenticated:
        under = getattr(request, "_under", None)
        return replace(actor_of_account(user, channel), under=under, hat=told(request, helping=under is not None))
    return Actor("visitor", None, "anonymous", channel)


def actor_of_account(account: Account, channel: str = "web") -> Actor:
    """The author that an account is."""
    return Actor("account", account.pk, str(account), channel)
