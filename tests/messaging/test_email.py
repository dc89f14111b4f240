"""Handing mail over to a server that refuses, asks to wait, or cuts the line; and never twice for nothing."""

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives, send_mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bocage.base import outbox, pdf
from bocage.base.models import Event, Outbox
from bocage.base.operations import abandon, release, retry
from bocage.messaging import checks, mime, queries, smtp, transport
from bocage.messaging.attachments import File
from bocage.messaging.manifest import PATIENT
from bocage.messaging.models import Delivery, DeliveryState, MailboxMessage
from bocage.messaging.operations import Recipient, Signatory, Text
from tests.conftest import NOW
from tests.messaging import factories
from tests.standins.smtp import serving

pytestmark = pytest.mark.django_db


def drain(now=NOW):
    return outbox.drain(now, queue_names=["awaited", "default"])


def test_a_mail_is_accepted_once_and_told_as_sent(mail_server):
    row = factories.delivery()
    assert drain() == 1
    (accepted,) = mail_server.accepted
    assert accepted.message_id == f"<{row.message_id}@example.org>"
    assert accepted.recipients == ["jeanne@example.org"]
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT
    assert row.provider_ref == "2.0.0 queued"
    assert queries.sentence(row) == "Courriel remis le 10\u00a0mars 2026 à 10\u00a0h\u00a030"
    assert drain(NOW + timedelta(days=1)) == 0


def test_an_unknown_address_fails_at_once_and_its_case_hears_it(mail_server):
    mail_server.next("550-rcpt")
    row = factories.delivery()
    drain()
    row.refresh_from_db()
    assert row.state == DeliveryState.FAILED
    assert row.error == "Adresse inconnue ou refusée par son serveur (550 5.1.1 no such user)."
    assert Event.objects.filter(kind="messaging.delivery_failed", subject="case:1").count() == 1
    assert drain(NOW + timedelta(days=2)) == 0
    assert queries.deliveries_for("case:1")[0].trouble


@pytest.mark.parametrize("trouble", ["450-rcpt", "451-data", "553-mail"])
def test_what_was_not_accepted_is_tried_again_and_accepted_once(mail_server, trouble):
    mail_server.next(trouble)
    row = factories.delivery()
    drain()
    row.refresh_from_db()
    assert row.state == DeliveryState.QUEUED
    assert row.error
    assert Outbox.objects.get().handing_over_at is None  # nothing is in doubt
    drain(NOW + timedelta(minutes=10))
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT
    assert row.error == ""
    assert list(mail_server.ids.values()) == [1]


def test_a_line_cut_before_the_mail_was_taken_is_repeated_too_for_nobody_knows(mail_server):
    mail_server.next("drop-before-dot")
    row = factories.delivery()
    drain()
    drain(NOW + timedelta(minutes=10))
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT
    assert list(mail_server.ids.values()) == [1]


def test_a_line_cut_before_the_answer_is_uncertain_then_repeated_under_the_same_message_id(mail_server):
    mail_server.next("drop-after-dot")
    row = factories.delivery()
    drain()
    row.refresh_from_db()
    assert row.state == DeliveryState.UNCERTAIN
    assert Outbox.objects.get().handing_over_at is not None
    drain(NOW + timedelta(minutes=10))
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT
    assert list(mail_server.ids.values()) == [2]
    assert mail_server.counters()["doubled"] == 0
    assert mail_server.counters()["doubled_after_cut"] == 1
    assert mail_server.accepted[0].message["Date"] == mail_server.accepted[1].message["Date"]


def test_after_the_last_attempt_the_delivery_has_failed(mail_server):
    mail_server.next(*["450-rcpt"] * PATIENT)
    row = factories.delivery()
    for hours in range(PATIENT):
        drain(NOW + timedelta(hours=2 * hours))
    row.refresh_from_db()
    assert row.state == DeliveryState.FAILED
    assert "mailbox busy" in row.error
    assert not mail_server.accepted
    assert Outbox.objects.get().state == "dead"  # someone is told, and may send it again


