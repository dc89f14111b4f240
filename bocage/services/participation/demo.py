"""The demonstration of participation: problems reported in several communes; two people saw the same hole."""

from datetime import datetime
from typing import Any

from bocage.cases.models import Case
from bocage.cases.operations.joining import join_case
from bocage.cases.stories import Act, Story, tell
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account

AGENT, SECRETARY = "demo-cadre-de-vie", "demo-secretaire"
SLUG = "signaler-un-probleme"


def _seen(category: str, insee: str, where: str, lat: float, lon: float, **more: Any) -> dict[str, Any]:
    spot = {"commune": insee, "description": where, "lat": str(lat), "lon": str(lon)}
    return {"danger": "non", "category": category, "blocks": "non", "where": spot, "shown": "oui"} | more


HOLE = _seen("road", "59481", "Devant l’église", 50.2489, 3.6371, blocks="oui")
PLAN = Act(2, "plan", AGENT, {"answer": "La rebouche se fait le matin, la rue reste ouverte."}, {"planned_on": 6})
STORIES = (
    # Le Quesnoy: a hole, planned. Gommegnies: a lamp, mended. Locquignol: told by telephone, with the Département.
    Story(SLUG, "59481", 1, 8, HOLE, acts=(PLAN,)),
    Story(SLUG, "59481", 3, 1, HOLE | {"where": HOLE["where"] | {"lat": "50.2492", "lon": "3.6374"}}),
    Story(
        SLUG, "59265", 3, 18, _seen("light", "59265", "Rue du Bocage", 50.2673, 3.7003, lamp_number="GO 112"),
        acts=(
            Act(1, "pass_on", AGENT, {"competent": "energy"}),
            Act(9, "mend", AGENT, {"answer": "L’ampoule est changée."}),
        ),
    ),
    Story(
        SLUG, "59353", 4, 4, _seen("tree", "59353", "À la sortie vers Hachette", 50.1984, 3.7497),
        channel="phone", entered_by=SECRETARY, acts=(Act(1, "pass_on", AGENT, {"competent": "department"}),),
    ),
    Story(SLUG, "59053", 1, 1, _seen("dump", "59053", "Derrière le cimetière", 50.2985, 3.7936, shown="non")),
    Story(
        SLUG, "59325", 1, 12, _seen("sign", "59325", "Place du Kiosque", 50.2311, 3.6765),
        acts=(Act(2, "decline", AGENT, {"answer": "Ce panneau est celui d’un commerce : il lui revient de l’ôter."}),),
    ),
)  # fmt: skip


def load(now: datetime) -> None:
    """Tell them, once; the second who saw the hole is joined to the first."""
    if not tell(STORIES, name="participation", now=now):
        return
    holes = list(Case.objects.filter(procedure__slug=SLUG, in_public__category="road").order_by("pk")[:2])
    agent = Account.objects.filter(username=AGENT).first()
    if len(holes) == 2 and agent is not None:
        join_case(holes[1], holes[0], actor=actor_of_account(agent), now=now)
