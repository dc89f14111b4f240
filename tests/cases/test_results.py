"""Satisfaction in two questions, and the figures published: announced against real, by channel, by commune."""

import copy
import io
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from bocage.base.dates import french_date
from bocage.base.models import Event
from bocage.cases import printing, results, satisfaction
from bocage.cases.desk_queries import FEW
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Decision, Procedure, Satisfaction
from bocage.cases.operations import move_case
from bocage.cases.printing import available
from bocage.cases.results import commune_year, grouped, procedure_results
from bocage.identity.models import Role
from bocage.messaging.models import Notice
from bocage.territory.contours import communes_map
from bocage.territory.queries import territory
from tests.cases.desk import commune, page, sit
from tests.cases.factories import RESIDENT, filed


# --- No small number -----------------------------------------------------------------------------------------------
@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 30), max_size=8))
def test_no_count_that_is_said_or_found_by_subtraction_is_small(counts: dict[str, int]) -> None:
    shares = grouped(counts, "autres")
    total, said = sum(counts.values()), sum(share.count for share in shares)
    assert all(share.count >= FEW for share in shares)
    assert said == total or said == 0
    if total >= FEW:
        assert said == total


def test_the_smallest_joins_what_would_be_few() -> None:
    assert [(one.label, one.count) for one in grouped({"a": 20, "b": 6, "c": 1}, "autres")] == [
        ("a", 20),
        ("autres", 7),
    ]
    assert grouped({"a": 2, "b": 2}, "autres") == []
    assert [one.of for one in grouped({"a": 20, "c": 1, "b": 6}, "autres")] == [(), ("b", "c")]


# --- Two questions -------------------------------------------------------------------------------------------------
def over(now: Any, **changes: Any) -> Case:
    case = filed(now)
    Case.objects.filter(pk=case.pk).update(outcome="accepted", closed_on=date(2026, 3, 10), **changes)
    return Case.objects.get(pk=case.pk)


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen", "territory")
def test_the_printed_receipt_of_a_case_that_is_over_leads_to_the_two_questions(now: Any) -> None:
    def printed(case: Case) -> tuple[dict[str, Any], str]:
        context = printing.receipt_context(case)
        return context, render_to_string("cases/pdf/receipt_body.html", context)

    case, asked = over(now), "Deux questions, une minute"
    context, paper = printed(case)
    assert context["opinion"]["qr"] == printing.qr(settings.ENV.base_url + satisfaction.path_for(case))
    assert context["opinion"]["until"] == now.date() + timedelta(days=60)
    assert asked in paper
    assert 'alt=""' not in paper, "the square is read aloud too"
    assert french_date(context["opinion"]["until"]) in paper
    satisfaction.tell(case, easy=3, content=3, actor=RESIDENT, now=now)
    assert asked not in printed(case)[1]
    assert asked not in printed(filed(now))[1]


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen", "territory")
def test_two_questions_are_answered_once(now: Any, client: Client) -> None:
    case = over(now)
    path = satisfaction.path_for(case)
    assert "Votre avis en deux questions" in page(client.get(path))
    answer = client.post(path, {"easy": "4"})
    assert answer.status_code == 422
    assert "Choisissez une réponse" in page(answer)
    assert client.post(path, {"easy": "4", "content": "7"}).status_code == 422
    assert "Merci de votre réponse" in page(client.post(path, {"easy": "4", "content": "2"}, follow=True))
    told = Satisfaction.objects.get()
    assert (told.case, told.easy, told.content) == (case, 4, 2)
    client.post(path, {"easy": "1", "content": "1"})
    assert Satisfaction.objects.get().easy == 4
    assert "Merci de votre réponse" in page(client.get(path))
    event = Event.objects.get(kind="cases.satisfaction")
    assert not hasattr(event, "payload")  # the journal keeps that they came, not what they were
    with pytest.raises(Refused):
        satisfaction.tell(case, easy=1, content=1, actor=RESIDENT, now=now)


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen", "territory")
def test_a_link_late_wrong_or_too_early_is_told_kindly(now: Any, client: Client) -> None:
    running = filed(now)
    assert client.get(satisfaction.path_for(running)).status_code == 404
    with pytest.raises(Refused):
        satisfaction.tell(running, easy=4, content=4, actor=RESIDENT, now=now)
    path = satisfaction.path_for(over(now))
    with time_machine.travel(now + timedelta(days=61), tick=False):
        late = client.get(path)
    assert late.status_code == 410
    assert "trop tard" in page(late)
    assert client.get(path[:-3] + "xx/").status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen", "territory")
def test_the_last_notice_and_the_cases_page_lead_there(now: Any, waste_manager: Any, client: Client) -> None:
    case = filed(now, email="marcelle@example.org")
    for step in ("study", "reject"):
        notices = Notice.objects.filter(subject=case.subject)
        assert not any("/avis/" in notice.body for notice in notices)
        move_case(case, step, agent=waste_manager.account, actor=waste_manager.actor, now=now, reason="Hors zone")
    assert case.outcome == "rejected"
    assert "/avis/" in Notice.objects.filter(subject=case.subject).latest("pk").body
    session = client.session
    session["cases"] = [case.reference]
    session.save()
    assert "/avis/" in page(client.get(f"/dossiers/{case.reference}/"))
    satisfaction.tell(case, easy=3, content=3, actor=RESIDENT, now=now)
    assert "/avis/" not in page(client.get(f"/dossiers/{case.reference}/"))


