"""The worker's loop: claims effects of the outbox and hands them over, until told to stop."""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence

from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from bocage.base import outbox

logger = logging.getLogger(__name__)

SHORTEST_PAUSE = 0.02  # seconds between two looks at an empty outbox: doubles up to the longest
LONGEST_PAUSE = 1.0
HOUSEKEEPING = 5.0  # seconds between two looks for lost workers' leases


class Worker:
    """Hands over the effects of some queues (none named: all of them). Several may run, on several machines.

    ``name`` says who holds a lease: unique per process, 42 characters kept.
    """

    def __init__(self, queues: Sequence[str] = (), name: str = "worker", batch: int = 20) -> None:
        served = queues or outbox.queues()
        self.first = tuple(queue for queue in served if queue == outbox.AWAITED)
        self.queues = deque(queue for queue in served if queue != outbox.AWAITED)
        self.name = name
        self.batch = batch
        self.patience = LONGEST_PAUSE  # seconds that what is awaited may wait for the rest of a batch

    def run(self, stop: threading.Event) -> None:
        """Until ``stop`` is set: the effect under way is finished, those claimed and not begun are given back."""
        pause, looked = SHORTEST_PAUSE, float("-inf")
        while not stop.is_set():
            try:
                if time.monotonic() - looked > HOUSEKEEPING:
                    looked = time.monotonic()
                    close_old_connections()
                    outbox.reclaim(timezone.now())
                if self.once(stop):
                    pause = SHORTEST_PAUSE
                    continue
            except DatabaseError:
                # The database restarts, or is busy: leases end by themselves, nothing is lost.
                logger.exception("the outbox cannot be read")
                connections.close_all()
                pause = LONGEST_PAUSE
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        connections.close_all()

    def once(self, stop: threading.Event) -> int:
        """Claim one batch and hand it over. Returns how many effects were claimed."""
        messages = outbox.claim(self.name, (*self.first, *self.queues), self.batch, timezone.now)
        if messages:
            self._serve_next_queue_first(messages[0])
        looked = time.monotonic()
        for position, message in enumerate(messages):
            if stop.is_set():
                outbox.put_back(messages[position:])
                break
            if time.monotonic() - looked > self.patience:
                if any(outbox.has_due(queue, timezone.now()) for queue in self.first):
                    outbox.put_back(messages[position:])
                    break
                looked = time.monotonic()
            outbox.handle(message)
        return len(messages)

    def _serve_next_queue_first(self, served: outbox.Message) -> None:
        topic = outbox.topics().get(served.topic)
        if topic and topic.queue in self.queues:
            while self.queues[-1] != topic.queue:
                self.queues.rotate(-1)
