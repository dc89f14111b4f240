"""A procedure entrusted to others: who sees a case and does what with it, wherever it shows; whose name papers bear."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from pypdf import PdfReader

from bocage.base import outbox
from bocage.base.models import Event
from bocage.cases import entrusting, printing
from bocage.cases.desk_queries import colleagues, entry_drafts, open_to_agents
from bocage.cases.engine import Refused
from bocage.cases.exports.operations import ask_export
from bocage.cases.models import Agreement, AgreementScope, Case, Export
from bocage.cases.operations import (
    assign_case,
    change_agreement,
    end_agreement,
    forward_case,
    give_back,
    move_case,
    pass_on,
)
from bocage.cases.queries import Filters, case_role, signing_post, visible_to, worklist
from bocage.cases.results import commune_year
from bocage.cases.timeline import public_timeline
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Role
from bocage.messaging.models import Notice
from bocage.territory.models import Organisation
from tests.cases.desk import commune, page, sit
from tests.cases.entrusted import HEAD, HERE, NEXT_DOOR, agreed, syndicate, town_hall
from tests.cases.factories import composter, filed
from tests.conftest import NOW
from tests.desk.matrix import ROLES, TABLE
from tests.identity import factories
from tests.identity.factories import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]
TODAY = NOW.date()

#: Who looks: the post they hold. « here » is the town hall where Marcelle lives.
PEOPLE = {
    "community agent": (Role.AGENT, lambda: {"service": "waste"}),
    "community manager": (Role.MANAGER, lambda: {"service": "waste"}),
    "another service": (Role.MANAGER, lambda: {"service": "families"}),
    "secretary here": (Role.RECEPTION, lambda: {"commune": commune(HERE)}),
    "secretary next door": (Role.RECEPTION, lambda: {"commune": commune(NEXT_DOOR)}),
    "town hall manager": (Role.MANAGER, lambda: {"organisation": town_hall()}),
    "syndicate agent": (Role.AGENT, lambda: {"organisation": syndicate()}),
    "syndicate manager": (Role.MANAGER, lambda: {"organisation": syndicate()}),
    "mayor": (Role.ELECTED, lambda: {"commune": commune(HERE)}),
    "editor": (Role.EDITOR, dict),
    "administrator": (Role.ADMINISTRATOR, dict),
}

#: What each is to Marcelle's case, written by hand: f follower, r reception, c counter, a agent, m manager, - nothing.
#: In the order of PEOPLE.
EXPECTED = {
    # to whom, what, what the community sees, passed?
    ("nobody", "", "", False): "a m - r - - - - - - m",
    ("town hall", "counter", "all", False): "f f - c - c - - - - m",
    ("town hall", "counter", "figures", False): "- - - c - c - - - - m",
    ("town hall", "whole", "all", False): "f f - c - m - - - - m",
    ("town hall", "whole", "figures", False): "- - - c - m - - - - m",
    ("town hall", "counter", "figures", True): "a m - r - f - - - - m",
    ("syndicate", "counter", "all", False): "f f - f - - c c - - m",
    ("syndicate", "counter", "figures", False): "- - - - - - c c - - m",
    ("syndicate", "whole", "all", False): "f f - f - - a m - - m",
    ("syndicate", "whole", "figures", False): "- - - - - - a m - - m",
    ("syndicate", "whole", "figures", True): "a m - r - - f f - - m",
}
LETTERS = {"f": "follower", "r": "reception", "c": "counter", "a": "agent", "m": "manager", "-": None}


def person(name: str) -> Account:
    role, bounds = PEOPLE[name]
    return factories.agent(role, **bounds())


def entrusted(to: str, what: str, sight: str, passed: bool = False) -> Case:
    if to == "nobody":
        return filed(NOW)
    agreed(town_hall() if to == "town hall" else syndicate(), what, sight, HERE)
    case = filed(NOW)
    if passed:
        admin = factories.agent(Role.ADMINISTRATOR)
        pass_on(case, "", agent=admin, actor=actor_of_account(admin), now=NOW)
    return case


@pytest.mark.parametrize("where", EXPECTED, ids=lambda where: " ".join(str(one) for one in where))
def test_who_is_what_to_a_case(where: tuple[str, str, str, bool]) -> None:
    case = entrusted(*where)
    fresh = Case.objects.select_related("agreement").get(pk=case.pk)
    found, listed, searched = {}, {}, {}
    for name in PEOPLE:
        account = person(name)
        found[name] = case_role(account, fresh, TODAY)
        listed[name] = visible_to(account, TODAY).filter(pk=case.pk).exists()
        searched[name] = bool(worklist(account, Filters(q="delattre", situation="all"), NOW))
    expected = dict(zip(PEOPLE, (LETTERS[one] for one in EXPECTED[where].split()), strict=True))
    assert found == expected
    assert listed == searched == {name: role is not None for name, role in expected.items()}
    mates = {one.pk for one in colleagues(fresh, TODAY)}
    handlers = {name for name, role in expected.items() if role not in {None, "follower"}}
    assert mates == {
        account.pk for account in Account.objects.filter(posts__isnull=False) if _is(account, handlers, fresh)
    }


def _is(account: Account, handlers: set[str], case: Case) -> bool:
    return bool(handlers) and case_role(account, case, TODAY) not in {None, "follower"}


def test_a_case_kept_apart_shows_nowhere_to_the_community() -> None:
    """Every page of the desk where a case shows: its name is found there by its town hall, and not by the community."""
    case = entrusted("town hall", "counter", "figures")
    case.documents.update(scan_state="clean")
    outside, _a = sit(Role.MANAGER, service="waste")
    inside, _b = sit(Role.RECEPTION, commune=commune(HERE))
    one = [
        reverse("cases_desk", args=[case.reference]),
        reverse("cases_desk_receipt", args=[case.reference]),
        reverse("cases_together", args=[case.reference]),
        reverse("cases_document", args=[case.reference, case.documents.all()[0].key]),
    ]
    for address in one:
        assert outside.get(address).status_code == 404, address
        answered = inside.get(address)
        assert answered.status_code == 200, address
        list(getattr(answered, "streaming_content", ()))
    lists = [
        reverse("cases_worklist") + "?situation=all",
        reverse("cases_worklist") + "?situation=all&q=Delattre",
        reverse("cases_counter") + f"?q={case.reference}",
        reverse("desk_today"),
        reverse("messaging_desk:letters"),
    ]
    for address in lists:
        shown = page(outside.get(address, follow=True))
        assert one[0] not in shown, address
        assert "Marcelle" not in shown, address
    assert case.reference in page(inside.get(lists[0]))
    assert case.reference in page(inside.get(lists[-1])), "Marcelle is told by letter: her town hall prints it"


def test_the_community_counts_what_it_does_not_see() -> None:
    """« Des chiffres seulement »: kept apart, cases still count."""
    agreed(town_hall(), "whole", "figures", HERE)
    for _one in range(6):
        filed(NOW)
    assert commune_year(commune(HERE), NOW).received == 6
    assert not visible_to(person("community manager"), TODAY).exists()


def test_no_page_of_the_desk_gives_a_mayor_a_name() -> None:
    """Every address that opens to an elected person, walked: six requests of Marcelle's are figures, she is nowhere."""
    agreed(town_hall(), "whole", "all", HERE)
    references = [filed(NOW).reference for _one in range(6)]
    client, _account = sit(Role.ELECTED, commune=commune(HERE))
    mine = [name for name, row in TABLE.items() if row[ROLES.index("elected")] == "O" and "." not in name]
    opened = [name for name in mine if name not in {"wagtailadmin_login", "wagtailadmin_logout"}]
    assert {"cases_figures", "cases_year"} < set(opened)
    walked = set()
    for name in opened:
        for args in ([], [HERE]):
            try:
                address = reverse(name, args=args)
            except NoReverseMatch:
                continue
            text = _text(client.get(address, follow=True))
            walked.add(name)
            assert "Delattre" not in text, address
            assert "Marcelle" not in text, address
            assert not [reference for reference in references if reference in text], address
    assert {"cases_figures", "cases_year", "desk_today"} <= walked
    for name in ("cases_worklist", "cases_counter", "messaging_desk:letters", "cases_exports"):
        assert client.get(reverse(name)).status_code == 403, name
    assert client.get(reverse("cases_desk", args=[references[0]])).status_code == 403


