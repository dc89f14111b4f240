"""Who acts: the one shape in which every write names its author, from the journal to the screens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Authority(Protocol):
    """What lets an author act for someone else: a mandate. The journal asks it, in the writer's own transaction."""

    @property
    def key(self) -> str:
        """For whom: ``person:7``."""
        ...

    def used(self, event: Any, now: datetime) -> None:
        """Write the use down beside its event. Raises what undoes the whole write when the right has ended."""
        ...


@dataclass(frozen=True)
class Actor:
    """An author: an account (agent or resident), a person without account, or the system itself.

    ``channel`` is how they came: web, counter, post, phone, email. ``under``: by what right they act for another.
    ``hat``: in which of their capacities they act: ``self``, ``agent``, ``body:3`` (as an agent of that town hall or
    organisation), ``member:7`` (as one of an organisation's people).
    """

    kind: str
    id: int | None = None
    name: str = ""
    channel: str = "web"
    under: Authority | None = None
    hat: str = ""

    @classmethod
    def system(cls, name: str = "system") -> "Actor":
        """The house itself: a scheduled job, a legal deadline."""
        return cls("system", None, name)

    @property
    def key(self) -> str:
        """What the journal stores: ``account:12``, ``person:7``, ``system:scheduler``; never a name of a person."""
        return f"{self.kind}:{self.id if self.id is not None else self.name}"
