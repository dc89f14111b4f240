"""What agents see: one rule, as a query and as a test."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bocage.identity.models import Post, Role
from bocage.identity.operations import end_post, set_absence
from bocage.identity.queries import Scope, active_posts, covered_accounts, scope_of, substitute_of
from bocage.identity.scope import Bounds
from tests.conftest import NOW
from tests.identity import factories

TODAY = factories.TODAY

services = st.sampled_from(["", "waste", "families"])
ids = st.sampled_from([None, 1, 2, 3])
bounds = st.builds(Bounds, role=st.sampled_from(Role.values), service=services, commune_id=ids, organisation_id=ids)
rows = st.tuples(st.sampled_from(["waste", "families", "shows"]), ids, ids)


def _holds(condition: Q, row: dict[str, object]) -> bool:
    """What a query of ``scope.q`` answers for one row, read as SQL does: NULL equals nothing."""
    results = [_leaf(child, row) if isinstance(child, tuple) else _holds(child, row) for child in condition.children]
    held = all(results) if condition.connector == Q.AND else any(results)
    return not held if condition.negated else held


def _leaf(child: tuple[str, object], row: dict[str, object]) -> bool:
    field, value = child
    if field == "pk__in":
        assert value == []
        return False
    return row[field] is not None and row[field] == value


@given(st.lists(bounds, max_size=5), rows)
def test_the_query_and_the_test_are_one_rule(posts: list[Bounds], row: tuple[str, int | None, int | None]) -> None:
    scope = Scope(tuple(posts))
    service, commune, organisation = row
    columns = {"service": service, "commune_id": commune, "organisation_id": organisation}
    assert _holds(scope.q(organisation_field="organisation_id"), columns) == scope.allows(*row)


@given(st.lists(bounds, max_size=5), rows)
def test_a_missing_column_never_shows_more(posts: list[Bounds], row: tuple[str, int | None, int | None]) -> None:
    scope = Scope(tuple(posts))
    service, commune, _ = row
    columns = {"service": service, "commune_id": commune}
    if _holds(scope.q(), columns):
        assert scope.allows(*row)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(posts=st.lists(bounds, max_size=4))
def test_the_database_answers_as_the_test_does(posts: list[Bounds]) -> None:
    """On a real table with a service, a commune and an organisation: posts themselves."""
    holder = factories.account()
    places = [None, factories.commune("Locquignol"), factories.commune("Hecq")]
    made = [
        Post.objects.create(account=holder, role=Role.AGENT, service=service, commune=place, starts=TODAY)
        for service in ("waste", "families")
        for place in places
    ]
    known = {None: None, 1: places[1].pk, 2: places[2].pk, 3: -1}  # type: ignore[union-attr]
    scope = Scope(tuple(Bounds(p.role, p.service, known[p.commune_id], known[p.organisation_id]) for p in posts))
    shown = set(Post.objects.filter(scope.q(organisation_field="organisation_id"), account=holder))
    assert shown == {post for post in made if scope.allows(post.service, post.commune_id, post.organisation_id)}


def test_elected_people_see_figures_and_no_case() -> None:
    scope = Scope((Bounds(Role.ELECTED, commune_id=4),))
    assert not scope.allows("waste", 4)
    assert scope.figures_communes == {4}
    assert scope.is_agent
    assert not scope.sees_cases


def test_the_administrator_sees_everything() -> None:
    scope = Scope((Bounds(Role.ADMINISTRATOR), Bounds(Role.RECEPTION, commune_id=3)))
    assert scope.allows("waste", 9, 9)
    assert scope.allows()
    assert (scope.services, scope.communes, scope.figures_communes) == (None, None, None)


def test_services_and_communes_add_up() -> None:
    scope = Scope((Bounds(Role.RECEPTION, "", 1), Bounds(Role.RECEPTION, "", 2), Bounds(Role.EDITOR)))
    assert scope.services is None
    assert scope.communes == {1, 2}
    assert Scope((Bounds(Role.AGENT, "waste"),)).services == {"waste"}
    assert Scope((Bounds(Role.AGENT, "waste"),)).communes is None


def test_only_keeps_some_roles_and_the_administrator() -> None:
    scope = Scope((Bounds(Role.RECEPTION, "", 1), Bounds(Role.MANAGER, "waste"), Bounds(Role.ADMINISTRATOR)))
    assert scope.only(Role.MANAGER).roles == {Role.MANAGER, Role.ADMINISTRATOR}
    assert Scope((Bounds(Role.AGENT),)).only(Role.MANAGER) == Scope()


def test_without_post_nothing_is_seen() -> None:
    scope = Scope()
    assert not scope.allows("waste", 1)
    assert not scope.is_agent
    assert scope.services == frozenset()
    assert scope.communes == frozenset()


@pytest.mark.django_db
def test_scope_is_read_in_one_query_and_holds_for_its_dates() -> None:
    holder = factories.agent(Role.RECEPTION, commune=factories.commune("Locquignol"))
    factories.post(holder, Role.RECEPTION, commune=factories.commune("Hecq"), ends=date(2026, 2, 1))
    factories.post(holder, Role.AGENT, service="waste", starts=date(2026, 6, 1))
    with CaptureQueriesContext(connection) as queries:
        scope = scope_of(holder, TODAY)
    assert len(queries) == 1
    assert scope.communes == {factories.commune("Locquignol").pk}
    assert scope_of(holder, date(2026, 6, 1)).services is None
    assert active_posts(holder, date(2026, 2, 1)).count() == 2
    assert scope_of(AnonymousUser(), TODAY) == Scope()  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_closed_account_sees_nothing() -> None:
    holder = factories.agent(Role.ADMINISTRATOR)
    holder.is_active = False
    holder.save()
    assert scope_of(holder, TODAY) == Scope()


@pytest.mark.django_db
def test_a_post_ended_today_is_no_post_today() -> None:
    factories.post(factories.account(password="quatre mots sans lien"), Role.ADMINISTRATOR)
    holder = factories.agent(Role.ADMINISTRATOR)
    assert holder.is_superuser
    assert holder.groups.filter(name="role:administrator").exists()
    post = holder.posts.get()
    assert end_post(post, on=TODAY, actor=factories.SYSTEM, now=NOW)
    assert not end_post(post, on=TODAY, actor=factories.SYSTEM, now=NOW)
    holder.refresh_from_db()
    assert scope_of(holder, TODAY) == Scope()
    assert scope_of(holder, TODAY - timedelta(days=1)).is_administrator
    assert not holder.is_superuser
    assert not holder.groups.exists()


@pytest.mark.django_db
def test_a_group_opens_wagtails_door_and_follows_the_posts() -> None:
    holder = factories.agent(Role.AGENT, service="waste")
    assert holder.has_perm("wagtailadmin.access_admin")
    factories.post(holder, Role.EDITOR)
    assert set(holder.groups.values_list("name", flat=True)) == {"role:agent", "role:editor"}


@pytest.mark.django_db
def test_a_substitute_covers_the_absent_while_they_are_away() -> None:
    away, stand_in = factories.agent(Role.AGENT), factories.agent(Role.AGENT)
    set_absence(
        away, substitute=stand_in, starts=TODAY, ends=TODAY + timedelta(days=2), actor=factories.SYSTEM, now=NOW
    )
    assert list(covered_accounts(stand_in, TODAY)) == [away]
    assert substitute_of(away, TODAY + timedelta(days=2)) == stand_in
    assert list(covered_accounts(stand_in, TODAY + timedelta(days=3))) == []
    assert substitute_of(away, TODAY - timedelta(days=1)) is None