def test_a_mail_server_that_is_down_for_a_day_loses_no_mail(mail_server, monkeypatch):
    row = factories.delivery()

    def down(mail, now):
        raise smtp.Deferred("Le serveur de courriel ne répond pas.")

    with monkeypatch.context() as outage:
        outage.setattr(transport, "deliver", down)
        for minutes in range(0, 24 * 60, 10):
            drain(NOW + timedelta(minutes=minutes))
    row.refresh_from_db()
    assert (row.state, row.error) == (DeliveryState.QUEUED, "Le serveur de courriel ne répond pas.")
    drain(NOW + timedelta(hours=26))
    row.refresh_from_db()
    assert (row.state, row.error) == (DeliveryState.SENT, "")
    assert list(mail_server.ids.values()) == [1]


def test_a_mail_given_up_leaves_when_someone_sends_it_again(mail_server):
    row = factories.delivery()
    mail_server.next("450-rcpt")
    Outbox.objects.update(attempts=PATIENT - 1)
    drain()
    row.refresh_from_db()
    assert row.state == DeliveryState.FAILED
    later = NOW + timedelta(days=4)
    retry(Outbox.objects.get().pk, factories.SYSTEM, later)
    row.refresh_from_db()
    assert (row.state, row.error) == (DeliveryState.QUEUED, "")
    assert Event.objects.filter(kind="messaging.delivery_requeued", subject="case:1").count() == 1
    drain(later)
    row.refresh_from_db()
    assert (row.state, len(mail_server.accepted)) == (DeliveryState.SENT, 1)


@pytest.mark.parametrize("state", [DeliveryState.QUEUED, DeliveryState.UNCERTAIN])
def test_a_mail_abandoned_after_its_line_was_cut_is_told_as_not_sent_on_its_case(state):
    row = factories.delivery()
    Delivery.objects.update(state=state)
    Outbox.objects.update(state="dead")
    abandon(Outbox.objects.get().pk, factories.SYSTEM, NOW)
    row.refresh_from_db()
    assert (row.state, row.error) == (DeliveryState.FAILED, "L’envoi a été abandonné : il ne partira pas.")
    assert Event.objects.get(kind="messaging.delivery_failed", subject="case:1").actor == factories.SYSTEM.key
    (told,) = queries.deliveries_for("case:1")
    assert told.trouble
    assert "abandonné" in told.sentence


def test_a_letter_whose_drawing_was_abandoned_is_no_longer_to_be_printed():
    letter = factories.letter()
    Outbox.objects.update(state="dead")
    abandon(Outbox.objects.get().pk, factories.SYSTEM, NOW)
    letter.delivery.refresh_from_db()
    assert queries.sentence(letter.delivery) == "Lettre non envoyée : L’envoi a été abandonné : il ne partira pas."


def test_a_mail_cut_and_found_delivered_is_told_as_sent():
    row = factories.delivery()
    Delivery.objects.update(state=DeliveryState.UNCERTAIN, error="La liaison a été coupée.")
    Outbox.objects.update(state="uncertain")
    release(Outbox.objects.get().pk, factories.SYSTEM, NOW, delivered=True)
    row.refresh_from_db()
    assert (row.state, row.sent_at, row.error) == (DeliveryState.SENT, NOW, "")


def test_abandoning_changes_nothing_of_a_mail_that_already_failed(mail_server):
    mail_server.next("450-rcpt")
    row = factories.delivery()
    Outbox.objects.update(attempts=PATIENT - 1)
    drain()
    abandon(Outbox.objects.get().pk, factories.SYSTEM, NOW)
    row.refresh_from_db()
    assert "mailbox busy" in row.error


def test_a_server_that_does_not_answer_leaves_the_mail_waiting(settings):
    with serving() as server:
        url = server.url
    settings.ENV = replace(settings.ENV, email_url=url)
    row = factories.delivery()
    drain()
    row.refresh_from_db()
    assert (row.state, row.error) == (DeliveryState.QUEUED, "Le serveur de courriel ne répond pas.")


def test_one_connection_serves_many_mails(mail_server):
    for _ in range(30):
        factories.notice()
    mail_server.next(*["accept"] * 10, "550-rcpt")
    assert drain() == 30
    assert mail_server.connections == 1
    assert len(mail_server.accepted) == 29


def test_a_kept_connection_closed_by_the_server_is_opened_again(mail_server):
    factories.notice()
    drain()
    mail_server.next("421-mail")
    factories.notice(key="second")
    drain()
    assert len(mail_server.accepted) == 2
    assert mail_server.connections == 2


