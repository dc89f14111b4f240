"""Two records made one, and taken apart: whatever names them in any app follows, goes back, or stays."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from bocage.base.models import Event
from bocage.base.shown import ChangedMeanwhile
from bocage.cases.models import Case
from bocage.identity import merging, operations
from bocage.identity.models import (
    Account,
    ExternalIdentity,
    Mandate,
    Membership,
    MergeChange,
    PeopleMerge,
    Person,
    PossibleDuplicate,
)
from bocage.identity.operations import MergeImpossible, merge_people, undo_merge
from bocage.identity.operations.merging import follow_late, forget_merges
from bocage.identity.queries import account_of, find_people, guardians_of, household_members, scope_of
from bocage.territory.operations import load_territory
from tests.cases.factories import filed
from tests.conftest import NOW
from tests.identity import factories
from tests.identity.factories import SYSTEM, TODAY
from tests.messaging.factories import letter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
BY: dict[str, Any] = {"actor": SYSTEM, "now": NOW}
BORN = date(1980, 1, 2)


def twice(**other: Any) -> tuple[Person, Person]:
    """One person entered twice."""
    return factories.person("Moreau", "Léa", birth_date=BORN), factories.person(
        "Moreau", "Lea", birth_date=BORN, **other
    )


# --- What follows ---------------------------------------------------------------------------------------------------
STAYS = {
    "identity.PersonWord.person",  # written again for whoever is kept
    "identity.Account.person",  # settled by the merge itself
    "identity.Person.merged_into",
    "identity.PossibleDuplicate.newer",
    "identity.PossibleDuplicate.older",
    "identity.PeopleMerge.kept",
    "identity.PeopleMerge.other",
}
"""Columns that name a person and that no app declares: identity's own business."""


def test_every_column_that_names_a_person_follows_or_says_why_not() -> None:
    named = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is Person
    }
    declared = {rows.name for _manifest, rows in merging.columns() if rows.of == "person"}
    assert declared <= named
    assert named - declared == STAYS, "declare it in its app's manifest (person_rows), or here"


def test_what_other_apps_hold_follows_and_goes_back() -> None:
    load_territory("mormal", now=NOW)
    case = filed(NOW)
    other = case.applicant
    kept = factories.person("Delattre", "Marcelle", birth_date=BORN)
    told = letter().delivery
    told.person = other
    told.save(update_fields=["person"])
    merge = merge_people(kept, other, **BY)
    case.refresh_from_db()
    told.refresh_from_db()
    assert (case.applicant, told.person) == (kept, kept)
    later = filed(NOW)
    Case.objects.filter(pk=later.pk).update(applicant=kept)
    assert {one.label: one.count for one in merging.came_after(merge, scope_of(factories.account(), TODAY))} == {
        "demandes": 1
    }
    undo_merge(merge, **BY)
    for row in (case, told, later):
        row.refresh_from_db()
    assert (case.applicant, told.person) == (other, other)
    assert later.applicant == kept  # it came after: it stays
    assert Event.objects.filter(kind="identity.merge_undone").count() == 1


