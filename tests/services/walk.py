"""A request made on line and without account, page by page, through Django's client."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from bocage.base.actors import Actor
from bocage.cases.models import Case
from bocage.cases.operations import publish
from tests.cases.desk import page
from tests.cases.factories import body, picture

PERSON = {
    "given_names": "Marcelle",
    "birth_name": "Delattre",
    "usual_name": "",
    "birth_date": "31/01/1948",
    "email": "",
    "phone": "03 53 01 00 12",
}
HOME = {"address.line": "12 rue de l’Église", "address.postcode": "59530", "address.commune": "59353"}


def begin(slug: str, now: Any, **answers: str) -> tuple[Client, Case]:
    """The procedure published, its questions answered: a draft."""
    publish(body(slug), actor=Actor.system("test"), now=now)
    client = Client()
    told = {"_shown": list(answers), **answers, "phone": "03 53 01 00 12"}
    assert client.post(reverse("procedure_start", args=[slug]), told).status_code == 302
    return client, Case.objects.get()


def step(client: Client, case: Case, name: str, files: tuple[str, ...] = (), **values: Any) -> None:
    """One page filled and sent, and sent again where the answers brought up others; it leads to the next."""
    address = reverse("case_step", args=[case.reference, name])
    answer = client.get(address)
    left = set(files)
    for _attempt in range(3):
        shown = re.findall(r'name="_shown" value="(\w+)"', page(answer))
        attached = {field: picture(f"{field}.jpg") for field in left & set(shown)}
        left -= attached.keys()
        answer = client.post(address, {"_shown": shown, **values, **attached})
        if answer.status_code != 200:
            break
    assert answer.status_code == 302, page(answer)


def send(client: Client, case: Case) -> None:
    """The last page, confirmed."""
    client.post(reverse("case_check", args=[case.reference]), {"confirm": "oui"})
    case.refresh_from_db()
    assert case.state == "received"


def press(client: Client, case: Case, button: str, reason: str = "", **part: str) -> None:
    """An agent fills the service's part, then presses a button."""
    if part:
        client.post(reverse("cases_service_part", args=[case.reference]), {"_shown": list(part), **part})
    answer = client.post(reverse("cases_move", args=[case.reference, button]), {"reason": reason})
    assert answer.status_code == 302, answer.content.decode()
    case.refresh_from_db()
