"""Being signed out after a while, and after a whole; the log of who signs in."""

import logging
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bocage import cli
from bocage.base.models import Event
from bocage.identity import sittings
from bocage.identity.hashers import PasswordHasher
from bocage.identity.models import Account, Role
from bocage.identity.operations import end_sessions
from tests.identity import factories
from tests.identity.test_entrance import PASSWORD, log_in, verified

pytestmark = pytest.mark.django_db
HOUR = 3600


class Clock:
    """What the limits read; a test moves it."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(sittings, "time", made)
    caches["default"].clear()
    return made


def is_in(client: Client) -> bool:
    return client.get(reverse("identity_home")).status_code == 200


def stays(client: Client, clock: Clock, every: float, until: float) -> float:
    """Seconds that someone who asks for a page at this pace stays signed in; at most ``until``."""
    begun = clock.now
    while clock.now - begun < until:
        clock.now += every
        if not is_in(client):
            break
    return clock.now - begun


@pytest.mark.parametrize(("who", "idle", "whole"), [("resident", 2 * HOUR, 12 * HOUR), (Role.AGENT, HOUR, 12 * HOUR)])
def test_one_is_signed_out_when_idle_and_in_the_end(
    client: Client, clock: Clock, territory: Any, who: str, idle: int, whole: int
) -> None:
    account = factories.resident() if who == "resident" else factories.agent(who, service="waste")
    client.force_login(account)
    clock.now += idle * 0.9
    assert is_in(client)
    clock.now += idle * 1.01
    assert not is_in(client)
    client.force_login(account)
    assert whole <= stays(client, clock, idle / 2, 3 * whole) <= whole + idle
    assert SESSION_KEY not in client.session


def test_moving_about_at_any_pace_is_not_being_idle(client: Client, clock: Clock) -> None:
    """The last moment is written now and then only: never so seldom that someone active is signed out."""
    client.force_login(factories.resident())
    assert stays(client, clock, 7 * 60, 11 * HOUR) >= 11 * HOUR


def test_a_page_read_costs_no_write(client: Client, clock: Clock) -> None:
    client.force_login(factories.resident())
    client.get("/compte/")
    for seconds, writes in ((30, False), (HOUR, True)):
        clock.now += seconds
        with CaptureQueriesContext(connection) as asked:
            client.get("/compte/")
        assert any(query["sql"].startswith("UPDATE") for query in asked.captured_queries) is writes


def test_on_ones_own_device_one_stays_a_fortnight(client: Client, clock: Clock) -> None:
    verified()
    log_in(client, "camille@example.org", remember="on")
    clock.now += 13 * 86_400
    assert is_in(client)
    clock.now += 2 * 86_400
    assert not is_in(client)


def test_the_key_of_a_session_cannot_be_guessed(client: Client) -> None:
    keys = set()
    for _turn in range(20):
        client.force_login(factories.resident())
        keys.add(client.session.session_key)
    assert len(keys) == 20
    assert all(len(key) == 32 for key in keys)  # of 36 signs: 165 bits
    assert len(set("".join(keys))) > 30


def test_without_asking_the_session_ends_with_the_browser(client: Client, clock: Clock) -> None:
    verified()
    sent = log_in(client, "camille@example.org")
    assert sent.cookies["sessionid"]["max-age"] == ""
    kept = log_in(Client(), "camille@example.org", remember="on")
    assert kept.cookies["sessionid"]["max-age"] == 14 * 86_400


def test_the_box_gives_an_agent_no_more(client: Client, clock: Clock) -> None:
    account = verified()
    factories.post(account, Role.ADMINISTRATOR)
    log_in(client, "camille@example.org", remember="on")
    clock.now += HOUR * 1.1
    assert not is_in(client)


def test_someone_made_agent_meanwhile_has_agents_limits_from_the_desk_on(
    client: Client, clock: Clock, settings: Any
) -> None:
    settings.DEMO = True  # the second factor is not what is looked at
    account = factories.resident()
    client.force_login(account)
    factories.post(account, Role.ADMINISTRATOR)
    assert client.get("/bureau/").status_code == 200
    clock.now += HOUR * 1.1
    assert not is_in(client)


def test_one_is_told_why_and_comes_back_to_the_page(client: Client, clock: Clock) -> None:
    client.force_login(factories.resident())
    clock.now += 3 * HOUR
    sent = client.get(reverse("identity_details"))
    assert sent.status_code == 302
    assert "next=/compte/coordonnees/" in sent["Location"]
    assert "déconnecté après un long moment" in client.get(sent["Location"]).content.decode()


def test_what_another_window_wrote_meanwhile_is_kept(client: Client, clock: Clock, monkeypatch: Any) -> None:
    client.force_login(factories.resident())
    clock.now += HOUR
    write = sittings._write_seen

    def meanwhile(request: Any, now: int) -> None:
        other = type(request.session)(request.session.session_key)
        other["typed"] = "elsewhere"
        other.save()
        write(request, now)

    monkeypatch.setattr(sittings, "_write_seen", meanwhile)
    assert is_in(client)
    assert client.session["typed"] == "elsewhere"
    assert client.session[sittings.KEY]["seen"] == int(clock.now)


def test_a_session_of_before_the_limits_is_given_them(client: Client, clock: Clock) -> None:
    client.force_login(factories.resident())
    session = client.session
    del session[sittings.KEY]
    session.save()
    assert is_in(client)
    clock.now += 3 * HOUR
    assert not is_in(client)


# --- The log -------------------------------------------------------------------------------------------------------


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.event for record in caplog.records if record.name == "bocage.security"]  # type: ignore[attr-defined]


def test_who_signs_in_or_fails_to_is_told_without_saying_who(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caches["default"].clear()
    account = verified()
    with caplog.at_level(logging.INFO, logger="bocage.security"):
        log_in(client, "camille@example.org", "pas le bon mot")
        log_in(client, "camille@example.org")
        client.post(reverse("account_logout"))
    assert told(caplog) == ["login_failed", "factor_accepted", "signed_in", "signed_out"]
    lines = [vars(record) for record in caplog.records if record.name == "bocage.security"]
    assert [line["account"] for line in lines] == ["", str(account.pk), str(account.pk), str(account.pk)]
    assert len({line["source"] for line in lines}) == 1
    text = str(lines)
    for word in ("camille", "Lefèvre", PASSWORD, "pas le bon mot", "127.0.0.1"):
        assert word not in text


def test_what_is_refused_is_told(client: Client, caplog: pytest.LogCaptureFixture, territory: Any) -> None:
    resident = factories.resident()
    client.force_login(resident)
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="bocage.security"):
        assert client.get("/bureau/").status_code == 403
        assert client.post("/compte/mandats/12345/revoquer/").status_code == 404
        assert client.get("/nulle-part/").status_code == 404  # no address of ours: nothing was refused
        strict = Client(enforce_csrf_checks=True)
        assert strict.post("/compte/connexion/", {"login": "x"}).status_code == 403
    lines = [
        (record.event, record.view, record.account)  # type: ignore[attr-defined]
        for record in caplog.records
        if record.name == "bocage.security"
    ]
    assert lines == [
        ("refused", "desk_today", str(resident.pk)),
        ("out_of_reach", "identity_revoke_mandate", str(resident.pk)),
        ("refused", "account_login", ""),
    ]


def test_too_many_attempts_are_told(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caches["default"].clear()
    verified()
    with caplog.at_level(logging.INFO, logger="bocage.security"):
        for _turn in range(31):
            response = log_in(client, "camille@example.org", "faux")
            if response.status_code == 429:
                break
    assert "too_many" in told(caplog)
    caches["default"].clear()


def test_a_change_of_ones_way_in_is_told(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caches["default"].clear()
    verified()
    log_in(client, "camille@example.org")
    new = "un autre long mot de passe"
    with caplog.at_level(logging.INFO, logger="bocage.security"):
        client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert "password_changed" in told(caplog)


def test_a_source_means_nothing_tomorrow(rf: Any) -> None:
    import time_machine

    from bocage.base.security_log import source

    with time_machine.travel("2026-03-10T09:00:00Z", tick=False):
        today = source(rf.get("/"))
        assert today == source(rf.get("/autre/"))
        assert today != source(rf.get("/", REMOTE_ADDR="192.0.2.7"))
    with time_machine.travel("2026-03-11T09:00:00Z", tick=False):
        assert today != source(rf.get("/"))


# --- Ending sessions -----------------------------------------------------------------------------------------------


def test_signing_out_has_the_browser_forget(client: Client) -> None:
    client.force_login(factories.resident())
    assert "Clear-Site-Data" not in client.get("/compte/")
    sent = client.post(reverse("account_logout"))
    assert sent["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in client.get("/")


def test_being_signed_out_after_a_while_too(client: Client, clock: Clock) -> None:
    client.force_login(factories.resident())
    clock.now += 3 * HOUR
    assert client.get("/compte/")["Clear-Site-Data"] == '"cache", "storage"'


def test_devices_are_ended_by_who_says_again_who_they_are(client: Client) -> None:
    verified()
    other = Client()
    log_in(other, "camille@example.org")
    client.force_login(Account.objects.get(email="camille@example.org"))  # signed in, and nothing proved lately
    assert client.get(reverse("usersessions_list")).status_code == 200
    sent = client.post(reverse("usersessions_list"))
    assert sent["Location"].startswith(reverse("account_reauthenticate"))
    assert is_in(other)
    client.post(sent["Location"], {"password": PASSWORD})
    client.post(reverse("usersessions_list"))
    assert not is_in(other)
    assert is_in(client)


def test_a_new_password_ends_the_other_sessions(client: Client) -> None:
    caches["default"].clear()
    verified()
    other = Client()
    log_in(other, "camille@example.org")
    log_in(client, "camille@example.org")
    new = "un autre long mot de passe"
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert is_in(client)
    assert not is_in(other)


def test_an_account_is_signed_out_everywhere_by_who_runs_the_house(client: Client, now: Any) -> None:
    lost, other = factories.resident(), factories.resident()
    neighbour = Client()
    client.force_login(lost)
    neighbour.force_login(other)
    # Sessions know the real clock.
    assert end_sessions(lost, actor=factories.SYSTEM, now=timezone.now()) == 1
    assert not is_in(client)
    assert is_in(neighbour)
    assert end_sessions(None, actor=factories.SYSTEM, now=timezone.now()) == 1
    assert not is_in(neighbour)
    subjects = Event.objects.filter(kind="identity.sessions_ended").values_list("subject", flat=True)
    assert list(subjects.order_by("pk")) == [f"account:{lost.pk}", "everybody"]


def test_the_command_names_whom_it_signs_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    verified()
    log_in(client, "camille@example.org")
    assert cli.main(["sign-out", "personne@example.org"]) == 1
    assert cli.main(["sign-out"]) == 1
    assert is_in(client)
    assert cli.main(["sign-out", "camille@example.org"]) == 0
    assert not is_in(client)


def test_saying_again_who_one_is_changes_the_key_of_the_session(client: Client) -> None:
    caches["default"].clear()
    verified()
    log_in(client, "camille@example.org")
    before = client.session.session_key
    client.post(reverse("account_reauthenticate"), {"password": "pas le bon", "next": "/"})
    assert client.session.session_key == before
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": "/"})
    assert client.session.session_key != before
    stolen = Client()
    stolen.cookies["sessionid"] = before
    assert not is_in(stolen)
    assert is_in(client)
    listed = client.get(reverse("usersessions_list")).content.decode()
    assert listed.count("cet appareil") == 1


# --- Passwords at rest ---------------------------------------------------------------------------------------------


def test_passwords_are_kept_at_a_cost_that_is_approved() -> None:
    """OWASP ASVS 5.0, appendix C: scrypt with p = 3 and N = 2^15 at least."""
    house = PasswordHasher()
    kept = house.encode(PASSWORD, "salt1234")
    assert kept.startswith("scrypt$32768$salt1234$8$3$")
    assert house.verify(PASSWORD, kept)
    assert not house.verify(f"{PASSWORD}.", kept)
    assert not house.must_update(kept)
    before = ScryptPasswordHasher().encode(PASSWORD, "salt1234")
    assert house.verify(PASSWORD, before)
    assert house.must_update(before)
    text = (Path(cli.__file__).parent / "settings.py").read_text()
    assert 'else ["bocage.identity.hashers.PasswordHasher", ' in text


# --- Codes of the application --------------------------------------------------------------------------------------


def test_a_code_serves_once_as_long_as_it_is_good(client: Client) -> None:
    """Clocks may drift by half a minute: a code is good for a minute and a half, and whoever saw it typed waits."""
    import time_machine
    from allauth.mfa.totp.internal import auth as totp

    caches["default"].clear()
    account = verified()
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(account, secret)

    def enters(code: str) -> bool:
        browser = Client()
        log_in(browser, account.email)
        browser.post(reverse("mfa_authenticate"), {"code": code})
        return is_in(browser)

    with time_machine.travel("2026-03-10T09:30:05Z", tick=False) as clock:
        code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
        assert enters(code)
        for seconds in (1, 20, 19):
            clock.shift(seconds)
            assert not enters(code), seconds
        clock.shift(20)
        assert enters(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))
