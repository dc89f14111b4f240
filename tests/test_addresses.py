"""Every address outside the desk that names an object: whoever may open it does, for all the others it does not exist.

The desk's own are walked by tests/desk/test_matrix.py. An address of tomorrow fails the first test until somebody says
here what it is.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from bocage.agenda.access import token_of
from bocage.base import outbox
from bocage.base.models import Event
from bocage.cases import links, satisfaction
from bocage.cases.helping.operations import ask_consent, consent_on_paper, name_relative
from bocage.cases.models import Case
from bocage.identity.models import Account, Mandate, MandateAsk, Role
from bocage.identity.operations import (
    add_member,
    add_organisation_member,
    allow_site,
    ask_to_join,
    give_mandate,
    open_household,
    record_representation,
    register_site,
)
from bocage.privacy.operations.copies import ask_copy
from bocage.territory.models import Organisation
from bocage.territory.operations import load_territory
from tests.agenda import factories as agenda
from tests.cases import factories as cases
from tests.cases import issued, legal
from tests.cases.desk import commune, sit
from tests.conftest import NOW
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "mormal")]

SECRETS = ("Delattre", "Marcelle", "rue de l’Église", "03 53 01 00 12")
"""What the cases below hold: a stranger reads none of it, wherever they are led."""

PUBLIC = {
    "door", "national_sheet", "commune", "place", "procedure", "procedure_start", "procedure_print", "procedure_help",
    "public_cases", "data_public_cases_csv", "data_public_cases_geojson", "wagtaildocs_serve", "media",
    "wagtail_serve", "wagtailcore_authenticate_with_password",
    "public_case", "public_photo",  # what agents publish: tests/cases/test_public.py, test_public_photo.py
    "agenda_offer", "agenda_session", "agenda_series", "processing_register_file",
    "issued_check",  # says that a document holds, and nothing of its holder: tests/cases/test_issued.py
    "federation_start", "federation_callback", "federation_left", "federation_unlink",  # the key of a provider
}  # fmt: skip
"""Addresses whose object everyone may read."""

DEMONSTRATION = {
    "demo_message", "demo_message_html", "demo_attachment", "demo_letter",
    "stand_in_discovery", "stand_in_jwks", "stand_in_authorize", "stand_in_token", "stand_in_userinfo", "stand_in_end",
}  # fmt: skip
"""Addresses that exist in the demonstration only; the stand-in providers': tests/identity/test_federation.py."""


@dataclass
class Own:
    """Something of someone's: how it is asked for, by a browser that may."""

    args: tuple[Any, ...]
    owner: Client
    data: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def mormal(db: None, now: Any) -> None:
    """The territory."""
    load_territory("mormal", now=now)


# --- Someone's things ----------------------------------------------------------------------------------------------


def browser(account: Account) -> Client:
    """Signed in, its errors answered as a server would."""
    client = Client(raise_request_exception=False)
    client.force_login(account)
    return client


def of_account(case: Case) -> Own:
    """The case of an account that has no other right to it."""
    account = factories.resident(birth_name="Hautruisseau", given_names="Aurélien")
    Case.objects.filter(pk=case.pk).update(account=account)
    return Own((case.reference,), browser(account))


def a_draft() -> Own:
    return of_account(cases.draft(NOW))


def a_step() -> Own:
    own = a_draft()
    own.args += ("home",)
    return own


def a_case(**data: Any) -> Own:
    own = of_account(cases.filed(NOW))
    own.data = data
    return own


def a_document() -> Own:
    case = cases.filed(NOW)
    case.documents.update(scan_state="clean")
    own = of_account(case)
    own.args += (case.documents.all()[0].key,)
    return own


def a_rejection() -> Own:
    return of_account(legal.rejected_by_silence(NOW))


def a_card() -> Own:
    case = issued.requested(NOW)
    card = issued.accept(case, factories.agent(Role.AGENT, service="waste"), factories.SYSTEM, NOW)
    own = of_account(case)
    own.args += (card.number,)
    return own


def _asked() -> tuple[MandateAsk, Account, Account]:
    """Marcelle proposes a mandate to Claire."""
    cases.composter(NOW)
    mother = factories.account(person=factories.person("Delattre", "Marcelle"), email="marcelle@example.org")
    daughter = factories.account(person=factories.person("Petit", "Claire"), email="claire@example.org")
    ask = name_relative(
        mother.person,
        "claire@example.org",
        scopes=["composteur"],
        days=30,
        asked_by=mother,
        actor=factories.SYSTEM,
        now=NOW,
    )
    assert isinstance(ask, MandateAsk)
    return ask, mother, daughter


def a_proposal() -> Own:
    ask, _mother, daughter = _asked()
    return Own((ask.pk,), browser(daughter), {"answer": "no"})


