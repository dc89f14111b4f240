"""What is wrong, at its place; and what could not be read, which is not judged."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something wrong: the place of the document (``steps/home/fields/size``) and a French sentence with the mend."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place} : {self.text}" if self.place else self.text


@dataclass(frozen=True)
class Unread:
    """Parts of an unfinished document that could not be read: what speaks of them is not judged."""

    names: frozenset[str] = frozenset()  # fields and questions
    tables: frozenset[str] = frozenset()
    notices: frozenset[str] = frozenset()
    workflow: bool = False  # a state or a transition
    documents: frozenset[str] = frozenset()


NOTHING = Unread()