def test_a_merge_undone_leaves_everything_as_it_was() -> None:
    kept, other = twice(phone="06 39 98 00 01", address="1 rue Basse", postcode="59530", usual_name="Caron")
    grand, child, helper = (
        factories.person("Moreau", "Lia"),
        factories.person("Moreau", "Tom"),
        factories.person("Aidant", "Paul"),
    )
    home = operations.open_household(name="Moreau", **BY)
    operations.add_member(home, kept, role="guardian", starts=TODAY, **BY)
    operations.add_member(home, other, role="guardian", starts=TODAY, legal_authority=True, **BY)
    operations.add_member(home, child, role="child", starts=TODAY, **BY)
    login = factories.account(person=other)
    given = operations.give_mandate(other, helper, consent="paper", starts=TODAY, ends=TODAY, **BY)
    between = operations.give_mandate(kept, other, consent="paper", starts=TODAY, ends=TODAY, **BY)
    earlier = merge_people(other, grand, **BY)
    before = _state()

    merge = merge_people(kept, other, choices={"given_names": "other"}, **BY)
    kept.refresh_from_db()
    assert (kept.given_names, kept.usual_name, kept.address) == ("Lea", "Caron", "1 rue Basse")
    assert list(guardians_of(child, TODAY)) == [kept]
    assert [one.person for one in household_members(child, TODAY)] == [child, kept]
    assert account_of(kept) == login
    assert Person.objects.get(pk=grand.pk).merged_into == kept
    assert Mandate.objects.get(pk=given.pk).principal == kept
    assert Mandate.objects.get(pk=between.pk).revoked_at == NOW
    assert [one.pk for one in find_people("caron lea")] == [kept.pk]
    with pytest.raises(MergeImpossible, match="Séparez d’abord"):
        undo_merge(earlier, **BY)

    done = undo_merge(merge, **BY)
    assert done.stayed == 0
    assert _state() == before
    assert find_people("caron lea")[0] == other
    undo_merge(earlier, **BY)
    assert Person.objects.get(pk=grand.pk).merged_into is None


def _state() -> list[Any]:
    """What a merge of these people touches, all of it."""
    people = [*Person.objects.order_by("pk").values_list()]
    parts = [*Membership.objects.order_by("pk").values_list()]
    mandates = [*Mandate.objects.order_by("pk").values_list()]
    return [people, parts, mandates, [*Account.objects.order_by("pk").values_list("pk", "person", "is_active")]]


def test_what_was_corrected_since_stays() -> None:
    kept, other = twice(phone="06 39 98 00 01")
    merge = merge_people(kept, other, **BY)
    operations.update_person(kept, phone="06 39 98 00 02", **BY)
    assert undo_merge(merge, **BY).stayed == 1
    assert kept.phone == "+33639980002"


