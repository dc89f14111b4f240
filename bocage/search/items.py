"""What an app gives to be found."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SearchItem:
    """One public thing to find: a procedure, a place, a commune, a page, a piece of news, a national sheet.

    ``source`` is the name of the manifest's ``SearchSource``; ``key`` is stable and unique within it. ``kind`` groups
    results for people: see ``bocage.search.queries.KINDS``. ``url`` is an address of this site. ``summary`` is shown
    (plain text), ``text`` is only searched. ``boost`` multiplies the rank: 1 as a rule, less for what is not ours.
    ``commune`` is an INSEE code: what is near the visitor comes first.
    """

    source: str
    key: str
    kind: str
    title: str
    url: str
    summary: str = ""
    text: str = ""
    boost: float = 1.0
    commune: str = ""