def test_signing_in(settings):
    with serving(credentials=("bocage", "s3cret/é")) as server:
        settings.ENV = replace(settings.ENV, email_url=f"smtp://bocage:s3cret%2F%C3%A9@127.0.0.1:{server.port}")
        factories.notice()
        drain()
        smtp.forget()
        assert len(server.accepted) == 1
        settings.ENV = replace(settings.ENV, email_url=f"smtp://bocage:wrong@127.0.0.1:{server.port}")
        row = factories.delivery(key="second")
        drain()
        row.refresh_from_db()
        assert (row.state, row.error) == (DeliveryState.QUEUED, "Le serveur de courriel refuse nos identifiants.")


def test_a_mail_costs_the_same_however_many_leave(mail_server):
    factories.notice(key="first", link="/dossiers/x/")
    with CaptureQueriesContext(connection) as one:
        assert drain() == 1
    for number in range(20):
        factories.notice(key=f"more:{number}", link="/dossiers/x/")
    with CaptureQueriesContext(connection) as twenty:
        assert drain() == 20
    assert len(twenty) <= 20 * len(one)


# --- What is written ----------------------------------------------------------------------------------------------
class _Remote(HTMLParser):
    found: list[str]

    def handle_starttag(self, tag, attrs):
        if tag in {"img", "script", "link", "iframe", "object", "video"}:
            self.found.append(tag)


def test_both_parts_say_the_same_and_nothing_remote_is_loaded(mail_server):
    factories.notice(
        link="/dossiers/x/",
        link_label="Ouvrir votre dossier",
        reference="K7RF-2M9X-C",
        remedies="Vous pouvez écrire au tribunal administratif de Lille dans les deux mois.",
        signatory=Signatory("Anne Dupont", "Présidente", "par délégation du 3 mars"),
    )
    drain()
    message = mail_server.accepted[0].message
    plain = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    for part in (plain, html):
        for words in ("une photo", "http://localhost:8000/dossiers/x/", "K7RF-2M9X-C", "tribunal", "Anne Dupont"):
            assert words in part
    remote = _Remote()
    remote.found = []
    remote.feed(html)
    assert remote.found == []
    assert "http" not in html.replace("http://localhost:8000/dossiers/x/", "")
    assert 'lang="fr"' in html
    assert "prefers-color-scheme: dark" in html
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] is None
    assert message["Subject"] == "Votre demande K7RF-2M9X-C est reçue"
    assert str(message["To"]) == "Jeanne Lefebvre <jeanne@example.org>"


def test_what_people_wrote_is_escaped(mail_server):
    factories.notice(text=Text("T", "{{ x }}"), context={"x": '<script>alert("x")</script>'})
    drain()
    html = mail_server.accepted[0].message.get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_lines_are_short_and_a_lone_dot_survives(mail_server):
    factories.notice(text=Text("T", "é" * 2000 + "\n.\nfin"))
    drain()
    assert max(len(line) for line in mail_server.accepted[0].raw.split(b"\r\n")) <= 998
    text = mail_server.accepted[0].message.get_body(("plain",)).get_content()
    assert "é" * 2000 + "\n.\nfin" in text.replace("\r\n", "\n")


def test_an_international_domain_is_written_for_envelopes(mail_server):
    factories.notice(Recipient(name="Zoé", email="zoe@épicerie-mormal.example"))
    drain()
    assert mail_server.accepted[0].recipients == ["zoe@xn--picerie-mormal-9jb.example"]


def test_files_are_made_when_the_mail_leaves(mail_server, monkeypatch):
    made = []
    monkeypatch.setattr(
        "bocage.messaging.attachments.resolve",
        lambda path: lambda case: made.append(case) or File("reçu.pdf", "application/pdf", b"%PDF-1.7"),
    )
    factories.notice(attachments=[{"path": "x.y", "args": {"case": 12}}])
    assert made == []
    drain()
    (part,) = mail_server.accepted[0].message.iter_attachments()
    assert (made, part.get_filename(), part.get_content()) == ([12], "reçu.pdf", b"%PDF-1.7")


def test_without_pdf_the_words_leave_all_the_same(mail_server, monkeypatch):
    def fail():
        raise pdf.Unavailable

    monkeypatch.setattr("bocage.messaging.attachments.resolve", lambda path: fail)
    factories.notice(attachments=[{"path": "x.y"}])
    drain()
    assert len(mail_server.accepted) == 1


