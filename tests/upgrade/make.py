"""Make the small installation of a landed state, and its backup: run with the code of that state (see README.md).

    python make.py FOLDER    writes FOLDER/state.tar.gz, FOLDER/keys.env and FOLDER/told.json

Everyone is invented, and so are the keys: drawn here, for this archive alone, they open nothing else.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
REASON = "Marche avec difficulté"


def main(folder: Path) -> None:
    """Settings and tables, the territory without its demonstration, a handful of cases, the backup."""
    var = folder / "var"
    os.environ |= {"BOCAGE_VAR": str(var), "BOCAGE_MODE": "demo", "DJANGO_SETTINGS_MODULE": "bocage.settings"}
    os.environ |= {"BOCAGE_LOG_LEVEL": "WARNING", "DATABASE_URL": ""}
    sys.path.insert(0, str(Path.cwd()))
    from bocage.base import prepare

    prepare.settings_file(var, demo=True)
    import django

    django.setup()
    from bocage.base import backup, journal, outbox

    prepare.migrate()
    prepare.static_files(prepare.Stamps(var, ""))
    prepare.load(NOW)
    told = people_and_cases()
    outbox.drain(NOW + timedelta(hours=1))
    letters(told)
    outbox.drain(NOW + timedelta(hours=2))
    journal.seal(NOW + timedelta(hours=3))
    (folder / "told.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    backup.backup(folder / "state.tar.gz", NOW + timedelta(hours=4))
    secrets = [
        line for line in (var / "bocage.env").read_text().splitlines() if line.startswith(("SECRET", "BOCAGE_K"))
    ]
    warning = "# For tests only: keys of the invented installation in state.tar.gz. They open nothing else."
    (folder / "keys.env").write_text("\n".join([warning, *secrets, ""]))


def people_and_cases() -> dict[str, Any]:
    """An administrator, a manager, a resident with an account, and a case in each situation."""
    from allauth.mfa.totp.internal.auth import TOTP

    from bocage.base.actors import Actor
    from bocage.cases.models import Case
    from bocage.cases.operations import (
        add_document,
        add_note,
        answer_correction,
        move_case,
        publish,
        send_message,
        start_draft,
        submit_case,
    )
    from bocage.identity.actors import actor_of_account
    from bocage.identity.models import Account, Post, Role
    from bocage.identity.operations import create_admin
    from tests.cases.factories import RESIDENT, body, document, draft, picture

    create_admin(
        username="direction@example.org",
        email="direction@example.org",
        password="une longue phrase de passe",
        today=NOW.date(),
        actor=Actor.system("make"),
        now=NOW,
    )
    manager = Account.objects.create(username="gestion", first_name="Odile", last_name="Charme")
    Post.objects.create(account=manager, role=Role.MANAGER, service="waste", starts=NOW.date(), title="Responsable")
    resident = Account.objects.create(username="marcelle@example.org", email="marcelle@example.org")
    TOTP.activate(resident, "JBSWY3DPEHPK3PXP")
    procedure = publish(with_sensitive_reason(body()), actor=Actor.system("make"), now=NOW).procedure

    def move(case: Any, transition: str, **more: Any) -> Any:
        more = {"agent": manager, "actor": actor_of_account(manager), "now": NOW + timedelta(minutes=10), **more}
        move_case(Case.objects.select_related("version__procedure", "procedure").get(pk=case.pk), transition, **more)
        return Case.objects.select_related("version__procedure", "procedure").get(pk=case.pk)

    started, code = start_draft(procedure, actor=RESIDENT, now=NOW, contact_email="paul@example.org")
    names = ("received", "correcting", "answered", "accepted", "rejected")
    cases = {}
    for number, name in enumerate(names):
        case = draft(
            NOW,
            birth_name=f"Fictif{name.capitalize()}",
            phone=f"03 53 01 00 {20 + number}",
            email="" if name in {"accepted", "rejected"} else f"{name}@example.org",
            **({"pickup_place": "home", "home_reason": REASON} if name == "received" else {}),
        )
        cases[name] = submit_case(case, actor=RESIDENT, now=NOW)
    Case.objects.filter(pk=cases["correcting"].pk).update(account=resident)
    for name in ("correcting", "answered"):
        cases[name] = move(cases[name], "ask", message="La photo est trop sombre.", fields=("proof",), due_days=30)
    again = add_document(
        cases["answered"], picture("nette.jpg"), field=document().by_id["proof"], actor=RESIDENT, now=NOW
    )
    answer_correction(cases["answered"], {"proof": [again.key]}, actor=RESIDENT, now=NOW + timedelta(minutes=20))
    pickup = {"pickup_on": (NOW + timedelta(days=8)).date().isoformat()}
    cases["accepted"] = move(cases["accepted"], "accept", agent_values=pickup)
    cases["rejected"] = move(cases["rejected"], "reject", reason="Hors du territoire.")
    agent = actor_of_account(manager)
    add_note("À rappeler lundi", case=cases["received"], author=manager, actor=agent, now=NOW)
    asked = "Quand puis-je passer ?"
    send_message(
        cases["received"], asked, from_agent=False, author=None, actor=RESIDENT, now=NOW + timedelta(minutes=5)
    )
    return {
        "now": NOW.isoformat(),
        "references": {name: case.reference for name, case in cases.items()} | {"draft": started.reference},
        "draft_code": code,
        "states": {name: Case.objects.get(pk=case.pk).state for name, case in cases.items()},
        "reason": REASON,
        "totp": "JBSWY3DPEHPK3PXP",
    }


def with_sensitive_reason(procedure: dict[str, Any]) -> dict[str, Any]:
    """The composter, with one answer that is sealed."""
    steps = [
        {**step, "fields": [{**field, "sensitive": field["id"] == "home_reason"} for field in step["fields"]]}
        for step in procedure["steps"]
    ]
    return {**procedure, "steps": steps}


def letters(told: dict[str, Any]) -> None:
    """The letters of those without e-mail: printed, posted."""
    from bocage.identity.actors import actor_of_account
    from bocage.identity.models import Account
    from bocage.messaging.models import Letter
    from bocage.messaging.operations import post_batch, print_batch

    manager = Account.objects.get(username="gestion")
    waiting = list(Letter.objects.order_by("pk"))
    agent = actor_of_account(manager)
    batch = print_batch(waiting, account=manager, actor=agent, now=NOW + timedelta(hours=1))
    post_batch(batch, posted_on=NOW.date(), numbers={}, actor=agent, now=NOW + timedelta(hours=2))
    told["letters"] = len(waiting)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