def a_proposal_of_mine() -> Own:
    ask, mother, _daughter = _asked()
    return Own((ask.pk,), browser(mother))


def a_consent_asked() -> Own:
    """By a helper of an association, without any post."""
    helper = factories.resident(birth_name="Médiatrice")
    body = Organisation.objects.create(name="Les Haies vives", kind="association")
    member = {"role": "médiatrice", "starts": NOW.date(), "is_helper": True}
    add_organisation_member(body, helper.person, actor=factories.SYSTEM, now=NOW, **member)
    told: dict[str, Any] = {"scopes": ["*"], "days": 1, "way": "paper", "asked_by": helper}
    person = factories.person("Delattre", "Marcelle")
    ask = ask_consent(person, body, helper=helper, actor=factories.SYSTEM, now=NOW, **told)
    return Own((ask.pk,), browser(helper))


def _mandate() -> tuple[Mandate, Account]:
    helper = factories.agent(Role.MANAGER, commune=commune("59353"))
    hall = Organisation.objects.get(kind="commune", commune=commune("59353"))
    person = factories.person("Delattre", "Marcelle", commune=commune("59353"))
    told: dict[str, Any] = {"scopes": ["*"], "days": 1, "way": "paper", "asked_by": helper}
    ask = ask_consent(person, hall, helper=helper, actor=factories.SYSTEM, now=NOW, **told)
    return consent_on_paper(ask, evidence="", actor=factories.SYSTEM, now=NOW), helper


