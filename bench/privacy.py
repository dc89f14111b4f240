"""The archive of a person with 500 requests, each filed for real: answers, a document, messages, notices, journal.

By the worker's own path, with progress written; then what erasing that person takes, and who looked at them. One
process, on an otherwise empty house. Wanted: export_s <= 3, of 500 records.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import lib
from tests import cluster
from tests.house import environment

RECORDS = 500
RUNS = 5


def run(kind: str) -> lib.Figures:
    """The benchmark, in a process of its own."""
    with lib.database(kind) as url, tempfile.TemporaryDirectory(prefix="bocage-bench-") as folder:
        var = Path(folder) / "var"
        if url:
            cluster.create_database(*url.rsplit("/", 1))
        from bocage.base import prepare

        prepare.settings_file(var, demo=False)
        told = subprocess.run(
            [sys.executable, "-m", "bench.privacy"],
            cwd=lib.ROOT,
            env=environment(var, url),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
    return dict(json.loads(told.stdout.splitlines()[-1]))


def _someone(now: Any) -> Any:
    """An account whose person filed ``RECORDS`` requests, all withdrawn since: nothing blocks their erasure."""
    from io import BytesIO

    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    from bocage.base import outbox
    from bocage.base.actors import Actor
    from bocage.cases.models import Document, Procedure
    from bocage.cases.operations import (
        add_document,
        save_answers,
        send_message,
        start_draft,
        submit_case,
        withdraw_case,
    )
    from bocage.identity import operations as identity
    from bocage.territory.models import Commune

    system = Actor.system("bench")
    person = identity.create_person(
        birth_name="Haiedouce",
        given_names="Marthe",
        email="marthe.haiedouce@example.org",
        commune=Commune.objects.get(insee="59353"),
        actor=system,
        now=now,
    )
    account = identity.create_account(username=person.email, email=person.email, person=person, actor=system, now=now)
    actor = Actor("account", account.pk, str(account))
    procedure = Procedure.objects.select_related("current").get(slug="composteur")
    picture = BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(picture, "JPEG", quality=60)
    field = procedure.current.document.by_id["proof"]
    for number in range(RECORDS):
        case, _code = start_draft(procedure, actor=actor, now=now, account=account, applicant=person)
        paper = SimpleUploadedFile("facture.jpg", picture.getvalue(), "image/jpeg")
        proof = add_document(case, paper, field=field, actor=actor, now=now)
        Document.objects.filter(pk=proof.pk).update(scan_state="clean")
        save_answers(case, {**ANSWERS, "proof": [proof.key]}, now=now)
        case = submit_case(case, actor=actor, now=now)
        words = f"Bonjour, où en est ma demande n° {number} ?"
        send_message(case, words, from_agent=False, author=account, actor=actor, now=now)
        withdraw_case(case, actor=actor, now=now)
        if number % 50 == 49:
            outbox.drain(now, queue_names=["default"])
    return account


ANSWERS = {
    "lives_here": "oui",
    "already_has": "non",
    "given_names": "Marthe",
    "birth_name": "Haiedouce",
    "birth_date": "31/01/1948",
    "phone": "03 53 01 00 12",
    "address": {"line": "12 rue de l’Église", "postcode": "59530", "commune": "59353"},
    "housing": "house",
    "garden_size": "250",
    "tenant": "non",
    "household_size": "1",
    "model": "wood_300",
    "training": "non",
    "pickup_place": "lequesnoy",
    "statement": "oui",
}


def main() -> None:
    """Prepare a house, make someone, take their archive ``RUNS`` times, then erase them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bocage.settings")
    import django

    django.setup()
    from django.utils import timezone

    from bocage.base import outbox, prepare
    from bocage.identity.actors import actor_of_account
    from bocage.privacy.looking import looks_at
    from bocage.privacy.models import DataCopy, Erasure
    from bocage.privacy.operations import ask_copy, ask_erasure, remove_copy
    from bocage.privacy.operations.erasing import COOLING_OFF
    from bocage.privacy.queries import fates

    now = timezone.now()
    prepare.prepare(now, lambda _message: None)
    account = _someone(now)
    outbox.drain(now)
    actor, person = actor_of_account(account), account.person
    times: list[float] = []
    used: list[float] = []
    for _ in range(RUNS):
        copy = ask_copy(account, actor=actor, now=timezone.now())
        begun, cpu = time.monotonic(), time.process_time()
        outbox.drain(timezone.now(), queue_names=["exports"])
        times.append(time.monotonic() - begun)
        used.append(time.process_time() - cpu)
        copy = DataCopy.objects.get(pk=copy.pk)
        if copy.state != "ready" or copy.written != copy.total:
            raise RuntimeError(f"{copy.state}, {copy.written} of {copy.total}")
        size, steps = copy.size, copy.total
        remove_copy(copy, actor=actor, now=timezone.now())
    figures: lib.Figures = {
        "records": RECORDS,
        "steps": steps,
        "archive_kib": size // 1024,
        "export_s": round(lib.percentile(times, 0.5), 2),
        "export_worst_s": round(max(times), 2),
        "export_cpu_s": round(lib.percentile(used, 0.5), 2),
    }
    for name, ask in (("preview_s", lambda: fates(person, now)), ("who_looked_s", lambda: looks_at(person))):
        begun = time.monotonic()
        ask()
        figures[name] = round(time.monotonic() - begun, 2)
    asked = ask_erasure(person, actor=actor, now=now)
    begun, cpu = time.monotonic(), time.process_time()
    outbox.drain(now + COOLING_OFF, queue_names=["jobs"])
    if Erasure.objects.get(pk=asked.pk).state != "done":
        raise RuntimeError("not erased")
    figures["erasing_s"] = round(time.monotonic() - begun, 2)
    figures["erasing_cpu_s"] = round(time.process_time() - cpu, 2)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
