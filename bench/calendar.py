"""The public agenda: fifty of five thousand sessions to come, drawn anew each time, for someone signed in.

CPU of the web workers for one page, and the queries it makes. Wanted: cpu_ms <= 12, queries <= 10.
"""

import json

from bench import lib, web

SESSIONS = 5000
PREPARE = f"""
import json
from datetime import timedelta
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from bocage.agenda import operations
from bocage.agenda.models import Pool, Session
from bocage.agenda.terms import Terms
from bocage.base.actors import Actor
from bocage.territory.models import Place
from bocage.territory.queries import today
now = timezone.now()
by = {{"actor": Actor.system("bench"), "now": now}}
terms = Terms.model_validate({{
    "pools": [{{"id": "seats", "label": "Places", "capacity": 12}}],
    "options": [{{"id": "place", "label": "Une place", "takes": ["seats"]}}],
}})
places = list(Place.objects.filter(kind="town_hall").select_related("commune"))
rows = []
for number in range(20):
    offer = operations.create_offer(
        slug=f"bench-{{number}}", service="mediation", kind="workshop", title=f"Atelier {{number}}", terms=terms, **by)
    operations.publish(offer, **by)
    for turn in range({SESSIONS} // 20):
        day = today(now) + timedelta(days=1 + (turn * 20 + number) % 300)
        begin, end = operations.bounds(day, "14:00", "16:00")
        place = places[(turn + number) % len(places)]
        rows.append(Session(offer=offer, starts=begin, ends=end, day=day, place=place, commune=place.commune))
Session.objects.bulk_create(rows)
Pool.objects.bulk_create([Pool(session=row, name="seats", capacity=12) for row in rows])
store = SessionStore()
store["seen"] = True
store.save()
print(json.dumps(store.session_key))
"""
QUERIES = """
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
client = Client(SERVER_NAME="localhost")
client.get("/agenda/?du=")
with CaptureQueriesContext(connection) as made:
    client.get("/agenda/?du=")
print(len(made))
"""


def run(kind: str) -> lib.Figures:
    """The benchmark."""
    with lib.house(kind) as house:
        key = json.loads(lib.shell(house, PREPARE))
        queries = int(lib.shell(house, QUERIES))

        def ask() -> None:
            answer = web.ask(house.port, "/agenda/?du=", key)
            if answer.status != 200 or answer.body.count(b'<li><a href="/agenda/') != 50:
                raise RuntimeError(f"agenda: {answer.status}")

        return {
            "cpu_ms": lib.cpu_per_request_ms(house, ask),
            "queries": queries,
            "sessions": SESSIONS,
        }
