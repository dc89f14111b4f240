"""Entering, correcting, merging and erasing people; the invariants that the database keeps."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from bocage.base.models import Event
from bocage.identity import operations
from bocage.identity.forms import BirthDateField
from bocage.identity.models import Account, Household, Mandate, Membership, Person, Role
from bocage.identity.operations import AlreadyAttached, MergeImpossible
from bocage.identity.queries import (
    account_of,
    active_mandates,
    guardians_of,
    household_members,
    mandate_for,
    person_of,
    resolved,
)
from bocage.territory import cached
from bocage.territory.models import Organisation, Territory
from tests.conftest import NOW
from tests.identity import factories

pytestmark = pytest.mark.django_db
TODAY = factories.TODAY
BY = {"actor": factories.SYSTEM, "now": NOW}


def last_event(kind: str) -> Event:
    return Event.objects.filter(kind=kind).select_related("payload").latest("id")


# --- Entering and correcting ---------------------------------------------------------------------------------------


def test_someone_is_entered_with_a_name_only() -> None:
    someone = factories.person("Lefèvre", "  Marie   Thérèse ")
    assert someone.given_names == "Marie Thérèse"
    assert someone.full_name == "Marie Lefèvre"
    assert last_event("identity.person_created").subject == f"person:{someone.pk}"


def test_two_people_may_share_an_email_and_a_telephone() -> None:
    for given in ("Ève", "Paul"):
        factories.person("Caron", given, email="couple@example.org", phone="03 27 00 11 22")
    assert Person.objects.filter(phone="+33327001122", email="couple@example.org").count() == 2


@pytest.mark.parametrize(
    ("fields", "field", "example"),
    [
        ({"phone": "03 27"}, "phone", "03 27 12 34 56"),
        ({"email": "pas-une-adresse"}, "email", "prenom.nom@exemple.fr"),
        ({"postcode": "5953"}, "postcode", "59530"),
        ({"birth_date": date(2031, 1, 1)}, "birth_date", "12/03/1948"),
        ({"birth_date": date(1700, 1, 1)}, "birth_date", "12/03/1948"),
        ({"birth_name": "  "}, "birth_name", "Martin"),
    ],
)
def test_what_cannot_be_right_is_refused_with_an_example(fields: dict[str, Any], field: str, example: str) -> None:
    with pytest.raises(ValidationError) as refused:
        factories.person(**fields)
    assert example in refused.value.message_dict[field][0]
    assert not Person.objects.exists()


def test_the_journal_lists_changed_fields_not_values() -> None:
    someone = factories.person("Martin", "Anne", phone="03 27 12 34 56")
    operations.update_person(someone, phone="0327123456", address="2 rue Haute", usual_name="Caron", **BY)
    event = last_event("identity.person_changed")
    assert event.payload.body == {"fields": ["address", "usual_name"]}
    assert "rue Haute" not in str(event.payload.body)
    someone.refresh_from_db()
    assert (someone.address, someone.usual_name) == ("2 rue Haute", "Caron")


def test_no_change_leaves_no_event() -> None:
    someone = factories.person("Martin", "Anne")
    operations.update_person(someone, given_names="Anne", **BY)
    assert not Event.objects.filter(kind="identity.person_changed").exists()


def test_a_refused_correction_changes_nothing() -> None:
    someone = factories.person("Martin", "Anne")
    with pytest.raises(ValidationError):
        operations.update_person(someone, usual_name="Caron", phone="12", **BY)
    someone.refresh_from_db()
    assert someone.usual_name == ""


# --- Merging -------------------------------------------------------------------------------------------------------


def test_a_merge_loses_nothing() -> None:
    kept = factories.person("Moreau", "Léa", phone="03 27 12 34 56")
    other = factories.person(
        "Moreau",
        "Lea",
        phone="06 12 34 56 78",
        email="lea@example.org",
        address="1 rue Basse",
        postcode="59530",
        commune=factories.commune(),
    )
    child = factories.person("Moreau", "Tom")
    login = factories.account(person=other)
    home = operations.open_household(name="Moreau", **BY)
    operations.add_member(home, other, role="guardian", starts=TODAY, legal_authority=True, **BY)
    operations.add_member(home, child, role="child", starts=TODAY, **BY)
    helper = factories.person("Aidant", "Paul")
    operations.give_mandate(other, helper, consent="paper", starts=TODAY, ends=TODAY, **BY)

    operations.merge_people(kept, other, **BY)

    kept.refresh_from_db()
    other.refresh_from_db()
    login.refresh_from_db()
    assert other.merged_into == kept
    assert resolved(other) == kept
    assert (kept.phone, kept.email, kept.address) == ("+33327123456", "lea@example.org", "1 rue Basse")
    assert (kept.postcode, kept.commune) == ("59530", factories.commune())
    assert other.phone == "+33612345678"  # the other record still says what it said
    assert person_of(login) == kept
    assert account_of(kept) == login
    assert list(guardians_of(child, TODAY)) == [kept]
    assert mandate_for(kept, helper, "composteur", TODAY, NOW)
    assert last_event("identity.people_merged").payload.body["other"] == other.pk


def test_a_part_held_by_both_records_is_not_doubled() -> None:
    kept, other = factories.person(), factories.person()
    home = operations.open_household(name="Martin", **BY)
    for someone in (kept, other):
        operations.add_member(home, someone, role="other", starts=TODAY, **BY)
    operations.merge_people(kept, other, **BY)
    assert Membership.objects.filter(person=kept, ends=None).count() == 1


def test_a_mandate_between_the_two_records_ends() -> None:
    kept, other = factories.person(), factories.person()
    mandate = operations.give_mandate(kept, other, consent="paper", starts=TODAY, ends=TODAY, **BY)
    operations.merge_people(kept, other, **BY)
    mandate.refresh_from_db()
    assert mandate.revoked_at == NOW
    assert not active_mandates(TODAY, NOW, holder=kept).exists()


def test_merges_do_not_chain_nor_cross() -> None:
    first, second, third = (factories.person() for _ in range(3))
    operations.merge_people(second, first, **BY)
    operations.merge_people(third, second, **BY)
    first.refresh_from_db()
    assert first.merged_into == third
    with pytest.raises(MergeImpossible):
        operations.merge_people(second, third, **BY)
    with pytest.raises(MergeImpossible):
        operations.merge_people(third, third, **BY)
    third.refresh_from_db()
    assert third.merged_into is None


def test_erasing_leaves_a_nameless_row_and_closes_the_account() -> None:
    login = factories.account(
        email="lea@example.org", person=factories.person("Moreau", "Léa", birth_date=date(1980, 1, 1))
    )
    gone = login.person
    assert gone
    operations.erase_person(gone, **BY)
    login.refresh_from_db()
    assert (gone.given_names, gone.birth_date, gone.email) == ("", None, "")
    assert "Moreau" not in str(gone)
    assert not login.is_active
    assert login.person is None
    assert login.email == ""
    assert not gone.words.exists()


# --- Accounts ------------------------------------------------------------------------------------------------------


def test_an_account_is_attached_once() -> None:
    someone, login = factories.person(), factories.account()
    operations.attach_account(login, someone, **BY)
    with pytest.raises(AlreadyAttached):
        operations.attach_account(factories.account(), someone, **BY)
    with pytest.raises(AlreadyAttached):
        operations.attach_account(login, factories.person(), **BY)
    login.refresh_from_db()
    assert login.person == someone


def test_a_stale_account_does_not_take_a_second_person() -> None:
    """Two requests read the account before either writes: the second finds it tied."""
    login = factories.account()
    stale = Account.objects.get(pk=login.pk)
    operations.attach_account(login, factories.person(), **BY)
    with pytest.raises(AlreadyAttached):
        operations.attach_account(stale, factories.person(), **BY)


def test_a_taken_user_name_is_refused() -> None:
    factories.account("camille")
    with pytest.raises(ValidationError, match="déjà pris"):
        factories.account("camille")


def test_the_administrator_is_created_once() -> None:
    for _ in range(2):
        admin = operations.create_admin(
            username="admin", email="admin@example.org", password="un long mot de passe", today=TODAY, **BY
        )
    assert Account.objects.filter(username="admin").count() == 1
    assert admin.posts.count() == 1
    assert Account.objects.get(username="admin").is_superuser
    assert Account.objects.get(username="admin").check_password("un long mot de passe")


def test_a_closed_account_closes_once() -> None:
    login = factories.account()
    assert operations.close_account(login, **BY)
    assert not operations.close_account(login, **BY)


# --- Households and mandates ---------------------------------------------------------------------------------------


def test_a_child_of_separated_parents_has_two_households() -> None:
    mother, father, child = factories.person("A", "Eve"), factories.person("B", "Marc"), factories.person("B", "Tom")
    for parent in (mother, father):
        home = operations.open_household(name=parent.birth_name, **BY)
        operations.add_member(home, parent, role="guardian", starts=TODAY, legal_authority=True, **BY)
        operations.add_member(home, child, role="child", starts=TODAY, billing_share=50, **BY)
    assert set(guardians_of(child, TODAY)) == {mother, father}
    assert household_members(child, TODAY).count() == 4
    assert household_members(mother, TODAY).count() == 2


def test_leaving_and_coming_back() -> None:
    home, someone = operations.open_household(name="X", **BY), factories.person()
    member = operations.add_member(home, someone, role="other", starts=TODAY, **BY)
    with pytest.raises(ValidationError, match="déjà"):
        operations.add_member(home, someone, role="other", starts=TODAY, **BY)
    leaving = TODAY + timedelta(days=10)
    assert operations.leave(member, on=leaving, **BY)
    assert not operations.leave(member, on=leaving, **BY)
    assert household_members(someone, leaving).count() == 0
    assert household_members(someone, leaving - timedelta(days=1)).count() == 1
    operations.add_member(home, someone, role="other", starts=leaving, **BY)


def test_a_mandate_holds_for_its_dates_and_scopes_until_revoked() -> None:
    principal, helper = factories.person(), factories.person("Aidant", "Paul")
    mandate = operations.give_mandate(
        principal, helper, scopes=["composteur"], consent="sms", starts=TODAY, ends=TODAY + timedelta(days=30), **BY
    )
    assert mandate_for(principal, helper, "composteur", TODAY, NOW) == mandate
    assert mandate_for(principal, helper, "cantine", TODAY, NOW) is None
    assert mandate_for(helper, principal, "composteur", TODAY, NOW) is None
    assert mandate_for(principal, helper, "composteur", TODAY + timedelta(days=31), NOW) is None
    assert operations.revoke_mandate(mandate, **BY)
    assert not operations.revoke_mandate(mandate, **BY)
    assert mandate_for(principal, helper, "composteur", TODAY, NOW) is None


def test_a_helper_acts_through_their_organisation() -> None:
    principal, helper = factories.person(), factories.person("Aidant", "Paul")
    house = Organisation.objects.create(name="France services", kind="other")
    mandate = operations.give_mandate(principal, house, consent="paper", starts=TODAY, ends=TODAY, **BY)
    assert mandate_for(principal, helper, "composteur", TODAY, NOW) is None
    operations.add_organisation_member(house, helper, role="conseillère", starts=TODAY, is_helper=True, **BY)
    assert mandate_for(principal, helper, "composteur", TODAY, NOW) == mandate
    with pytest.raises(ValidationError):
        operations.add_organisation_member(house, helper, role="conseillère", starts=TODAY, **BY)


@pytest.mark.parametrize("days", [-1])
def test_a_mandate_with_reversed_dates_or_for_oneself_is_refused(days: int) -> None:
    someone = factories.person()
    with pytest.raises(ValidationError):
        operations.give_mandate(someone, someone, consent="paper", starts=TODAY, ends=TODAY, **BY)
    with pytest.raises(ValidationError):
        operations.give_mandate(
            someone, factories.person(), consent="paper", starts=TODAY, ends=TODAY + timedelta(days=days), **BY
        )
    with pytest.raises(ValidationError):
        operations.give_mandate(someone, factories.person(), scopes=[], consent="paper", starts=TODAY, ends=TODAY, **BY)


# --- Posts and absences --------------------------------------------------------------------------------------------


def test_a_secretary_needs_a_commune() -> None:
    with pytest.raises(ValidationError, match="Locquignol"):
        factories.agent(Role.RECEPTION)


def test_a_substitute_is_another_agent() -> None:
    agent = factories.agent(Role.AGENT)
    for substitute in (agent, factories.account()):
        with pytest.raises(ValidationError):
            operations.set_absence(agent, substitute=substitute, starts=TODAY, ends=TODAY, **BY)
    with pytest.raises(ValidationError):
        operations.set_absence(
            agent, substitute=factories.agent(Role.AGENT), starts=TODAY, ends=TODAY - timedelta(days=1), **BY
        )


# --- What the database refuses, whoever writes ---------------------------------------------------------------------


def broken_rows(when: datetime) -> list[tuple[str, Any]]:
    """Rows that no operation makes, and the constraint that stops each."""
    one, two = factories.person(), factories.person()
    home = Household.objects.create(name="X", created_at=when)
    agent, other = factories.account(), factories.account()
    day, before = when.date(), when.date() - timedelta(days=1)
    part = {"household": home, "person": one, "role": "other", "starts": day}
    mandate = {"principal": one, "consent": "paper", "text_version": "1", "starts": day, "ends": day}
    from bocage.identity.models import Absence, Post

    return [
        ("person_has_a_name", Person(birth_name="", given_names="X", created_at=when)),
        ("person_phone_is_e164", Person(birth_name="X", given_names="X", phone="0327123456", created_at=when)),
        ("membership_share_is_percent", Membership(**part, billing_share=101)),
        ("membership_dates", Membership(**part, ends=before)),
        ("mandate_has_one_holder", Mandate(**mandate)),
        (
            "mandate_has_one_holder",
            Mandate(
                **mandate, holder_person=two, holder_organisation=Organisation.objects.create(name="O", kind="other")
            ),
        ),
        ("mandate_is_for_another", Mandate(**mandate, holder_person=one)),
        ("mandate_dates", Mandate(**{**mandate, "ends": before}, holder_person=two)),
        ("post_dates", Post(account=agent, role=Role.AGENT, starts=day, ends=before)),
        ("post_of_a_commune", Post(account=agent, role=Role.ELECTED, starts=day)),
        ("absence_dates", Absence(account=agent, substitute=other, starts=day, ends=before)),
        ("absence_substitute_is_another", Absence(account=agent, substitute=agent, starts=day, ends=day)),
        ("person_id", Account(username="x", person=factories.resident().person)),
    ]


def test_the_database_keeps_the_invariants() -> None:
    for constraint, row in broken_rows(NOW):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            row.save()


def test_one_is_not_merged_into_oneself_nor_twice_in_a_household() -> None:
    someone = factories.person()
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=someone.pk).update(merged_into=someone)
    home = Household.objects.create(name="X", created_at=NOW)
    part = {"household": home, "person": someone, "role": "other", "starts": TODAY}
    Membership.objects.create(**part)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(**part)


def test_a_child_born_after_midnight_here_is_born_though_it_is_yesterday_in_utc() -> None:
    after_midnight = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)  # 0:30 on the 10th in Paris
    born = date(2026, 3, 10)
    child = operations.create_person(birth_name="Martin", birth_date=born, actor=factories.SYSTEM, now=after_midnight)
    assert child.birth_date == born
    with pytest.raises(ValidationError):
        operations.create_person(
            birth_name="Martin", birth_date=date(2026, 3, 11), actor=factories.SYSTEM, now=after_midnight
        )


def test_the_form_reads_the_day_of_the_territory() -> None:
    with time_machine.travel(datetime(2026, 3, 9, 18, tzinfo=UTC), tick=False):
        with pytest.raises(ValidationError):
            BirthDateField().clean("10/03/2026")
        with transaction.atomic():
            cached.forget()
            Territory.objects.create(slug="loin", name="Loin", siren="200043321", time_zone="Pacific/Noumea")
        assert BirthDateField().clean("10/03/2026") == date(2026, 3, 10)  # it is 5 in the morning there
