"""The demonstration's mailbox: everything that would have left, shown safely, and nothing outside the demonstration."""

import pytest
from django.urls import reverse

from bocage.base import outbox
from bocage.messaging.models import MailboxMessage
from bocage.messaging.operations import Recipient, Text
from tests.conftest import NOW
from tests.messaging import factories

pytestmark = pytest.mark.django_db


def drain():
    return outbox.drain(NOW)


def test_mails_sms_and_letters_newest_first(client, demonstration):
    factories.notice(text=Text("Un courriel", "-"))
    factories.notice(factories.SMS, text=Text("Un SMS", "-"))
    factories.notice(factories.POST, text=Text("Une lettre", "-"))
    assert drain() == 3
    page = client.get(reverse("demo_mailbox")).content.decode()
    for words in ("Un courriel", "Un SMS", "Une lettre", "jeanne@example.org", "+33612345678", "Locquignol"):
        assert words in page


def test_pages(client, demonstration):
    for number in range(23):
        factories.notice(key=f"page:{number}", text=Text(f"Courriel {number}.", "-"))
    drain()
    assert "Courriel 22." in client.get(reverse("demo_mailbox")).content.decode()
    assert "Courriel 0." in client.get(reverse("demo_mailbox"), {"page": "2"}).content.decode()
    assert client.get(reverse("demo_mailbox"), {"page": "x"}).status_code == 200


def test_an_empty_box_says_what_to_do(client, demonstration):
    assert "Rien n’est encore parti" in client.get(reverse("demo_mailbox")).content.decode()


def test_a_mail_shows_its_text_with_its_link_and_its_html_in_a_closed_frame(client, demonstration):
    factories.notice(link="/dossiers/x/", text=Text("T", "{{ x }}"), context={"x": "<script>alert(1)</script>"})
    drain()
    kept = MailboxMessage.objects.get()
    page = client.get(reverse("demo_message", args=[kept.pk])).content.decode()
    assert 'href="http://localhost:8000/dossiers/x/"' in page
    assert "<script>alert" not in page
    framed = client.get(reverse("demo_message_html", args=[kept.pk]))
    policy = framed["Content-Security-Policy"]
    assert "sandbox allow-top-navigation-by-user-activation" in policy
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert "&lt;script&gt;" in framed.content.decode()


def test_an_sms_tells_what_it_costs(client, demonstration):
    factories.notice(
        factories.SMS, text=Text("Dossier accepté", "-", "Votre demande est acceptée."), link="/dossiers/x/"
    )
    drain()
    kept = MailboxMessage.objects.get()
    assert bytes(kept.raw).decode() == "Votre demande est acceptée. http://localhost:8000/dossiers/x/"
    assert "1 SMS" in client.get(reverse("demo_message", args=[kept.pk])).content.decode()


def test_a_letter_is_shown_as_pdf(client, demonstration):
    letter = factories.letter()
    drain()
    answer = client.get(reverse("demo_letter", args=[letter.pk]))
    assert b"".join(answer.streaming_content).startswith(b"%PDF")


def test_outside_the_demonstration_there_is_no_box(client):
    factories.notice(Recipient(name="A", email="a@example.org"))
    letter = factories.letter()
    drain()
    pk = MailboxMessage.objects.get().pk
    for name, args in (
        ("demo_mailbox", []),
        ("demo_message", [pk]),
        ("demo_message_html", [pk]),
        ("demo_attachment", [pk, 0]),
        ("demo_letter", [letter.pk]),
    ):
        assert client.get(reverse(name, args=args)).status_code == 404


def test_unknown_numbers(client, demonstration):
    for name, args in (
        ("demo_message", [1]),
        ("demo_message_html", [1]),
        ("demo_attachment", [1, 0]),
        ("demo_letter", [1]),
    ):
        assert client.get(reverse(name, args=args)).status_code == 404
