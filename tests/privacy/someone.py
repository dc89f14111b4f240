"""Someone of whom the house knows a lot: each app holds something of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import get_connection, send_mail
from django.db import transaction
from PIL import Image

from bocage.base import crypto, outbox
from bocage.base.actors import Actor
from bocage.cases.models import Case, Procedure
from bocage.cases.operations import (
    add_document,
    add_note,
    publish,
    save_answers,
    send_message,
    start_draft,
    submit_case,
    withdraw_case,
)
from bocage.identity import operations as identity
from bocage.identity.models import Account, Person, Role
from tests.cases.factories import ANSWERS, body, document
from tests.identity import factories

FAMILY, GIVEN = "Vandenbroucke", "Zélie"
EMAIL, PHONE, STREET = "zelie.vb@example.org", "06 39 98 12 34", "17 ruelle des Aubépines"
WORDS = (FAMILY, GIVEN, EMAIL, "+33639981234", "ruelle des Aubépines")
"""What must be nowhere once they are erased; ``tests.privacy.everywhere`` looks for it."""


@dataclass
class Someone:
    """Them, their account, and their cases."""

    person: Person
    account: Account
    actor: Actor
    agent: Account
    closed: Case
    draft: Case


def known(now: datetime) -> Someone:
    """Their record, account, household, mandates, cases, documents, notes, notices, exports: as of ``now``."""
    system = factories.SYSTEM
    agent = factories.agent(Role.MANAGER, service="waste")
    account = factories.account(
        username=EMAIL,
        email=EMAIL,
        first_name=GIVEN,
        last_name=FAMILY,
        person=factories.person(
            FAMILY, GIVEN, email=EMAIL, phone=PHONE, address=STREET, postcode="59530", birth_date=now.date()
        ),
    )
    person = account.person
    assert person is not None
    EmailAddress.objects.create(user=account, email=EMAIL, verified=True, primary=True)
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": crypto.seal("JBSWY3DP")})
    home = identity.open_household(name=f"Foyer {FAMILY}", actor=system, now=now)
    identity.add_member(home, person, role="guardian", starts=now.date(), legal_authority=True, actor=system, now=now)
    helper = factories.person("Aidant", "Paul")
    dates = {"starts": now.date(), "ends": now.date() + timedelta(days=30)}
    identity.give_mandate(person, helper, consent="paper", **dates, actor=system, now=now)  # type: ignore[arg-type]
    actor = Actor("account", account.pk, str(account))
    closed = filed(account, actor, now)
    case_agent = Actor("account", agent.pk, str(agent), "counter")
    add_note(case=closed, body=f"{GIVEN} {FAMILY} a appelé.", author=agent, actor=case_agent, now=now)
    add_note(person=person, body=f"Mme {FAMILY} préfère le matin.", author=agent, actor=case_agent, now=now)
    send_message(closed, f"Bonjour, ici {FAMILY}.", from_agent=False, author=account, actor=actor, now=now)
    send_message(closed, f"Bonjour madame {FAMILY}.", from_agent=True, author=agent, actor=case_agent, now=now)
    with transaction.atomic():
        packages = get_connection("bocage.messaging.backend.OutboxEmailBackend")  # tests have another one
        send_mail("Votre code", f"Bonjour {GIVEN} {FAMILY}", None, [EMAIL], connection=packages)
    outbox.drain(now)
    withdraw_case(closed, actor=actor, now=now)
    draft = started(account, actor, now)
    outbox.drain(now)
    return Someone(person, account, actor, agent, closed, draft)


def started(account: Account, actor: Actor, now: datetime) -> Case:
    """A draft of theirs, with a document under their name."""
    procedure = Procedure.objects.filter(slug="composteur").first()
    procedure = procedure or publish(body(), actor=Actor.system("test"), now=now).procedure
    case, _code = start_draft(procedure, actor=actor, now=now, account=account, applicant=account.person)
    told = {
        **ANSWERS,
        "given_names": GIVEN,
        "birth_name": FAMILY,
        "phone": PHONE,
        "address": {"line": STREET, "postcode": "59530", "commune": "59353"},
    }
    out = BytesIO()
    Image.new("RGB", (64, 48), "white").save(out, "JPEG", comment=f"Facture de {FAMILY}".encode())
    paper = SimpleUploadedFile(f"facture {FAMILY}.jpg", out.getvalue(), "image/jpeg")
    proof = add_document(case, paper, field=document().by_id["proof"], actor=actor, now=now)
    save_answers(case, {**told, "proof": [proof.key]}, now=now)
    return case


def filed(account: Account, actor: Actor, now: datetime) -> Case:
    """A request of theirs, under way."""
    return submit_case(started(account, actor, now), actor=actor, now=now)
