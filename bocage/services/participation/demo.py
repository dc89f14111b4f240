"""The demonstration of participation: problems reported in several communes; two people saw the same hole."""

from datetime import datetime
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

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


@cache
def pothole() -> bytes:
    """A hole in a road, drawn: no photo of a real place, nobody in it."""
    image = Image.new("RGB", (1200, 800), "#c9d8dc")
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 800), (0, 420), (1200, 360), (1200, 800)], fill="#7c8286")  # the road
    draw.polygon([(0, 420), (1200, 360), (1200, 330), (0, 385)], fill="#b9b4a6")  # the kerb
    draw.rectangle((720, 110, 1080, 345), fill="#a8452c")  # a house of brick, without a window
    draw.polygon([(690, 115), (1110, 115), (900, 20)], fill="#4a5660")
    for left in range(40, 620, 95):
        draw.ellipse((left, 220, left + 150, 400), fill="#3f7a4a")  # a hedge
    draw.ellipse((380, 520, 860, 700), fill="#55595c")
    draw.ellipse((410, 540, 820, 680), fill="#2d2f31")
    out = BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


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


PICTURED = (
    # Villereau: a hole, with a photo that the agent may show on the public page.
    Story(
        SLUG, "59619", 2, 2, _seen("road", "59619", "Rue des Haies", 50.2479, 3.6927), files=("photo",), drawn=pothole,
        acts=(Act(1, "pass_on", AGENT, {"competent": "commune"}),),
    ),
)  # fmt: skip


def load(now: datetime) -> None:
    """Tell them, once; the second who saw the hole is joined to the first."""
    told = tell(STORIES, name="participation", now=now)
    tell(PICTURED, name="participation-photo", now=now)
    if not told:
        return
    holes = list(Case.objects.filter(procedure__slug=SLUG, in_public__category="road").order_by("pk")[:2])
    agent = Account.objects.filter(username=AGENT).first()
    if len(holes) == 2 and agent is not None:
        join_case(holes[1], holes[0], actor=actor_of_account(agent), now=now)