def _text(response: Any) -> str:
    if response["Content-Type"] == "application/pdf":
        return "\n".join(sheet.extract_text() for sheet in PdfReader(BytesIO(response.content)).pages)
    return page(response)


# --- Agreements ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        (((), 10, None), ((), 10, None), True),  # everywhere, twice
        (((), 10, None), ((HERE,), 12, 12), True),  # everywhere holds here
        (((HERE,), 10, 20), ((), 20, None), True),  # the last day is included
        (((HERE,), 10, 20), ((), 21, None), False),  # one after the other
        (((HERE,), 10, None), ((NEXT_DOOR,), 10, None), False),  # two town halls
        (((HERE, NEXT_DOOR), 10, None), ((NEXT_DOOR,), 10, None), True),
    ],
)
def test_one_procedure_is_in_one_pair_of_hands(first: Any, second: Any, clash: bool) -> None:
    def told(where: tuple[str, ...], starts: int, ends: int | None) -> Agreement:
        body = syndicate() if Agreement.objects.exists() else town_hall()
        last = date(2026, 3, ends) if ends else None
        return agreed(body, "whole", "all", *where, starts=date(2026, 3, starts), ends=last)

    made = told(*first)
    if not clash:
        told(*second)
        return
    with pytest.raises(Refused) as refused:
        told(*second)
    assert "Commune de Locquignol" in refused.value.errors["communes"]
    assert Agreement.objects.get() == made, "nothing is left of the other"


