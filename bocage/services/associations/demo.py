"""The demonstration of grants: four associations that do not exist, each at another stage."""

from datetime import datetime
from typing import Any

from bocage.cases.stories import Act, Story, tell

GRANTS = "demo-associations"
PAPERS = ("rib", "statutes", "accounts")


def _grant(name: str, rna: str, title: str, euros: str, **answers: Any) -> dict[str, Any]:
    """The answers of an association that asks for so many euros, and finds as much elsewhere."""
    charges = str(2 * int(euros))
    return {
        "seat": "oui",
        "field": "oui",
        "worship": "non",
        "association": {"name": name, "number": rna},
        "purpose": "Association inventée pour la démonstration.",
        "members_count": "60",
        "staff_count": "0",
        "capacity": "president",
        "nature": "project",
        "project_title": title,
        "project_text": "Action inventée pour la démonstration, ouverte à tous.",
        "requested": euros,
        "budget": {
            "lines": {"c60": {"charges": charges}, "p74_here": {"produits": euros}, "p75": {"produits": euros}},
            "free": [],
        },
        "holder": name,
        "iban": "FR76 3000 6000 0112 3456 7890 189",  # the example that banks print
        "known": "non",
        "has_accounts": "oui",
        "cer": "oui",
        "regular": "oui",
    } | answers


CHECKED: dict[str, Any] = {"checked": "oui"}
# ``since`` counts backwards: the exercise ends so many days after the request.
ENDS = {"year_end": -120}
STORIES = (
    # Bavay: asked this week. Locquignol: waits for the council. Gommegnies: voted, its agreement to sign. Poix-du-Nord:
    # paid, its report to come.
    Story("subvention-association", "59053", 3, 3, _grant("Les Haies vives (exemple)", "W595990001",
          "Fête de la haie", "3200"), files=PAPERS, since=ENDS),
    Story(
        "subvention-association", "59353", 3, 24,
        _grant("Le Chœur du bocage (exemple)", "W595990002", "Concerts dans six villages", "5400"),
        files=PAPERS, since=ENDS,
        acts=(
            Act(1, "study", GRANTS),
            Act(7, "to_committee", GRANTS, CHECKED, {"committee_on": 7}),
            Act(14, "to_council", GRANTS, {"opinion": "yes", "proposed": "5000"}, {"council_on": 20}),
        ),
    ),
    Story(
        "subvention-association", "59265", 3, 40,
        _grant("L’Atelier des enfants (exemple)", "W595990003", "Une année d’ateliers", "32000", nature="running"),
        files=PAPERS, since=ENDS,
        acts=(
            Act(1, "study", GRANTS),
            Act(5, "to_committee", GRANTS, CHECKED, {"committee_on": 5}),
            Act(10, "to_council", GRANTS, {"opinion": "part", "proposed": "28000"}, {"council_on": 10}),
            Act(22, "grant_agreement", GRANTS, {"deliberation": "2026-DEMO-45", "voted": "28000"},
                {"deliberated_on": 0}),
        ),
    ),
    Story(
        "subvention-association", "59481", 3, 55,
        _grant("Les Sentiers partagés (exemple)", "W595990004", "Baliser trois boucles", "1500"),
        files=PAPERS, since=ENDS,
        acts=(
            Act(1, "study", GRANTS),
            Act(5, "to_committee", GRANTS, CHECKED, {"committee_on": 5}),
            Act(10, "to_council", GRANTS, {"opinion": "yes", "proposed": "1500"}, {"council_on": 10}),
            Act(22, "grant", GRANTS, {"deliberation": "2026-DEMO-38", "voted": "1500"}, {"deliberated_on": 0}),
            Act(35, "pay", GRANTS, {"paid_amount": "1500"}, {"paid_on": 0}),
        ),
    ),
)  # fmt: skip


def load(now: datetime) -> None:
    """Tell them, once."""
    tell(STORIES, name="associations", now=now)
