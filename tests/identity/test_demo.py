"""The demonstration's people: complete, invented, never doubled."""

import re

import pytest
from django.db.models import Count

from bocage.identity import demo
from bocage.identity.models import Account, Membership, Person, Post, Role
from bocage.identity.queries import active_mandates, find_people, guardians_of, scope_of
from bocage.territory.models import Commune, Organisation
from tests.conftest import NOW
from tests.territory.factories import mormal

pytestmark = pytest.mark.django_db


@pytest.fixture
def _loaded() -> None:
    mormal(NOW)
    demo.load(NOW)


@pytest.mark.usefixtures("_loaded")
def test_loading_twice_doubles_nothing() -> None:
    def counts() -> list[int]:
        return [model.objects.count() for model in (Person, Account, Post, Membership)]  # type: ignore[attr-defined]

    before = counts()
    demo.load(NOW)
    assert counts() == before
    assert before[0] > 300


@pytest.mark.usefixtures("_loaded")
def test_every_commune_has_three_residents_or_more() -> None:
    residents = dict(Person.objects.values_list("commune__insee").annotate(n=Count("pk")))
    assert Commune.objects.count() == 52
    assert min(residents[insee] for insee in Commune.objects.values_list("insee", flat=True)) >= 3


@pytest.mark.usefixtures("_loaded")
def test_nobody_is_real() -> None:
    for person in Person.objects.all():
        assert re.fullmatch(r"(\+3335301\d{4}|\+3363998\d{4})?", person.phone)
        assert not person.email or person.email.endswith("@example.org")
    phones = [phone for phone in Person.objects.values_list("phone", flat=True) if phone]
    assert len(phones) == len(set(phones))


@pytest.mark.usefixtures("_loaded")
def test_the_personas_of_the_story_are_there() -> None:
    today = NOW.date()
    suzanne = Account.objects.get(username="demo-suzanne")
    assert suzanne.person
    assert (suzanne.email, suzanne.person.email) == ("", "")
    assert suzanne.person.commune
    assert suzanne.person.commune.name == "Locquignol"
    assert (today - suzanne.person.birth_date).days // 365.25 == 78  # type: ignore[operator]
    assert not suzanne.has_usable_password()
    helper = Account.objects.get(username="demo-mireille").person
    assert active_mandates(today, NOW, principal=suzanne.person, holder=helper).exists()
    lou = Person.objects.get(given_names="Lou", birth_name="Clairelande")
    assert guardians_of(lou, today).count() == 2

    scope = scope_of(Account.objects.get(username="demo-secretaire"), today)
    assert scope.roles == {Role.RECEPTION}
    names = set(Commune.objects.filter(pk__in=scope.communes or ()).values_list("name", flat=True))
    assert len(names) == 3
    assert "Locquignol" in names
    manager = Account.objects.get(username="demo-responsable").posts.get()
    assert (manager.service, bool(manager.delegation)) == ("waste", True)
    assert scope_of(Account.objects.get(username="demo-admin"), today).is_administrator
    assert not scope_of(Account.objects.get(username="demo-maire"), today).sees_cases
    orders = list(Account.objects.exclude(demo_label="").order_by("demo_order").values_list("demo_order", flat=True))
    assert orders == list(range(1, 15))


@pytest.mark.usefixtures("_loaded")
def test_a_house_that_has_the_demonstration_gets_its_new_agents_and_keeps_what_people_changed() -> None:
    newer = Account.objects.get(username="demo-syndicat")
    Post.objects.filter(account=newer).delete()
    newer.delete()
    Organisation.objects.filter(kind="syndicate").delete()
    Account.objects.filter(username="demo-agent").update(first_name="Renommé")
    Post.objects.filter(account__username="demo-redactrice").delete()
    people = Person.objects.count()
    demo.load(NOW)
    post = Post.objects.get(account__username="demo-syndicat")
    assert (post.role, str(post.organisation)) == (Role.MANAGER, "Syndicat des Quatre Haies (exemple)")
    assert Account.objects.get(username="demo-agent").first_name == "Renommé"
    assert not Post.objects.filter(account__username="demo-redactrice").exists()
    assert Person.objects.count() == people


@pytest.mark.usefixtures("_loaded")
def test_the_twins_come_both() -> None:
    found = find_people("ninon doucesource")
    assert [person.given_names for person in found] == ["Ninon", "Margot"]
    assert found[0].look_alikes == [found[1]]


@pytest.mark.usefixtures("_loaded")
def test_the_older_resident_is_found_by_telephone_in_three_writings() -> None:
    for text in ("0353019001", "+33 3 53 01 90 01", "03.53.01.90.01", "bellehaie suzane"):
        assert "Suzanne" in [person.given_names for person in find_people(text)]
