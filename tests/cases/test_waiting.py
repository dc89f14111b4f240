"""A draft that waits: its owner is told before it is gone, comes back by a link, keeps it longer."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from bocage.base.dates import french_date
from bocage.cases import links
from bocage.cases.models import Case, Procedure
from bocage.cases.operations import Conflict, claim_draft, purge_drafts, save_answers, start_draft, submit_case
from bocage.cases.operations.waiting import keep_longer, remind_drafts
from bocage.cases.queries import ends_on
from bocage.identity.models import Account, Person
from bocage.identity.operations import give_mandate, revoke_mandate
from bocage.messaging.models import Delivery, Notice
from tests.cases.factories import RESIDENT, composter, draft
from tests.cases.test_views import start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]
DAYS = 90  # of the composter's drafts


def begun(now, **told):
    return start_draft(Procedure.objects.first() or composter(now), actor=RESIDENT, now=now, **told)[0]


def reminders():
    return Notice.objects.filter(template="case.draft_waits").order_by("id")


def plain(text):
    """A page or a message without its typographic spaces."""
    return text.replace("\xa0", " ").replace("\u202f", " ")


def day(now, days):
    return now + timedelta(days=days)


def test_whoever_left_a_draft_is_told_once_after_three_days_and_once_before_its_end(now):
    case = begun(now, contact_email="m@example.org")
    assert remind_drafts(day(now, 2)) == 0
    assert [remind_drafts(day(now, 3)), remind_drafts(day(now, 4)), remind_drafts(day(now, 79))] == [1, 0, 0]
    assert [remind_drafts(day(now, 80)), remind_drafts(day(now, 81)), remind_drafts(day(now, 89))] == [1, 0, 0]
    first, last = reminders()
    until = french_date(ends_on(case))
    assert until in first.body
    assert until in last.body
    assert "pas encore envoyée : Commander un composteur" in first.title
    assert Delivery.objects.get(notice=last).address == "m@example.org"
    assert purge_drafts(day(now, DAYS)) == 0
    assert purge_drafts(day(now, DAYS) + timedelta(minutes=1)) == 1


def test_drafts_left_over_of_a_night_go_the_next_one_the_oldest_first(now, monkeypatch):
    monkeypatch.setattr("bocage.cases.operations.drafts.SLICE", 2)
    first, second, last = (begun(now + timedelta(days=days)) for days in (1, 0, 2))
    assert purge_drafts(day(now, DAYS + 5)) == 2
    assert [case.pk for case in Case.objects.all()] == [last.pk]
    assert {first.pk, second.pk}.isdisjoint(Case.objects.values_list("pk", flat=True))
    assert [purge_drafts(day(now, DAYS + 5)), purge_drafts(day(now, DAYS + 5))] == [1, 0]


def test_the_link_of_a_reminder_opens_the_draft(client, now):
    case = begun(now, contact_email="m@example.org")
    with time_machine.travel(day(now, 80), tick=False):
        remind_drafts(day(now, 80))
    link = reminders().get().link
    with time_machine.travel(day(now, 89), tick=False):
        assert client.get(link[link.index("/suivi/") :]).url == reverse("case_resume", args=[case.reference])


def test_a_draft_taken_up_again_is_told_of_its_new_end(now):
    case = begun(now, contact_email="m@example.org")
    remind_drafts(day(now, 80))
    save_answers(case, {"given_names": "Marcelle"}, now=day(now, 85))
    assert remind_drafts(day(now, 86)) == 0
    assert [remind_drafts(day(now, 88)), remind_drafts(day(now, 165)), remind_drafts(day(now, 166))] == [1, 1, 0]
    assert french_date(ends_on(case)) in reminders().last().body


def test_who_sent_it_or_cannot_be_reached_or_left_it_closed_is_told_nothing(now, waste_manager):
    submit_case(draft(now, email="sent@example.org"), actor=RESIDENT, now=now)
    begun(now)  # neither address nor account
    begun(now, contact_phone="+33327123456")  # a landline
    begun(now, account=Account.objects.create(username="mute"))
    begun(now, account=Account.objects.create(username="gone", email="gone@example.org", is_active=False))
    begun(now, contact_email="p@example.org", entered_by=waste_manager.account, channel="post")
    assert remind_drafts(day(now, 80)) == 0
    begun(now, contact_email="m@example.org")
    Procedure.objects.update(is_open=False)
    assert remind_drafts(day(now, 80)) == 0
    Procedure.objects.update(is_open=True)
    assert remind_drafts(day(now, 80)) == 1


def test_a_mobile_phone_alone_gets_an_sms(now):
    case = begun(now, contact_phone="+33612345678")
    remind_drafts(day(now, 80))
    told = Delivery.objects.get(notice=reminders().get())
    assert told.channel == "sms"
    assert case.reference in told.notice.sms
    assert plain(french_date(ends_on(case))) in plain(told.notice.sms)
    assert reverse("case_saved", args=[case.reference]) in told.notice.sms


def test_under_a_mandate_the_helper_is_told_while_it_lasts(now):
    herself, mother = (
        Person.objects.create(birth_name=name, given_names="Ana", email=f"{name}@example.org", created_at=now)
        for name in ("fille", "mere")
    )
    account = Account.objects.create(username="daughter", email="daughter@example.org", person=herself)
    mandate = give_mandate(
        mother, herself, consent="paper", starts=now.date(), ends=day(now, 300).date(), actor=RESIDENT, now=now
    )
    begun(now, account=account, applicant=mother, mandate=mandate)
    assert remind_drafts(day(now, 3)) == 1
    assert Delivery.objects.get(notice=reminders().get()).address == "daughter@example.org"
    revoke_mandate(mandate, actor=RESIDENT, now=day(now, 4))
    assert remind_drafts(day(now, 80)) == 0


def test_one_that_cannot_be_told_keeps_no_other_from_it(now):
    begun(now, contact_email="m@example.org")
    Case.objects.update(contact_email="nobody@@example")
    begun(now, contact_email="n@example.org")
    assert remind_drafts(day(now, 3)) == 1


def test_a_draft_is_kept_longer_by_a_button_and_by_none_but_its_owner(client, now):
    case, _code = start(client, now)
    keep, saved = (reverse(name, args=[case.reference]) for name in ("case_keep", "case_saved"))
    assert keep not in client.get(saved).content.decode()  # nothing to gain on the first day
    with time_machine.travel(day(now, 50), tick=False):
        session = client.session
        session["cases"] = [case.reference]  # opened again, with its code
        session.save()
        client.cookies["sessionid"] = session.session_key
        page = client.get(saved).content.decode()
        assert keep in page
        assert client.get(keep).status_code == 405
        assert Client().post(keep).url.startswith("/suivi/")
        assert Case.objects.get().updated_at == now
        assert client.post(keep).url == saved
    assert Case.objects.get().updated_at == day(now, 50)
    assert purge_drafts(day(now, 130)) == 0
    case.refresh_from_db()
    stale = Case.objects.get()
    keep_longer(case, actor=RESIDENT, now=day(now, 51))
    with pytest.raises(Conflict):
        keep_longer(stale, actor=RESIDENT, now=day(now, 51))


def test_a_link_is_sent_to_the_mailbox_of_the_draft_and_to_no_other(client, now):
    case, _code = start(client, now)
    url = reverse("case_link", args=[case.reference])
    assert client.post(url, {"email": "thief@example.org"}).status_code == 302
    assert {one.address for one in Delivery.objects.all()} == {"m@example.org"}
    assert Notice.objects.count() == 2
    assert [client.post(url).status_code for _time in range(4)] == [302, 302, 302, 429]
    stranger = Client().post(url)
    assert stranger.status_code == 302
    assert stranger.url.startswith("/suivi/")


def test_a_draft_without_mailbox_takes_the_one_typed(client, now):
    case, _code = start(client, now)
    Case.objects.update(contact_email="")
    url = reverse("case_link", args=[case.reference])
    wrong = client.post(url, {"email": "marcelle"})
    assert wrong.status_code == 422
    assert "exemple.fr" in wrong.content.decode()
    assert Notice.objects.count() == 1
    assert (
        client.post(url, {"email": "new@example.org", "_once": "7d3b3b5e-9a55-4a58-9c5c-0f3b8a1c8f11"}).status_code
        == 302
    )
    assert Delivery.objects.last().address == "new@example.org"
    link = links.path_for(Case.objects.get())
    assert Notice.objects.last().link.endswith(link)
    assert Client().get(link).url == reverse("case_resume", args=[case.reference])


def test_what_an_account_has_is_in_its_space_with_its_last_day(client, now):
    case, _code = start(client, now)
    account = Account.objects.create(username="m", email="m@example.org")
    claim_draft(case, account, actor=RESIDENT, now=now)
    client.force_login(account)
    assert client.post(reverse("case_link", args=[case.reference])).status_code == 302
    assert Notice.objects.count() == 1  # that of the beginning
    assert plain(french_date(ends_on(case))) in plain(client.get("/espace/").content.decode())


def test_what_becomes_of_ones_data_is_told_before_and_at_the_end(client, now):
    case, _code = start(client, now)
    for url in ("/demarches/composteur/", reverse("case_check", args=[case.reference])):
        page = plain(client.get(url).content.decode())
        assert "Ce que deviennent vos données" in page
        assert f"puis {case.version.document.retention_months} mois" in page
        assert reverse("privacy") in page


# --- A code that is lost -------------------------------------------------------------------------------------------
LOST = "/suivi/perdu/"


def mailed(template="case.lost"):
    return list(Delivery.objects.filter(notice__template=template).order_by("id").values_list("address", flat=True))


def test_a_lost_code_is_found_again_through_the_mailbox(client, now):
    begun(now, contact_email="Marcelle@example.org")
    sent = submit_case(draft(now, email="marcelle@example.org"), actor=RESIDENT, now=now)
    begun(now, contact_email="other@example.org")
    answer = client.post(LOST, {"email": "MARCELLE@example.org"}, follow=True)
    assert "un lien pour chacune" in plain(answer.content.decode())
    assert sorted(mailed()) == ["Marcelle@example.org", "marcelle@example.org"]
    for told in Notice.objects.filter(template="case.lost"):
        opened = Client().get(told.link[told.link.index("/suivi/") :])
        assert opened.status_code == 302
        assert told.reference in opened.url
        others = {one.reference for one in Case.objects.all()} - {told.reference}
        assert not any(reference in told.body + told.title for reference in others)
    assert sent.reference in {told.reference for told in Notice.objects.filter(template="case.lost")}


def test_whoever_asks_does_not_learn_whether_there_was_any(client, now):
    begun(now, contact_email="m@example.org")
    known, unknown = (client.post(LOST, {"email": f"{name}@example.org"}, follow=True) for name in "mn")
    pages = [re.sub(r'value="\w{64}"', "", plain(answer.content.decode())) for answer in (known, unknown)]
    assert pages[0].replace("m@example.org", "") == pages[1].replace("n@example.org", "")
    assert (known.status_code, mailed()) == (200, ["m@example.org"])


def test_what_an_account_has_or_is_erased_or_long_over_is_not_sent(client, now, waste_manager):
    claimed = begun(now, contact_email="m@example.org")
    claim_draft(claimed, Account.objects.create(username="m"), actor=RESIDENT, now=now)
    begun(now, contact_email="m@example.org", entered_by=waste_manager.account, channel="post")
    over = submit_case(draft(now, email="m@example.org"), actor=RESIDENT, now=now)
    Case.objects.filter(pk=over.pk).update(outcome="accepted", closed_on=now.date() - timedelta(days=366))
    client.post(LOST, {"email": "m@example.org"})
    client.post(LOST, {"email": ""})
    assert mailed() == []
    Case.objects.filter(pk=over.pk).update(closed_on=now.date() - timedelta(days=365))
    client.post(LOST, {"email": "m@example.org"})
    assert mailed() == ["m@example.org"]


@pytest.mark.parametrize("typed", ["", "marcelle", "m@example.org\nBcc: x@example.org"])
def test_an_address_that_is_none_is_told(client, typed):
    answer = client.post(LOST, {"email": typed})
    assert answer.status_code == 422
    assert "f-email" in answer.content.decode()


def test_a_mailbox_is_sent_its_five_latest_and_not_for_ever(client, now):
    for number in range(7):
        begun(now + timedelta(minutes=number), contact_email="m@example.org")
    client.post(LOST, {"email": "m@example.org"})
    wanted = Case.objects.order_by("-updated_at").values_list("reference", flat=True)[:5]
    assert set(Notice.objects.filter(template="case.lost").values_list("reference", flat=True)) == set(wanted)
    assert [client.post(LOST, {"email": "m@example.org"}).status_code for _time in range(5)] == [302] * 4 + [429]
    assert len(mailed()) <= 25