# --- Figures -------------------------------------------------------------------------------------------------------
def several(now: Any, count: int, *, days: int, insee: str = "59353", told: int | None = None) -> None:
    """Cases received so many days ago and decided today, with what their people said."""
    case = Case.objects.first() or filed(now)
    for number in range(count):
        one = copy.copy(case)
        one.pk = one.id = None
        one.reference = f"{insee}-{days}-{Case.objects.count()}"
        one.commune, one.outcome, one.closed_on = commune(insee), "accepted", now.date()
        one.received_on = now.date() - timedelta(days=days)
        one.announced_on = one.received_on + timedelta(days=14)
        one.channel = "post" if number < 2 else "web"
        one.save()
        Decision.objects.create(case=one, outcome="accepted", legal_date=now.date(), by_time=True)
        if told:
            Satisfaction.objects.create(case=one, easy=4, content=told, at=now)


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen", "territory")
def test_results_tell_a_procedures_year_without_small_numbers(now: Any, client: Client) -> None:
    several(now, 6, days=10, told=4)
    several(now, 6, days=20, insee="59481", told=1)
    several(now, 3, days=30, insee="59006")
    [result] = procedure_results(now)
    assert result.received == 16
    assert (result.delays.decided, result.delays.median_days, result.delays.on_time_percent) == (15, 20, 40)
    assert result.opinions == results.Opinions(12, 100, 50)
    assert [one.count for one in result.by_commune] == [7, 9]  # 6 and 3 together, for 3 are few
    assert [(one.label, one.count) for one in result.by_channel] == [("En ligne", 10), ("Par courrier", 6)]
    shown = page(client.get("/resultats/"))
    assert "satisfaits, sur 12 avis" in shown


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen", "territory")
def test_few_requests_are_not_told(now: Any, client: Client) -> None:
    several(now, 3, days=10, told=4)
    [result] = procedure_results(now)
    assert (result.received, result.opinions, result.delays.median_days) == (None, None, None)
    assert (result.by_channel, result.by_commune) == ([], [])
    assert "Moins de cinq demandes" in page(client.get("/resultats/"))


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen", "territory")
def test_a_communes_year_holds_on_one_page_without_any_name(now: Any) -> None:
    several(now, 12, days=10, told=4)
    several(now, 6, days=400)
    body = Procedure.objects.get()
    for number in range(12):  # more procedures than the page shows
        other = Procedure.objects.create(
            slug=f"p{number}", service="waste", title=f"Une démarche au titre assez long {number}", act="ask"
        )
        Case.objects.filter(pk__in=Case.objects.filter(procedure=body)[:0]).update(procedure=other)
        several(now, 0, days=1)
        for one in range(5):
            case = copy.copy(Case.objects.filter(procedure=body).first())
            assert case is not None
            case.pk = case.id = None
            case.reference, case.procedure = f"{number}-{one}", other
            case.received_on = now.date() - timedelta(days=5)
            case.save()
    year = commune_year(commune("59353"), now)
    assert year.received is not None
    assert year.received >= 60
    assert year.before == 6
    assert len(year.by_procedure) == results.PROCEDURES_SHOWN
    assert len(year.by_procedure[-1].of) == 6  # thirteen procedures, seven of them by themselves
    mayor, _account = sit(Role.ELECTED, commune=commune("59353"))
    assert "/bureau/ma-commune/59353/" in page(mayor.get("/bureau/ma-commune/"))
    answer = mayor.get("/bureau/ma-commune/59353/")
    assert answer.status_code == 200
    if available():
        pages = PdfReader(io.BytesIO(answer.content)).pages
        assert len(pages) == 1
        text = pages[0].extract_text()
        assert "Locquignol en un an" in text
    else:
        text = page(answer)
    assert "Delattre" not in text
    assert mayor.get("/bureau/ma-commune/59481/").status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen", "territory")
def test_a_year_of_small_numbers_still_says_what_was_asked_and_how(now: Any) -> None:
    several(now, 4, days=10)  # with the first, five: three by one way, two by another
    year = commune_year(commune("59353"), now)
    assert [(one.label, one.count) for one in year.by_channel] == [("Autrement", 5)]
    text = render_to_string("cases/pdf/year_body.html", {"year": year, "territory": territory(), "map": communes_map()})
    assert "En ligne, Par courrier" in text
    assert "Autrement" not in text
    assert text.count('fill="#2a5d36" stroke') == 1  # the commune on the map of its territory
    assert 'rect width="100" height="6" fill="#2a5d36"' in text


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen", "territory")
def test_ways_that_are_all_together_are_not_a_table(now: Any, client: Client) -> None:
    several(now, 4, days=10)
    assert "Comment les demandes sont arrivées" not in page(client.get("/resultats/"))
    several(now, 4, days=10)
    several(now, 4, days=10)
    cache.clear()  # a page of the day
    assert "Comment les demandes sont arrivées" in page(client.get("/resultats/"))