def test_the_database_itself_refuses_two_at_once() -> None:
    scope = agreed(town_hall(), "whole", "all", HERE).scopes.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        AgreementScope.objects.create(
            agreement=scope.agreement, procedure=scope.procedure, commune=None, starts=date(2027, 1, 1)
        )
    later = agreed(town_hall(NEXT_DOOR), "whole", "all", NEXT_DOOR).scopes.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        AgreementScope.objects.filter(pk=later.pk).update(commune=commune(HERE))
    AgreementScope.objects.filter(pk=later.pk).update(ends=date(2026, 12, 31))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "business", "siren": "200043404"}, "organisation"),
        ({"kind": "association"}, "organisation"),  # no number
    ],
)
def test_to_whom_one_does_not_entrust(values: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        agreed(Organisation.objects.create(name="Les Amis", **values))
    assert field in refused.value.errors


def test_an_agreement_begins_today_or_later_and_ends_after() -> None:
    for told, field in (({"starts": date(2026, 3, 9)}, "starts"), ({"ends": date(2026, 3, 9)}, "ends")):
        with pytest.raises(Refused) as refused:
            agreed(town_hall(), **told)
        assert set(refused.value.errors) == {field}


def test_a_case_keeps_the_agreement_under_which_it_was_filed() -> None:
    before = filed(NOW)
    made = agreed(town_hall(), "counter", "figures", HERE)
    during = filed(NOW)
    assert change_agreement(made, sight="all", head=HEAD, actor=SYSTEM, now=NOW).sight == "all"
    end_agreement(made, last=TODAY, actor=SYSTEM, now=NOW)
    end_agreement(made, last=TODAY, actor=SYSTEM, now=NOW)  # pressed twice
    with pytest.raises(Refused):
        end_agreement(Agreement.objects.get(), last=date(2026, 4, 1), actor=SYSTEM, now=NOW)
    Agreement.objects.update(starts=date(2026, 3, 1), ends=date(2026, 3, 9))
    AgreementScope.objects.update(starts=date(2026, 3, 1), ends=date(2026, 3, 9))
    after = filed(NOW)
    during.refresh_from_db()
    assert [(one.agreement_id, one.custody, one.apart) for one in (before, during, after)] == [
        (None, "", False),
        (made.pk, "held", True),
        (None, "", False),
    ]
    kinds = list(Event.objects.filter(subject=f"agreement:{made.pk}").order_by("id").values_list("kind", flat=True))
    assert kinds == ["cases.entrusted", "cases.agreement_changed", "cases.agreement_ended"]


def test_an_agreement_that_never_began_is_taken_away() -> None:
    made = agreed(town_hall(), starts=date(2026, 4, 1))
    end_agreement(made, last=TODAY, actor=SYSTEM, now=NOW)
    assert not Agreement.objects.exists()
    assert not AgreementScope.objects.exists()


def test_a_request_from_elsewhere_is_not_a_commune_s() -> None:
    agreed(town_hall(), "counter", "all", NEXT_DOOR)
    assert filed(NOW).agreement_id is None


# --- Acts ----------------------------------------------------------------------------------------------------------
def test_the_counter_asks_for_pieces_and_decides_nothing() -> None:
    case = entrusted("town hall", "counter", "all")
    secretary = person("secretary here")
    by = {"agent": secretary, "actor": actor_of_account(secretary), "now": NOW}
    assert signing_post(secretary, case, TODAY) is None
    for decision in ("accept", "reject"):
        with pytest.raises(Refused):
            move_case(case, decision, reason="Non.", **by)
    move_case(case, "ask", fields=("proof",), message="Votre facture est illisible.", **by)
    assert case.correction


def test_a_syndicate_decides_under_its_own_post() -> None:
    case = entrusted("syndicate", "whole", "all")
    manager, agent = person("syndicate manager"), person("community manager")
    with pytest.raises(Refused):
        move_case(case, "reject", reason="Non.", agent=agent, actor=actor_of_account(agent), now=NOW)
    move_case(case, "reject", reason="Non.", agent=manager, actor=actor_of_account(manager), now=NOW)
    assert case.decision.author == manager


def test_a_case_is_passed_to_the_community_and_back() -> None:
    case = entrusted("town hall", "counter", "figures")
    secretary, agent = person("secretary here"), person("community agent")
    assign_case(case, secretary, actor=SYSTEM, now=NOW)
    assert Notice.objects.filter(subject=case.subject, apart=True).exists()
    with pytest.raises(Refused):
        give_back(case, "", agent=secretary, actor=actor_of_account(secretary), now=NOW)
    pass_on(case, "Facture vue.", agent=secretary, actor=actor_of_account(secretary), now=NOW)
    case = Case.objects.select_related("agreement", "version", "procedure", "commune").get(pk=case.pk)
    assert (case.custody, case.apart, case.assignee) == ("passed", False, None)
    assert case.notes.get().body == "Facture vue."
    assert not Notice.objects.filter(subject=case.subject, apart=True).exists()
    assert case_role(agent, case, TODAY) == "agent"
    told = public_timeline(case, NOW)
    shown = next(item for item in told if item["label"] == "Votre demande change de mains")
    assert "Pays de Mormal" in shown["text"]
    assert "Facture vue" not in str(told), "what colleagues tell one another stays with them"
    with pytest.raises(Refused):
        pass_on(case, "", agent=secretary, actor=actor_of_account(secretary), now=NOW)
    give_back(case, "", agent=agent, actor=actor_of_account(agent), now=NOW)
    assert (case.custody, case.apart) == ("held", False), "what the community has read stays before its eyes"
    assert any(HEAD["name"] in item["text"] for item in public_timeline(case, NOW))


def test_a_case_handed_to_another_service_is_entrusted_no_more() -> None:
    case = entrusted("town hall", "counter", "figures")
    secretary = person("secretary here")
    forward_case(case, "commune:" + HERE, agent=secretary, actor=actor_of_account(secretary), now=NOW)
    case.refresh_from_db()
    assert (case.custody, case.agreement, case.organisation, case.apart) == ("", None, None, False)


@pytest.mark.parametrize("address", ["cases_message", "cases_assign", "cases_letter", "cases_service_part"])
def test_who_follows_changes_nothing_and_notes(address: str) -> None:
    case = entrusted("town hall", "counter", "all")
    client, _account = sit(Role.MANAGER, service="waste")
    events = Event.objects.filter(subject=case.subject).count()
    told = {"message": "Bonjour", "assignee": "me", "notice": "receipt", "revision": str(case.revision)}
    shown = page(client.post(reverse(address, args=[case.reference]), told, follow=True))
    assert "en d’autres mains (Guichet de la forêt)" in shown
    for name in ("cases_message", "cases_assign", "cases_letter", "cases_add_documents", "cases_service_part"):
        assert f'action="{reverse(name, args=[case.reference])}"' not in shown, "nothing is offered that is refused"
    assert "Passer à la communauté" not in shown
    assert Event.objects.filter(subject=case.subject).count() == events
    client.post(reverse("cases_note", args=[case.reference]), {"note": "Vu."})
    assert case.notes.get().body == "Vu."


# --- Papers --------------------------------------------------------------------------------------------------------
def test_papers_bear_the_name_of_who_handles_the_case() -> None:
    case = entrusted("town hall", "counter", "all")
    receipt = Notice.objects.get(subject=case.subject)
    assert receipt.organisation == town_hall()
    assert receipt.head["name"] == HEAD["name"]
    assert receipt.head["address"] == ["1 place Verte", "59530 Locquignol"]
    context = printing.receipt_context(case)
    assert (context["handler"].name, context["service"]) == (HEAD["name"], "")
    client, _account = sit(Role.RECEPTION, commune=commune(HERE))
    letter = client.get(reverse("messaging_desk:letters"))
    assert case.reference in page(letter)


def test_what_an_agreement_leaves_empty_is_told_as_it_is_known() -> None:
    made = agreed(town_hall(), head={})
    known = entrusting.head_of(made)
    assert known.name == "Commune de Locquignol"
    assert known.phone


# --- The desk ------------------------------------------------------------------------------------------------------
FORM = {"what": "counter", "sight": "all", "starts": "10/03/2026", "ends": "", "name": "", "phone": "", "email": ""}


def test_a_manager_entrusts_changes_and_ends_at_the_desk() -> None:
    procedure = composter(NOW)
    client, _account = sit(Role.MANAGER, service="waste")
    told = {**FORM, "procedure": procedure.pk, "organisation": town_hall().pk, "communes": [commune(HERE).pk]}
    forged = client.post(reverse("cases_agreement_new"), {**told, "communes": ["9" * 40]})
    assert forged.status_code == 422  # no key is as long
    shown = page(client.post(reverse("cases_agreement_new"), told, follow=True))
    assert "reçoit, saisit et vérifie les demandes « Commander un composteur » (Locquignol)" in shown
    made = Agreement.objects.get()
    again = client.post(reverse("cases_agreement_new"), told)
    assert again.status_code == 422
    assert "déjà confiée" in page(again)
    change = reverse("cases_agreement", args=[made.pk])
    assert client.post(change, {"sight": "figures", "name": "Mairie"}).status_code == 302
    made.refresh_from_db()
    assert (made.sight, made.name) == ("figures", "Mairie")
    assert client.post(reverse("cases_agreement_end", args=[made.pk]), {"last": "01/01/2026"}).status_code == 422
    assert client.post(reverse("cases_agreement_end", args=[made.pk]), {"last": "31/03/2026"}).status_code == 302
    made.refresh_from_db()
    assert made.ends == date(2026, 3, 31)


def test_another_service_s_manager_entrusts_nothing_of_ours() -> None:
    made = agreed(town_hall())
    client, _account = sit(Role.MANAGER, service="families")
    assert "composteur" not in page(client.get(reverse("cases_agreements")))
    assert client.get(reverse("cases_agreement", args=[made.pk])).status_code == 404
    told = {**FORM, "procedure": made.procedure_id, "organisation": syndicate().pk, "communes": []}
    assert client.post(reverse("cases_agreement_new"), told).status_code == 422


@pytest.fixture
def secretary() -> tuple[Client, Account]:
    """Of two town halls."""
    client, account = sit(Role.RECEPTION, commune=commune(HERE))
    factories.post(account, Role.RECEPTION, commune=commune(NEXT_DOOR))
    return client, account


def test_a_secretary_of_two_town_halls_chooses_one(secretary: tuple[Client, Account]) -> None:
    client, account = secretary
    there = {"line": "1 rue Haute", "postcode": "59530", "commune": NEXT_DOOR}
    mine, other = filed(NOW), filed(NOW, address=there, given_names="Odile")
    lists = reverse("cases_worklist")
    assert {mine.reference, other.reference} <= _references(client, mine, other)
    choose = reverse("identity_hat")
    shown = page(client.get(choose))
    assert "Mairie de Locquignol" in shown
    assert "Mairie de Le Quesnoy" in shown
    client.post(choose, {"hat": f"body:{town_hall().pk}"})
    assert _references(client, mine, other) == {mine.reference}
    assert "Mairie de Locquignol" in page(client.get(lists))
    assert client.get(reverse("cases_desk", args=[other.reference])).status_code == 404
    assert other.reference not in page(client.get(reverse("desk_today")))
    export = client.post(reverse("cases_export_new"), {"format": "csv", "situation": "all"})
    assert export.status_code == 302
    outbox.drain(NOW, queue_names=["exports"])
    assert Export.objects.get().written == 1, "the export takes what she sees"
    client.post(choose, {"hat": "agent"})
    assert {mine.reference, other.reference} == _references(client, mine, other)
    client.post(choose, {"hat": f"body:{town_hall(NEXT_DOOR).pk}"})
    assert _references(client, mine, other) == {other.reference}
    account.posts.filter(commune=commune(NEXT_DOOR)).update(ends=date(2026, 3, 1))
    assert _references(client, mine, other) == {mine.reference}, "a post that ended is chosen no more"


def _references(client: Client, *cases: Case) -> set[str]:
    text = page(client.get(reverse("cases_worklist") + "?situation=all"))
    return {case.reference for case in cases if case.reference in text}


def test_who_serves_one_town_hall_is_asked_nothing() -> None:
    client, _account = sit(Role.RECEPTION, commune=commune(HERE))
    assert "hats-worn" not in page(client.get(reverse("desk_today")))


def test_an_organisation_s_agents_enter_what_is_entrusted_to_it() -> None:
    composter(NOW)
    agent = person("syndicate agent")
    assert open_to_agents(agent, TODAY) == []
    agreed(syndicate(), "counter")
    assert [one.slug for one in open_to_agents(agent, TODAY)] == ["composteur"]
    assert not entry_drafts(agent, TODAY).exists()


def test_the_worklist_asks_no_more_for_entrusted_cases() -> None:
    agreed(town_hall(), "counter", "all", HERE)
    client, _account = sit(Role.RECEPTION, commune=commune(HERE))
    address = reverse("cases_worklist")
    client.get(address)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    filed(NOW)
    one = asked()
    for _more in range(4):
        filed(NOW)
    assert asked() == one


def test_a_signer_s_export_is_given(waste_manager: Any) -> None:
    """A post with a delegation is the same post when the file is made."""
    filed(NOW)
    export = ask_export(
        waste_manager.account, Filters(), format_="csv", sensitive=False, actor=waste_manager.actor, now=NOW
    )
    outbox.drain(NOW, queue_names=["exports"])
    export.refresh_from_db()
    assert (export.state, export.written) == ("ready", 1)
