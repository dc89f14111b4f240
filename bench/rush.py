"""Two hundred people, one place for four: everyone presses « Je m'inscris » at the same moment.

Each is signed in and has the page open; each sends one POST through the public page (CSRF, session, journal on), all at
once, to two web workers. Wanted on both databases: exactly 50 registered, 150 told politely, no other answer. On
PostgreSQL: registered_per_s >= 150 (50 over the time from the first send to the last success), p95_s <= 1.0.
"""

import contextlib
import http.client
import json
import threading
import time
from uuid import uuid4

from bench import lib, web

CLIENTS, PLACES = 200, 50
PREPARE = f"""
import json
from datetime import timedelta
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from bocage.agenda import operations
from bocage.agenda.models import Registration
from bocage.agenda.terms import Terms
from bocage.base.actors import Actor
from bocage.identity.models import Account, Person
from bocage.territory.queries import today
now = timezone.now()
by = {{"actor": Actor.system("bench"), "now": now}}
terms = Terms.model_validate({{
    "pools": [{{"id": "seats", "label": "Places", "capacity": {PLACES}}}],
    "options": [{{"id": "place", "label": "Une place", "takes": ["seats"]}}],
}})
offer = operations.create_offer(
    slug="bench", service="mediation", kind="workshop", title="Rush", terms=terms, enrolment="both", **by)
operations.publish(offer, **by)
session = operations.create_session(offer, today(now) + timedelta(days=30), "14:00", "16:00", place=None, **by)
keys = []
for number in range({CLIENTS}):
    person = Person.objects.create(birth_name=f"Essai{{number}}", given_names="Camille", created_at=now)
    account = Account(username=f"bench{{number}}", person=person, email=f"bench{{number}}@example.org")
    account.set_unusable_password()
    account.save()
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.save()
    keys.append(store.session_key)
print(json.dumps([f"/agenda/bench/seance/{{session.pk}}/", keys]))
"""
COUNT = """
from bocage.agenda import queries
from bocage.agenda.models import Registration
print(Registration.objects.filter(offer__slug="bench", state="confirmed").count(), len(queries.drift()))
"""


class Client:
    """Someone whose form is filled."""

    def __init__(self, port: int, path: str, session: str) -> None:
        self.port, self.path, self.session = port, path, session
        self.form = {"who": "me", "name": "", "needs": "", "_once": str(uuid4())}
        self.status, self.began, self.ended = 0, 0.0, 0.0

    def press(self, together: threading.Barrier) -> None:
        """Send, once everyone is there."""
        together.wait()
        self.began = time.perf_counter()
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.status = web.ask(self.port, self.path, self.session, self.form).status
        self.ended = time.perf_counter()


def run(kind: str) -> lib.Figures:
    """The benchmark."""
    with lib.house(kind) as house:
        path, keys = json.loads(lib.shell(house, PREPARE))
        for key in keys[:4]:
            web.ask(house.port, path, key)  # the workers have seen the page
        clients = [Client(house.port, path, key) for key in keys]
        together = threading.Barrier(CLIENTS)
        threads = [threading.Thread(target=client.press, args=(together,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        count, drift = lib.shell(house, COUNT).split()
        workers = len(lib.web_workers(house))
    first = min(client.began for client in clients)
    successes = [client.ended for client in clients if client.status == 302]
    refused = sum(client.status == 409 for client in clients)
    seconds = [client.ended - client.began for client in clients]
    return {
        "registered": len(successes),
        "in_the_database": int(count),
        "refused": refused,
        "errors": CLIENTS - len(successes) - refused,
        "drift": int(drift),
        "registered_per_s": round(len(successes) / (max(successes) - first), 1) if successes else 0,
        "p95_s": round(lib.percentile(seconds, 0.95), 3),
        "slowest_s": round(max(seconds), 3),
        "clients": CLIENTS,
        "web_workers": workers,
    }
