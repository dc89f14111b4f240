"""The demonstration of digital mediation: a few stories, in several communes."""

from datetime import datetime
from typing import Any

from bocage.cases.stories import Act, Story, tell
from bocage.services.mediation import season

MEDIATOR, SECRETARY = "demo-mediatrice", "demo-secretaire"
AID: dict[str, Any] = {
    "lives_here": "oui",
    "danger": "non",
    "for_other": "non",
    "device": "computer",
    "where": "home",
    "why_home": "no_car",
    "half_days": ["tue_am", "thu_pm"],
    "limits": "oui",
}
NADIA = {"mediator": "Nadia Clairefontaine", "meet_at": "10 h 30"}
STORIES = (
    # Locquignol: written down by the secretary, the day is given. Bavay: helped. Gommegnies: a son asks for his mother.
    Story(
        "aide-numerique", "59353", 2, 5, AID | {"topics": ["account"], "accounts": ["tax"]}, channel="phone",
        entered_by=SECRETARY, acts=(Act(1, "study", MEDIATOR), Act(1, "plan", MEDIATOR, NADIA, {"meet_on": 7})),
    ),
    Story(
        "aide-numerique", "59053", 2, 21,
        AID | {"topics": ["mail", "safe"], "where": "phone", "device": "tablet"},
        acts=(
            Act(1, "plan", MEDIATOR, NADIA, {"meet_on": 4}),
            Act(6, "helped", MEDIATOR, {"outcome_note": "solved"}),
        ),
    ),
    Story(
        "aide-numerique", "59265", 1, 2,
        AID | {
            "for_other": "oui", "helper_name": "Paul Hautebruyère", "helper_link": "family",
            "helper_phone": "06 39 98 00 12", "agrees": "oui", "topics": ["talk"], "device": "none",
            "why_home": "health",
        },
    ),
    Story(
        "aide-numerique", "59481", 2, 9, AID | {"topics": ["other"], "topic_other": "Vendre ma voiture en ligne."},
        acts=(
            Act(1, "ask", MEDIATOR, message="Voulez-vous écrire l’annonce, ou faire le certificat de cession ?",
                fields=("topic_other",)),
            Act(3, values={"topic_other": "Le certificat de cession, sur le site de l’État."}),
        ),
    ),
)  # fmt: skip


def load(now: datetime) -> None:
    """Tell them, once, and plan the season of workshops."""
    tell(STORIES, name="mediation", now=now)
    season.load(now)
