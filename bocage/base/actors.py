"""Who acts: the one shape in which every write names its author, from the journal to the screens."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """An author: an account (agent or resident), a person without account, or the system itself.

    ``channel`` is how they came: web, counter, post, phone, email.
    """

    kind: str
    id: int | None = None
    name: str = ""
    channel: str = "web"

    @classmethod
    def system(cls, name: str = "system") -> "Actor":
        """The house itself: a scheduled job, a legal deadline."""
        return cls("system", None, name)

    @property
    def key(self) -> str:
        """What the journal stores: ``account:12``, ``person:7``, ``system:scheduler``; never a name of a person."""
        return f"{self.kind}:{self.id if self.id is not None else self.name}"
