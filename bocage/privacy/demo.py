"""Privacy's share of the demonstration: a drill of a breach, so that its page shows something."""

from datetime import datetime


def load(now: datetime) -> None:
    """Nothing yet."""