def test_a_header_with_a_line_break_never_leaves(mail_server):
    row = factories.delivery()
    row.notice.__class__.objects.update(title="a\nBcc: b@example.org")
    drain()
    row.refresh_from_db()
    assert row.state == DeliveryState.FAILED
    assert not mail_server.accepted


# --- Where mail may go --------------------------------------------------------------------------------------------
def test_without_server_mail_is_kept_in_the_mailbox_once():
    factories.notice()
    drain()
    kept = MailboxMessage.objects.get()
    assert (kept.kind, kept.recipient, kept.title) == (
        "email",
        "jeanne@example.org",
        "Votre demande K7RF-2M9X-C est reçue",
    )
    transport.keep("email", kept.key, "x", "x", b"x", NOW)
    assert MailboxMessage.objects.count() == 1


def test_the_demonstration_never_speaks_to_another_machine(settings, demonstration):
    settings.ENV = replace(settings.ENV, email_url="smtp://mail.example.org:25")
    assert [message.id for message in checks.mail_server(None)] == ["messaging.E002"]
    row = factories.delivery()
    drain()
    row.refresh_from_db()
    assert row.state == DeliveryState.QUEUED
    assert "DemonstrationGuard" in Outbox.objects.get().last_error


def test_the_demonstration_may_speak_to_this_machine(mail_server, demonstration):
    assert checks.mail_server(None) == []
    factories.notice()
    drain()
    assert len(mail_server.accepted) == 1


def test_a_production_without_server_waits_and_says_so(settings):
    settings.ENV = replace(settings.ENV, mode="production", email_url="")
    row = factories.delivery()
    drain()
    row.refresh_from_db()
    assert row.state == DeliveryState.QUEUED
    assert "EMAIL_URL" in row.error
    assert not MailboxMessage.objects.exists()
    assert "messaging.E003" in [message.id for message in checks.outgoing(None)]


def test_a_wrong_url_is_told(settings):
    settings.ENV = replace(settings.ENV, email_url="http://mail.example.org")
    assert [message.id for message in checks.mail_server(None)] == ["messaging.E001"]


def test_a_password_in_clear_is_told(settings):
    settings.ENV = replace(settings.ENV, email_url="smtp://u:p@mail.example.org")
    assert [message.id for message in checks.mail_server(None)] == ["messaging.W001"]
    settings.ENV = replace(settings.ENV, email_url="smtp://u:p@mail.example.org?tls=1")
    assert checks.mail_server(None) == []


# --- The packages' own mails --------------------------------------------------------------------------------------
@pytest.fixture
def our_backend(settings):
    settings.EMAIL_BACKEND = "bocage.messaging.backend.OutboxEmailBackend"


def test_a_mail_of_a_package_goes_through_the_outbox(mail_server, our_backend, frozen):
    assert send_mail("Objet", "Texte", None, ["a@example.org"], html_message="<p>Texte</p>") == 1
    assert not mail_server.accepted
    drain()
    (accepted,) = mail_server.accepted
    assert accepted.message["Subject"] == "Objet"
    assert accepted.message_id.endswith("@example.org>")
    assert django_mail.outbox == []


def test_a_double_click_sends_one_mail(mail_server, our_backend, frozen):
    for _ in range(2):
        send_mail("Objet", "Texte", None, ["a@example.org"])
    drain()
    assert len(mail_server.accepted) == 1


def test_hidden_recipients_stay_hidden(mail_server, our_backend, frozen):
    EmailMultiAlternatives("Objet", "Texte", to=["a@example.org"], bcc=["b@example.org"]).send()
    drain()
    assert mail_server.accepted[0].recipients == ["a@example.org", "b@example.org"]
    assert b"b@example.org" not in mail_server.accepted[0].raw


def test_a_refused_mail_of_a_package_is_a_dead_letter(mail_server, our_backend, frozen):
    mail_server.next("550-rcpt")
    send_mail("Objet", "Texte", None, ["a@example.org"])
    drain()
    assert Outbox.objects.get().state == "dead"


def test_the_envelope_is_the_same_each_time():
    row = Delivery.objects.select_related("notice").get(pk=factories.delivery().pk)
    first, second = mime.envelope(row), mime.envelope(row)
    assert (first.message_id, first.recipients, first.title) == (second.message_id, second.recipients, second.title)
