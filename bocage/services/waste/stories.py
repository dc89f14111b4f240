"""The demonstration's cards and bins: a few stories, in several communes; bins of three others are a syndicate's."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from bocage.base.actors import Actor
from bocage.cases.engine import Refused
from bocage.cases.models_entrusting import Entrusted, Sight
from bocage.cases.operations import entrust, set_logo
from bocage.cases.queries import open_procedures
from bocage.cases.stories import Act, Story, tell
from bocage.identity.models import Post
from bocage.territory.models import Commune
from bocage.territory.queries import today

AGENT, MANAGER, SECRETARY = "demo-agent", "demo-responsable", "demo-secretaire"
CARD: dict[str, Any] = {
    "lives_here": "oui",
    "whose": "home",
    "request": "first",
    "home_kind": "main",
    "comes_by": "vehicle",
    "statement": "oui",
}
BIN: dict[str, Any] = {"lives_here": "oui", "shared": "non", "statement": "oui"}
CHECKED = {"proof_checked": "oui"}


def _card(*plates: tuple[str, str], **answers: str) -> dict[str, Any]:
    return CARD | {"vehicles": [{"plate": plate, "kind": kind} for plate, kind in plates]} | answers


def _bin(need: str, *bins: str, **answers: Any) -> dict[str, Any]:
    return BIN | {"need": need, "bins": list(bins)} | answers


STORIES = (
    # Le Quesnoy: a card that holds. Bavay: lost three weeks later, and void.
    Story(
        "carte-decheterie", "59481", 0, 30, _card(("AA-123-BC", "car"), ("AB-456-CD", "trailer")), ("proof",),
        acts=(Act(1, "study", AGENT), Act(3, "accept", MANAGER, CHECKED)),
    ),
    Story(
        "carte-decheterie", "59053", 0, 28, _card(("1234 XY 59", "car")), ("proof",),
        acts=(Act(2, "accept", MANAGER, CHECKED), Act(22, lost=True)),
    ),
    # Landrecies: a bill that is too old. Poix-du-Nord: a business, refused. Locquignol: on foot, said by telephone.
    Story(
        "carte-decheterie", "59331", 0, 6, _card(("CD-789-EF", "car")), ("proof",),
        acts=(
            Act(1, "study", AGENT),
            Act(2, "ask", AGENT, message="La facture a plus de trois mois. Pouvez-vous en joindre une récente ?",
                fields=("proof",)),
        ),
    ),
    Story(
        "carte-decheterie", "59464", 0, 20, _card(("EF-147-GH", "van")), ("proof", "van_paper"),
        acts=(Act(4, "reject", MANAGER, reason="La carte grise est au nom d’une entreprise de maçonnerie."),),
    ),
    Story(
        "carte-decheterie", "59353", 1, 2, CARD | {"comes_by": "walk"}, channel="phone", entered_by=SECRETARY,
    ),
    # Gommegnies: a wheel, done. Le Quesnoy: a first bin, the day is set. Bavay: stolen, to study.
    Story(
        "bac-roulant", "59265", 0, 16, _bin("repair", "sorting", parts=["wheel"], bin_number="59-104233"), ("photo",),
        acts=(
            Act(1, "study", AGENT),
            Act(3, "plan", MANAGER, {"visit_half": "morning"}, {"visit_on": 5}),
            Act(8, "finish", AGENT, {"done_what": "Roue et essieu changés"}),
        ),
    ),
    Story(
        "bac-roulant", "59481", 1, 7, _bin("new", "household", "sorting", people="p4"), ("proof",),
        acts=(Act(2, "plan", MANAGER, {"visit_half": "afternoon"}, {"visit_on": 8}),),
    ),
    Story("bac-roulant", "59053", 1, 1, _bin("stolen", "household", people="p2"), since={"stolen_on": 2}),
    Story(
        "bac-roulant", "59331", 1, 4,
        _bin("larger", "household", current="l120", people="p5", more_room="non"), channel="counter",
        entered_by=SECRETARY, acts=(Act(1, "study", AGENT),),
    ),
)  # fmt: skip


ENTRUSTED = ("59259", "59468", "59619")  # Ghissignies, Potelle, Villereau
HEAD = {
    "address": "1 place de l’Exemple\n59530 Ghissignies",
    "phone": "+33353010071",
    "email": "bacs@quatre-haies.example.org",
}
SYNDICATE = "demo-syndicat"
THEIRS = (
    # Ghissignies: a lid, mended. Villereau: a first bin, to study.
    Story(
        "bac-roulant", "59259", 1, 15, _bin("repair", "household", parts=["lid"], bin_number="59-200117"), ("photo",),
        acts=(
            Act(1, "study", SYNDICATE),
            Act(2, "plan", SYNDICATE, {"visit_half": "morning"}, {"visit_on": 4}),
            Act(6, "finish", SYNDICATE, {"done_what": "Couvercle changé"}),
        ),
    ),
    Story("bac-roulant", "59619", 1, 2, _bin("new", "household", "sorting", people="p3"), ("proof",)),
)  # fmt: skip
SINCE = timedelta(days=30)


def load(now: datetime) -> None:
    """Tell them, once."""
    tell(STORIES, name="waste", now=now)
    if _entrust(now):
        tell(THEIRS, name="waste-syndicate", now=now)


def _entrust(now: datetime) -> bool:
    """The bins of three communes are a syndicate's, whole, and the community sees figures; whether they are.

    Done once: an agreement that was changed or ended stays as it is, and where people entrusted the bins to someone
    else nothing is added.
    """
    procedure = open_procedures().filter(slug="bac-roulant").first()
    post = Post.objects.filter(account__username=SYNDICATE).exclude(organisation=None).first()
    if procedure is None or post is None or post.organisation is None:
        return False
    if procedure.agreements.filter(organisation=post.organisation).exists():
        return True
    try:
        made = entrust(
            procedure,
            post.organisation,
            what=Entrusted.WHOLE,
            sight=Sight.FIGURES,
            communes=Commune.objects.filter(insee__in=ENTRUSTED).defer("contour"),
            starts=today(now - SINCE),
            ends=None,
            head=HEAD,
            actor=Actor.system("demo-waste"),
            now=now - SINCE,
        )
    except Refused:
        return False
    drawing = settings.TERRITORY_ROOT / settings.ENV.territory / "demo" / "quatre-haies.png"
    if drawing.is_file():
        with drawing.open("rb") as file:
            set_logo(made, file, actor=Actor.system("demo-waste"), now=now - SINCE)
    return True
