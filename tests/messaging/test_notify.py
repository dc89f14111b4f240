"""Telling someone something: frozen words, one delivery each, nothing before the commit."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from bocage.base.models import Event, Outbox
from bocage.messaging import queries
from bocage.messaging.models import Channel, Delivery, DeliveryState, Letter, Notice, Template, TemplateVersion
from bocage.messaging.operations import BadRecipient, BadText, Recipient, Text, load_templates, write_template
from bocage.messaging.operations.templates import UnknownTemplate, current_version
from tests.conftest import NOW
from tests.identity.factories import person
from tests.messaging import factories

pytestmark = pytest.mark.django_db


def test_an_email_is_told_once_whatever_the_number_of_calls():
    for _ in range(3):
        factories.notice(key="case:1:receipt")
    assert Notice.objects.count() == 1
    assert Delivery.objects.get().channel == Channel.EMAIL
    assert Outbox.objects.filter(topic="messaging.email").count() == 1
    assert Event.objects.filter(kind="messaging.notified", subject="case:1").count() == 1


def test_the_first_words_stand():
    factories.notice(key="once", text=Text("Un", "Le premier."))
    again = factories.notice(key="once", text=Text("Deux", "Le second."))
    assert (again.title, again.body) == ("Un", "Le premier.")


def test_another_recipient_of_the_same_notice_gets_their_own_delivery():
    factories.notice(key="shared")
    factories.notice(Recipient(name="Paul", email="paul@example.org"), key="shared")
    assert Notice.objects.count() == 1
    assert {row.address for row in Delivery.objects.all()} == {"jeanne@example.org", "paul@example.org"}


def test_a_rolled_back_change_tells_nothing():
    with transaction.atomic():
        factories.notice()
        transaction.set_rollback(True)
    assert not Notice.objects.exists()
    assert not Outbox.objects.exists()


@pytest.mark.parametrize(
    ("recipient", "channel"),
    [
        (Recipient(name="A", email="a@example.org", phone="+33612345678", address_lines=("1 rue X",)), "email"),
        (Recipient(name="A", phone="+33612345678", address_lines=("1 rue X",)), "sms"),
        (Recipient(name="A", phone="+33327123456", address_lines=("1 rue X", "59530 Y")), "letter"),
        (Recipient(name="A", phone="+33327123456"), "screen"),
        (Recipient(name="A"), "screen"),
    ],
)
def test_the_best_way_is_chosen(recipient, channel):
    assert factories.delivery(recipient).channel == channel


def test_several_ways_when_asked():
    both = Recipient(name="A", email="a@example.org", address_lines=("1 rue X", "59530 LE QUESNOY"))
    told = factories.notice(both, channels=["email", "letter"])
    assert sorted(told.deliveries.values_list("channel", flat=True)) == ["email", "letter"]
    assert Letter.objects.get().reference


def test_the_screen_alone_is_delivered_at_once_and_nothing_leaves():
    assert factories.delivery(Recipient(name="A")).state == DeliveryState.DELIVERED
    assert not Outbox.objects.exists()


@pytest.mark.parametrize(
    "recipient",
    [
        Recipient(name="A", email="not an address"),
        Recipient(name="A", email="a@example.org\nBcc: b@example.org"),
        Recipient(name="A\r\nBcc: b@example.org", email="a@example.org"),
        Recipient(name="A", address_lines=("1 rue X\n59000 LILLE",)),
    ],
)
def test_an_address_that_would_smuggle_something_is_refused_and_nothing_is_written(recipient):
    with pytest.raises(BadRecipient):
        factories.notice(recipient)
    assert not Notice.objects.exists()


def test_an_sms_asked_for_a_landline_is_refused():
    with pytest.raises(BadRecipient, match="mobile"):
        factories.notice(Recipient(name="A", phone="+33327123456"), channels=["sms"])


def test_placeholders_are_filled_once_and_in_french():
    told = factories.notice(
        text=Text("Pour {{ name }}", "Le {{ day }}, {{ name }} a écrit : {{ message }}"),
        context={"name": "{{ secret }}", "day": date(2026, 3, 1), "message": None, "secret": "s"},
    )
    assert told.title == "Pour {{ secret }}"
    assert told.body == "Le 1er\u00a0mars 2026, {{ secret }} a écrit :"


def test_a_title_keeps_on_one_line_whatever_its_values():
    told = factories.notice(text=Text("Objet {{ x }}", "-"), context={"x": "a\r\nBcc: b@example.org"})
    assert told.title == "Objet a Bcc: b@example.org"


@pytest.mark.parametrize("body", ["{{ missing }}", "{% if x %}", "{{ x.y }}", "{{ reference|safe }}", "{{ }}"])
def test_a_text_with_anything_but_known_placeholders_is_refused(body):
    with pytest.raises(BadText):
        factories.notice(text=Text("T", body))


def test_a_link_of_ours_becomes_whole():
    assert factories.notice(link="/dossiers/x/").link == "http://localhost:8000/dossiers/x/"


def test_the_same_person_is_the_same_recipient_under_another_address():
    someone = person()
    first = Recipient(name="C", email="c@example.org", person_id=someone.pk)
    factories.notice(first, key="k")
    factories.notice(Recipient(name="C", email="new@example.org", person_id=someone.pk), key="k")
    assert Delivery.objects.get().address == "c@example.org"


# --- Templates ----------------------------------------------------------------------------------------------------
def test_every_text_of_the_territory_loads_once():
    assert load_templates(NOW) == Template.objects.count() > 0
    assert load_templates(NOW) == 0


def test_a_text_is_loaded_when_it_is_first_needed(tmp_path, settings):
    _file(tmp_path, settings, "a.b", 'name = "A"\nvariables = ["x"]\ntitle = "T {{ x }}"\nbody = "B"\n')
    told = factories.notice(template="a.b", text=None, context={"x": 1})
    assert told.title == "T 1"
    assert told.version == Template.objects.get(key="a.b").current


def test_a_changed_file_is_a_new_version_and_sent_notices_keep_theirs(tmp_path, settings):
    _file(tmp_path, settings, "a", 'name = "A"\ntitle = "Avant"\nbody = "B"\n')
    told = factories.notice(template="a", text=None, context={})
    _file(tmp_path, settings, "a", 'name = "A"\ntitle = "Après"\nbody = "B"\n')
    load_templates(NOW)
    assert current_version("a", NOW).title == "Après"
    told.refresh_from_db()
    assert (told.title, told.version.title, told.version.number) == ("Avant", "Avant", 1)


def test_a_text_written_at_the_desk_is_not_replaced_by_its_file(tmp_path, settings):
    _file(tmp_path, settings, "a", 'name = "A"\nvariables = ["x"]\ntitle = "T"\nbody = "B"\n')
    load_templates(NOW)
    write_template(key="a", title="Le nôtre {{ x }}", body="B", actor=factories.SYSTEM, now=NOW)
    _file(tmp_path, settings, "a", 'name = "A"\nvariables = ["x"]\ntitle = "Nouveau"\nbody = "B"\n')
    load_templates(NOW)
    assert current_version("a", NOW).title == "Le nôtre {{ x }}"
    with pytest.raises(BadText, match="Variable inconnue : y"):
        write_template(key="a", title="{{ y }}", body="B", actor=factories.SYSTEM, now=NOW)


def test_a_version_never_changes():
    load_templates(NOW)
    version = TemplateVersion.objects.first()
    version.title = "Autre"
    with pytest.raises(TypeError):
        version.save()


@pytest.mark.parametrize("key", ["missing", "../../territory", "a/b", ""])
def test_an_unknown_text_is_named(key):
    with pytest.raises(UnknownTemplate):
        factories.notice(template=key, text=None)


def _file(tmp_path, settings, key, content):
    folder = tmp_path / settings.ENV.territory / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{key}.toml").write_text(content)
    settings.TERRITORY_ROOT = tmp_path


# --- The database's own word --------------------------------------------------------------------------------------
@pytest.mark.parametrize("values", [{"state": "sent"}, {"state": "failed"}, {"state": "lost"}])
def test_the_database_refuses_states_that_cannot_be(values):
    row = factories.delivery()
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=row.pk).update(**values)


def test_sentences_of_a_case():
    factories.notice()
    factories.notice(factories.POST)
    assert [told.sentence for told in queries.deliveries_for("case:1")] == [
        "Courriel en attente d’envoi",
        "Lettre à imprimer",
    ]
    assert queries.deliveries_for("case:1")[1].to == "Jeanne Lefebvre, 12 rue de l’Église, 59530 Locquignol"
    assert queries.deliveries_for("case:2") == []