def a_mandate_held() -> Own:
    mandate, helper = _mandate()
    Authenticator.objects.create(user=helper, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return Own((mandate.pk,), browser(helper))


def a_mandate_given() -> Own:
    mother = factories.account(person=factories.person("Delattre", "Marcelle"))
    holder = factories.person("Petit", "Claire")
    mandate = give_mandate(
        mother.person,
        holder,
        scopes=["*"],
        starts=NOW.date(),
        ends=NOW.date(),
        consent="paper",
        actor=factories.SYSTEM,
        now=NOW,
    )
    return Own((mandate.pk,), browser(mother))


def someone_represented() -> Own:
    protected, account = factories.person("Delattre", "Marcelle"), factories.resident(birth_name="Tutrice")
    assert account.person
    days = {"decided_on": NOW.date(), "starts": NOW.date(), "ends": NOW.date()}
    link = record_representation(
        protected, account.person, kind="tutelle", decision="Jugement", actor=factories.SYSTEM, now=NOW, **days
    )
    return Own((f"r{link.pk}",), browser(account))


def a_home_ask() -> Own:
    account = factories.resident(birth_name="Parente")
    assert account.person
    told: dict[str, Any] = {"birth_name": "Parente", "given_names": "Lou", "birth_date": None, "role": "child"}
    told |= {"household": None, "legal_authority": False, "actor": factories.SYSTEM, "now": NOW}
    return Own((ask_to_join(account.person, **told).pk,), browser(account))


def a_part_in_a_household() -> Own:
    account = factories.resident(birth_name="Parente")
    assert account.person
    home = open_household(name="Parente", actor=factories.SYSTEM, now=NOW)
    part = add_member(home, account.person, role="other", starts=NOW.date(), actor=factories.SYSTEM, now=NOW)
    return Own((part.pk,), browser(account))


def a_site() -> Own:
    account = factories.resident(birth_name="Delattre", given_names="Marcelle")
    site, _secret = register_site(
        name="Médiathèque",
        redirect_uris=["https://media.example.org/retour"],
        logout_uris=[],
        scopes=["profile"],
        actor=factories.SYSTEM,
        now=NOW,
    )
    allow_site(account, site, ["openid", "profile"], actor=factories.SYSTEM, now=NOW)
    return Own((site.pk,), browser(account))


def a_key() -> Own:
    account = factories.account(password="quatre mots sans lien")
    key = Authenticator.objects.create(user=account, type="webauthn", data={"name": "Delattre", "credential": {}})
    client = Client(raise_request_exception=False)
    client.post(reverse("account_login"), {"login": account.username, "password": "quatre mots sans lien"})
    session = client.session
    if "_auth_user_id" not in session:  # asked for the key itself: signed in without it, for this test
        client.force_login(account)
        session = client.session
        session["account_authentication_methods"] = [{"method": "password", "at": NOW.timestamp()}]
        session["account_authentication_methods_user"] = str(account.pk)
        session.save()
    return Own((key.pk,), client)


def an_archive() -> Own:
    account = factories.resident(birth_name="Delattre", given_names="Marcelle")
    copy = ask_copy(account, actor=factories.SYSTEM, now=NOW)
    outbox.drain(NOW)
    return Own((copy.pk,), browser(account))


def a_registration() -> Own:
    account = factories.resident(birth_name="Delattre", given_names="Marcelle")
    row = agenda.enrol(agenda.session(), agenda.someone("Marcelle Delattre", person=account.person))
    return Own((row.reference,), browser(account))


OWN: dict[str, tuple[str, Callable[[], Own]]] = {
    "case_page": ("get", a_case),
    "case_close": ("post", a_case),
    "case_code": ("get", a_draft),
    "case_resume": ("get", a_draft),
    "case_step": ("get", a_step),
    "case_autosave": ("post", a_draft),
    "case_saved": ("get", a_draft),
    "case_keep": ("post", a_draft),
    "case_link": ("post", a_draft),
    "case_check": ("get", a_draft),
    "case_join": ("post", a_draft),
    "case_discard": ("post", a_draft),
    "case_history": ("get", a_case),
    "case_sent": ("get", a_case),
    "case_receipt": ("get", a_case),
    "case_everything": ("get", a_case),
    "case_document": ("get", a_document),
    "case_message": ("post", lambda: a_case(body="Bonjour")),
    "case_claim": ("post", a_case),
    "case_correct": ("get", a_case),
    "case_attestation": ("post", a_case),
    "case_ask_reasons": ("post", a_rejection),
    "case_ask_rules": ("post", a_case),
    "case_issued": ("get", a_card),
    "case_issued_lost": ("post", a_card),
    "case_issued_again": ("post", a_card),
    "case_withdraw": ("post", a_case),
    "data_download": ("get", an_archive),
    "data_remove": ("post", an_archive),
    "registration": ("get", a_registration),
    "registration_accept": ("post", a_registration),
    "registration_cancel": ("post", a_registration),
    "helping_person": ("get", a_mandate_held),
    "helping_take": ("post", a_mandate_held),
    "helping_consent": ("get", a_consent_asked),
    "helping_consent_drop": ("post", a_consent_asked),
    "helping_consent_sheet": ("get", a_consent_asked),
    "identity_household_leave": ("post", a_part_in_a_household),
    "identity_household_drop": ("post", a_home_ask),
    "helping_represented": ("get", someone_represented),
    "helping_represent": ("post", someone_represented),
    "helping_proposal": ("post", a_proposal),
    "helping_drop": ("post", a_proposal_of_mine),
    "identity_revoke_mandate": ("post", a_mandate_given),
    "identity_withdraw_site": ("post", a_site),
    "mfa_edit_webauthn": ("get", a_key),
    "mfa_remove_webauthn": ("post", a_key),
}


# --- Keys: the address itself opens --------------------------------------------------------------------------------


KEYS = {"track_link", "opinion", "signature", "satisfaction", "identity_link"}
"""Addresses whose last part is a signed key: altered, or of another kind, it opens nothing."""

LINKS = {"registration_link": "get", "registration_link_accept": "post", "registration_link_cancel": "post"}
"""Addresses of a registration and its key."""


# --- The walk ------------------------------------------------------------------------------------------------------


def _walk(resolver: URLResolver, path: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        here = path + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, here, ":".join(part for part in (space, entry.namespace) if part))
        elif isinstance(entry, URLPattern) and not here.startswith("bureau/") and ("<" in here or "(" in here):
            yield ":".join(part for part in (space, entry.name or entry.lookup_str) if part), here


def test_every_address_that_names_something_is_told_here() -> None:
    found = {name for name, _path in _walk(get_resolver())}
    assert len(found) > 60
    told = [PUBLIC, DEMONSTRATION, set(OWN), KEYS, set(LINKS)]
    assert found - set().union(*told) == set(), "say here who may open it"
    assert set().union(*told) - found == set(), "no such address"
    assert sum(map(len, told)) == len(set().union(*told)), "told twice"


def strangers() -> list[tuple[str, Client]]:
    """Nobody, somebody else, and an agent of another service."""
    agent, _account = sit(Role.AGENT, service="libraries")
    agent.raise_request_exception = False
    return [
        ("visitor", Client(raise_request_exception=False)),
        ("resident", browser(factories.resident(birth_name="Autre", given_names="Personne"))),
        ("agent", agent),
    ]


def _asks_who_one_is(response: Any) -> bool:
    """The password again before a page of security, whatever it names."""
    return bool(response.status_code == 302 and response["Location"].startswith(reverse("account_reauthenticate")))


def text_of(response: Any) -> str:
    """What an answer says; a file is read to its end, which closes it (``close`` would close the test's connection)."""
    if getattr(response, "streaming", False):
        return b"".join(response.streaming_content).decode(errors="replace")
    return str(response.content.decode(errors="replace"))


@pytest.mark.slow
@pytest.mark.parametrize("name", OWN)
def test_what_is_someones_own_does_not_exist_for_others(name: str) -> None:
    method, make = OWN[name]
    own = make()
    address = reverse(name, args=own.args)
    others, events = strangers(), Event.objects.count()
    for who, client in others:
        response = getattr(client, method)(address, own.data)
        if who == "visitor" and response.status_code == 302:
            assert response["Location"].startswith((reverse("account_login"), reverse("track"))), response["Location"]
        else:
            assert response.status_code == 404 or _asks_who_one_is(response), (who, response.status_code)
        assert not [secret for secret in SECRETS if secret in text_of(response)], who
    assert Event.objects.count() == events, "a stranger wrote something"
    response = getattr(own.owner, method)(address, own.data)
    text_of(response)
    assert response.status_code in {200, 302, 400, 409, 422}, response.status_code
    if response.status_code == 302:
        assert not response["Location"].startswith((reverse("account_login"), reverse("track"))), response["Location"]


def test_a_document_of_another_case_is_not_given_under_ones_own() -> None:
    theirs = a_document()
    mine = of_account(cases.filed(NOW))
    assert mine.owner.get(reverse("case_document", args=[mine.args[0], theirs.args[1]])).status_code == 404
    card = a_card()
    assert mine.owner.get(reverse("case_issued", args=[mine.args[0], card.args[1]])).status_code == 404
    assert mine.owner.post(reverse("case_issued_lost", args=[mine.args[0], card.args[1]])).status_code == 404


@pytest.mark.parametrize(
    ("kind", "disposition"),
    [("application/pdf", "inline"), ("image/jpeg", "inline"), ("text/plain; charset=utf-8", "attachment"),
     ("application/vnd.oasis.opendocument.text", "attachment")],
)  # fmt: skip
def test_a_document_is_given_so_that_no_browser_runs_it(kind: str, disposition: str) -> None:
    """Whatever slipped in: no script, no origin, no guessing, no trace, and the cleaned name."""
    own = a_document()
    case = Case.objects.get(reference=own.args[0])
    case.documents.update(content_type=kind, name="reçu ; du « 3 » mars.pdf")
    response = own.owner.get(reverse("case_document", args=own.args))
    text_of(response)
    assert response["Content-Type"] == kind
    assert response["Content-Disposition"].startswith(disposition)
    assert "filename*=utf-8''re%C3%A7u%20%3B" in response["Content-Disposition"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["Content-Security-Policy"].endswith("sandbox")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("name", "path_for"), [("track_link", links.path_for), ("satisfaction", satisfaction.path_for)]
)
def test_a_signed_key_opens_its_own_address_unaltered_and_no_other(name: str, path_for: Callable[[Case], str]) -> None:
    case = issued.requested(NOW)
    issued.accept(case, factories.agent(Role.AGENT, service="waste"), factories.SYSTEM, NOW)
    path = path_for(Case.objects.get(pk=case.pk))
    token = path.rstrip("/").rpartition("/")[2]
    assert Client().get(path).status_code < 400
    altered = token[:-1] + ("A" if token[-1] != "A" else "B")
    tried = [(other, token) for other in sorted(KEYS - {name})] + [(name, altered), (name, token.split(":")[0])]
    for other, given in tried:
        client = Client(raise_request_exception=False)
        response = client.get(reverse(other, args=[given]), follow=True)
        assert response.status_code < 500, (other, given)
        assert not [secret for secret in SECRETS if secret in text_of(response)], (other, given)
        assert not client.session.get("cases"), (other, given)


@pytest.mark.parametrize("name", LINKS)
def test_the_key_of_a_registration_opens_it_alone(name: str) -> None:
    one, other = (agenda.enrol(agenda.session(), agenda.someone("Marcelle Delattre")) for _turn in range(2))
    key = token_of(one)
    altered = ("B" if key[0] != "B" else "C") + key[1:]
    events = Event.objects.count()
    for reference, token in ((other.reference, key), (one.reference, altered), (one.reference, "x")):
        client = Client(raise_request_exception=False)
        response = getattr(client, LINKS[name])(reverse(name, args=[reference, token]))
        assert response.status_code == 404
        assert "Delattre" not in text_of(response)
    assert Event.objects.count() == events
    response = getattr(Client(), LINKS[name])(reverse(name, args=[one.reference, key]))
    assert response.status_code in {200, 302}


@pytest.mark.parametrize("name", sorted(name for name in DEMONSTRATION if name.startswith("demo_")))
def test_what_is_of_the_demonstration_does_not_exist_elsewhere(name: str) -> None:
    resolver = get_resolver()
    (path,) = [path for found, path in _walk(resolver) if found == name]
    sample = {"id": "1", "slug": "franceconnect", "str": "x"}
    address = "/" + re.sub(r"<(\w+):\w+>", lambda part: sample[part[1]], path)
    client = browser(factories.resident())
    for method in (client.get, client.post):
        assert method(address).status_code in {404, 405}