def test_a_merge_is_undone_once_and_in_time() -> None:
    merge = merge_people(*twice(), **BY)
    undo_merge(merge, **BY)
    with pytest.raises(MergeImpossible, match="déjà"):
        undo_merge(merge, **BY)
    late = merge_people(*twice(), **BY)
    with pytest.raises(MergeImpossible, match="trente jours"):
        undo_merge(late, actor=SYSTEM, now=NOW + timedelta(days=30, seconds=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        PeopleMerge.objects.filter(pk=late.pk).update(undone_at=late.until + timedelta(seconds=1))


def test_what_a_merge_wrote_is_forgotten_when_it_cannot_be_undone() -> None:
    merge_people(*twice(phone="06 39 98 00 01"), **BY)
    assert forget_merges(NOW + timedelta(days=29)) == 0
    assert forget_merges(NOW + timedelta(days=31)) > 0
    assert not MergeChange.objects.exists()


def test_an_erased_person_is_not_taken_apart() -> None:
    kept, other = twice(phone="06 39 98 00 01")
    merge = merge_people(kept, other, **BY)
    operations.erase_person(kept, **BY)
    assert not MergeChange.objects.exists()
    with pytest.raises(MergeImpossible, match="effacée"):
        undo_merge(merge, **BY)
    with pytest.raises(MergeImpossible, match="effacée"):
        merge_people(kept, factories.person(), **BY)


def test_what_is_written_in_a_merged_name_follows_and_goes_back_too() -> None:
    load_territory("mormal", now=NOW)
    kept, other = twice()
    merge = merge_people(kept, other, **BY)
    late = filed(NOW)
    Case.objects.filter(pk=late.pk).update(applicant=other)
    assert follow_late(NOW) == 1
    assert follow_late(NOW) == 0
    late.refresh_from_db()
    assert late.applicant == kept
    undo_merge(merge, **BY)
    late.refresh_from_db()
    assert late.applicant == other


# --- What is kept, and what is refused ------------------------------------------------------------------------------
def test_the_surer_record_says_the_civil_status() -> None:
    kept, other = twice(identity_level="verified")
    merge_people(kept, other, choices={"given_names": "kept"}, **BY)
    kept.refresh_from_db()
    assert (kept.given_names, kept.identity_level) == ("Lea", "verified")


def test_which_record_is_kept() -> None:
    older, newer = twice()
    assert merging.ordered(newer, older) == (older, newer)
    operations.update_person(newer, identity_level="verified", **BY)
    assert merging.ordered(older, newer) == (newer, older)
    factories.account(person=older)
    assert merging.ordered(newer, older) == (older, newer)


def test_a_record_that_changed_since_it_was_seen_is_not_merged() -> None:
    kept, other = twice()
    seen = merging.fingerprint(kept, other)
    operations.update_person(other, address="2 rue Haute", **BY)
    with pytest.raises(ChangedMeanwhile):
        merge_people(kept, other, seen=seen, **BY)
    other.refresh_from_db()
    assert other.merged_into is None


def test_two_roles_in_one_household_are_two_people() -> None:
    kept, other = twice()
    home = operations.open_household(name="Moreau", **BY)
    operations.add_member(home, kept, role="guardian", starts=TODAY, **BY)
    operations.add_member(home, other, role="child", starts=TODAY, **BY)
    with pytest.raises(MergeImpossible, match="deux personnes"):
        merge_people(kept, other, **BY)
    assert not PeopleMerge.objects.exists()


def test_two_accounts_the_person_says_which_one_stays() -> None:
    one, two = (factories.account(person=person, password="quatre mots sans lien") for person in twice())
    assert one.person
    assert two.person
    for account in (one, two):
        ExternalIdentity.objects.create(
            issuer=f"https://{account.pk}.example.org", subject="s", account=account, linked_at=NOW, used_at=NOW
        )
    with pytest.raises(MergeImpossible, match="chacune un compte"):
        merge_people(one.person, two.person, **BY)
    merge = merge_people(one.person, two.person, account=two, **BY)
    one, two = Account.objects.get(pk=one.pk), Account.objects.get(pk=two.pk)
    assert (one.is_active, one.person) == (False, None)
    assert (two.is_active, two.person) == (True, merge.kept)
    assert two.external_identities.count() == 2
    undo_merge(merge, **BY)
    one, two = Account.objects.get(pk=one.pk), Account.objects.get(pk=two.pk)
    assert (one.is_active, one.person, two.person) == (True, merge.kept, merge.other)
    assert (one.external_identities.count(), two.external_identities.count()) == (1, 1)


def test_an_agents_account_is_not_closed_by_a_merge() -> None:
    one, two = (factories.account(person=person) for person in twice())
    factories.post(one, "agent", service="waste")
    assert one.person
    assert two.person
    with pytest.raises(MergeImpossible, match="postes"):
        merge_people(one.person, two.person, account=two, **BY)
    merge_people(one.person, two.person, account=one, **BY)
    assert Account.objects.get(pk=one.pk).is_active


def test_a_closed_account_gives_way() -> None:
    one, two = (factories.account(person=person) for person in twice())
    operations.close_account(one, **BY)
    assert one.person
    assert two.person
    merge_people(one.person, two.person, **BY)
    assert account_of(one.person) == two


# --- Pairs ----------------------------------------------------------------------------------------------------------
def test_a_pair_told_apart_is_remembered_and_may_be_proposed_again() -> None:
    kept, other = twice()
    pair = operations.propose(other, kept, **BY)
    assert (pair.older, pair.newer) == (kept, other)
    assert operations.propose(kept, other, **BY).pk == pair.pk
    assert operations.not_duplicates(pair, **BY)
    assert not operations.not_duplicates(pair, **BY)
    assert operations.propose(kept, other, **BY).decision == "waiting"
    with pytest.raises(IntegrityError), transaction.atomic():
        PossibleDuplicate.objects.create(newer=kept, older=other, found_at=NOW)


def test_undoing_tells_the_pair_apart() -> None:
    merge = merge_people(*twice(), **BY)
    assert PossibleDuplicate.objects.get().decision == "merged"
    undo_merge(merge, **BY)
    assert PossibleDuplicate.objects.get().decision == "different"
