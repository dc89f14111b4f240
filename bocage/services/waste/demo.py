"""The waste service's share of the demonstration: two months of composter orders in all 52 communes, up to today.

Days are lived one after the other through the real operations, with the day as the seed of chance: orders come in, are
studied, corrected, accepted, refused; a few are forgotten, one letter comes back. A daily job lives each new day, so
that the demonstration always ends today.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Max
from django.utils.translation import gettext as _

from bocage.base import outbox
from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Custody, Procedure
from bocage.cases.models_entrusting import Entrusted, Sight
from bocage.cases.operations import (
    add_document,
    add_note,
    answer_correction,
    entrust,
    move_case,
    open_answers,
    pass_on,
    save_answers,
    send_message,
    start_draft,
    submit_case,
)
from bocage.cases.queries import open_procedures
from bocage.cases.stories import invented_paper
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Person
from bocage.messaging.models import Letter, LetterBatch
from bocage.messaging.operations import post_batch, print_batch, record_return
from bocage.services.waste import stories
from bocage.territory.models import Commune, Organisation
from bocage.territory.queries import is_holiday, time_zone, today

ACTOR = Actor.system("demo")
DAYS = 60
FORGOTTEN = 17  # one order in so many is nobody's: it ends late
TOWN_HALLS = ("59325", "59296")  # of the three that the demonstration's secretary serves
MODELS = ("wood_300", "wood_600", "plastic_400")


def _agent(username: str) -> Account:
    return Account.objects.get(username=username)


def load(now: datetime) -> None:
    """Live the last two months, or the days since the last one lived; then hand over what is due."""
    procedure = open_procedures().filter(slug="composteur").first()
    if procedure is None or not Account.objects.filter(username="demo-agent").exists():
        return
    last = Event.objects.filter(kind="cases.started", actor=ACTOR.key).aggregate(last=Max("at"))["last"]
    day = today(now) - timedelta(days=DAYS) if last is None else today(last) + timedelta(days=1)
    _entrust(procedure, _at(day, 7, 0, now))
    people = _residents()
    while day <= today(now):
        _live(procedure, people, day, now)
        day += timedelta(days=1)
    _suzanne(procedure, now)
    _julien(procedure, now)
    _paper(procedure, now)
    if not LetterBatch.objects.exists():
        outbox.drain(now)
        _post_office(now)


def load_all(now: datetime) -> None:
    """The composters' two months; then a few cards and bins, each told once."""
    load(now)
    stories.load(now)


def _entrust(procedure: Procedure, now: datetime) -> None:
    """The counter of the composter is two town halls': their secretary receives, checks, and passes on."""
    if procedure.agreements.exists():
        return
    for hall in Organisation.objects.filter(kind=Organisation.Kind.COMMUNE, commune__insee__in=TOWN_HALLS):
        entrust(
            procedure,
            hall,
            what=Entrusted.COUNTER,
            sight=Sight.ALL,
            communes=Commune.objects.filter(pk=hall.commune_id).defer("contour"),
            starts=today(now),
            ends=None,
            head={"name": _("Mairie de %(commune)s") % {"commune": hall.commune}},
            actor=ACTOR,
            now=now,
        )


def live_on(now: datetime) -> None:
    """Job: the demonstration follows today."""
    if settings.DEMO:
        load(now)


def _residents() -> list[Person]:
    """Invented residents, one commune after the other, so that each commune has its orders."""
    found = Person.objects.filter(phone__startswith="+3335301", account=None, birth_date__isnull=False)
    by_commune: dict[Any, list[Person]] = {}
    for person in found.select_related("commune").order_by("commune__insee", "pk"):
        by_commune.setdefault(person.commune_id, []).append(person)
    turns: list[Person] = []
    for rank in range(max(map(len, by_commune.values()), default=0)):
        turns += [group[rank] for group in by_commune.values() if rank < len(group)]
    return turns


def _at(day: date, hour: int, minute: int, now: datetime) -> datetime:
    return min(datetime.combine(day, time(hour, minute), tzinfo=time_zone()), now)


def _live(procedure: Procedure, people: list[Person], day: date, now: datetime) -> None:
    chance = Random(day.toordinal())  # noqa: S311  nothing secret: the same day is always lived the same way
    open_day = day.weekday() < 5 and not is_holiday(day)
    if open_day:
        _work(day, chance, now)
    for _turn in range(chance.choice((2, 3, 3, 4)) if open_day else 1):
        count = Case.objects.filter(procedure=procedure).count()
        person = people[count % len(people)]
        channel = chance.choices(("web", "counter", "post", "phone"), (60, 18, 10, 12))[0] if open_day else "web"
        _order_composter(
            procedure, person, channel, _at(day, chance.randint(8, 17), chance.randint(0, 59), now), chance
        )


def _answers(person: Person, chance: Random) -> dict[str, Any]:
    flat = chance.random() < 0.12
    garden = chance.randint(60, 900)
    commune = person.commune
    return {
        "lives_here": "oui",
        "already_has": "non",
        "given_names": person.given_names,
        "birth_name": person.birth_name,
        "usual_name": person.usual_name,
        "birth_date": person.birth_date.isoformat() if person.birth_date else "",
        "email": person.email,
        "phone": person.phone,
        "address": {"line": person.address, "postcode": person.postcode, "commune": commune.insee if commune else ""},
        "housing": "flat" if flat else "house",
        **({} if flat else {"garden_size": str(garden)}),
        "tenant": "non",
        "household_size": str(chance.randint(1, 5)),
        "model": "worms" if flat else chance.choice(MODELS),
        "training": "oui" if chance.random() < 0.4 else "non",
        "pickup_place": chance.choice(("lequesnoy", "landrecies", "bavay")),
        "statement": "oui",
    }


def _order_composter(procedure: Procedure, person: Person, channel: str, at: datetime, chance: Random) -> Case:
    secretary = _agent("demo-secretaire") if channel != "web" else None
    case, _code = start_draft(
        procedure,
        actor=ACTOR,
        now=at,
        applicant=person,
        channel=channel,
        received_on=today(at),
        entered_by=secretary,
        contact_email=person.email,
        contact_phone=person.phone,
    )
    answers = _answers(person, chance)
    if channel in {"web", "post"} or chance.random() < 0.7:
        field = case.version.document.by_id["proof"]
        file = SimpleUploadedFile("facture-eau.jpg", invented_paper("EXEMPLE – FACTURE D'EAU"), "image/jpeg")
        answers["proof"] = [add_document(case, file, field=field, actor=ACTOR, now=at).key]
    save_answers(case, answers, now=at)
    return submit_case(case, actor=ACTOR, now=at, allow_incomplete=secretary is not None)


def _open_cases(day: date) -> Iterator[Case]:
    lived = Event.objects.filter(kind="cases.started", actor=ACTOR.key).values_list("subject", flat=True)
    ids = [int(subject.split(":")[1]) for subject in lived]
    found = Case.objects.filter(pk__in=ids, outcome="", received_on__lt=day).exclude(state="")
    yield from found.select_related("version", "procedure", "commune", "applicant", "account", "agreement").order_by(
        "pk"
    )


def _work(day: date, chance: Random, now: datetime) -> None:
    """A working day of the service."""
    agent, manager = _agent("demo-agent"), _agent("demo-responsable")
    at = _at(day, 10, 15, now)
    for case in _open_cases(day):
        age = (day - (case.received_on or day)).days
        if case.pk % FORGOTTEN == 0 and age < 45:
            continue
        try:
            _step(case, age, day, chance, agent, manager, at)
        except Refused:
            continue  # the day's chance asked for what this order does not allow: it waits


def _step(case: Case, age: int, day: date, chance: Random, agent: Account, manager: Account, at: datetime) -> None:
    as_agent, as_manager = actor_of_account(agent), actor_of_account(manager)
    if case.custody == Custody.HELD:
        if age >= 2 and chance.random() < 0.7:
            secretary = _agent("demo-secretaire")
            note = "Dossier complet, justificatif vu au guichet." if case.complete else ""
            pass_on(case, note, agent=secretary, actor=actor_of_account(secretary), now=at)
        return
    if case.state == "received" and age >= 1:
        move_case(case, "study", agent=agent, actor=as_agent, now=at)
        if chance.random() < 0.15:
            add_note("Vérifier la surface du jardin avec le plan.", author=agent, actor=as_agent, now=at, case=case)
    elif case.state == "studying" and age >= 3:
        if not case.complete or (chance.random() < 0.1 and "proof" in case.answers):
            text = "Le justificatif de domicile manque, ou ne se lit pas. Joignez une facture de moins de trois mois."
            move_case(case, "ask", agent=agent, actor=as_agent, now=at, message=text, fields=("proof",), due_days=15)
        elif chance.random() < 0.06:
            reason = "L’adresse est hors du territoire de collecte des biodéchets."
            move_case(case, "reject", agent=manager, actor=as_manager, now=at, reason=reason)
        elif chance.random() < 0.5:
            saturday = day + timedelta(days=(5 - day.weekday()) % 7 + 7)
            values = {"pickup_on": saturday.isoformat()}
            move_case(case, "accept", agent=manager, actor=as_manager, now=at, agent_values=values)
    elif case.state == "correcting" and chance.random() < 0.3:
        _answer(case, at)
    elif case.state == "accepted" and open_answers(case.agent_answers).get("pickup_on", "9") <= day.isoformat():
        move_case(case, "deliver", agent=agent, actor=as_agent, now=at, agent_values={"serial": f"PM-{case.pk:05d}"})


def _answer(case: Case, at: datetime) -> None:
    field = case.version.document.by_id["proof"]
    file = SimpleUploadedFile("facture-nette.jpg", invented_paper("EXEMPLE – FACTURE D'EAU"), "image/jpeg")
    key = add_document(case, file, field=field, actor=ACTOR, now=at).key
    answer_correction(case, {"proof": [key]}, actor=ACTOR, now=at)


def _suzanne(procedure: Procedure, now: datetime) -> None:
    """She telephoned the day before yesterday; the secretary wrote it down, her letter is to be printed."""
    person = Account.objects.get(username="demo-suzanne").person
    assert person is not None
    if person.cases.exists():
        return
    at = _at(today(now) - timedelta(days=2), 11, 5, now)
    case = _order_composter(procedure, person, "phone", at, Random(78))  # noqa: S311
    secretary = _agent("demo-secretaire")
    text = "Entend mal : parler lentement. Son voisin viendra retirer le composteur."
    add_note(text, author=secretary, actor=actor_of_account(secretary), now=at, case=case)


def _julien(procedure: Procedure, now: datetime) -> None:
    """He ordered by himself, was asked for a readable bill, wrote to the service; and has a draft begun again."""
    account = Account.objects.get(username="demo-julien")
    person = account.person
    assert person is not None
    if person.cases.exists():
        return
    agent = _agent("demo-agent")
    sent, asked = (_at(today(now) - timedelta(days=days), 18, 20, now) for days in (6, 4))
    case = _order_composter(procedure, person, "web", sent, Random(38))  # noqa: S311
    text = "La photo de la facture est trop sombre pour être lue. Pouvez-vous la reprendre, à plat et en plein jour ?"
    move_case(case, "ask", agent=agent, actor=actor_of_account(agent), now=asked, message=text, fields=("proof",))
    body = "Bonjour, je reprends la photo ce soir. Le composteur tient-il dans un coffre de voiture ?"
    send_message(case, body, from_agent=False, author=account, actor=actor_of_account(account), now=asked)
    start_draft(procedure, actor=actor_of_account(account), now=asked, account=account, applicant=person)


def _paper(procedure: Procedure, now: datetime) -> None:
    """A town hall to which the counter is entrusted received a paper today: it is to be checked, and passed on."""
    if Case.objects.filter(procedure=procedure, custody=Custody.HELD, outcome="").exists():
        return
    there = Person.objects.filter(phone__startswith="+3335301", account=None, commune__insee=TOWN_HALLS[0], cases=None)
    person = there.select_related("commune").order_by("pk").first()
    if person is not None:
        _order_composter(procedure, person, "counter", _at(today(now), 9, 10, now), Random(59325))  # noqa: S311


def _post_office(now: datetime) -> None:
    """The letters of more than a week ago were posted; one came back, another is about to be looked for."""
    secretary = _agent("demo-agent")
    actor = actor_of_account(secretary)
    before = _at(today(now) - timedelta(days=8), 16, 0, now)
    old = Letter.objects.filter(delivery__notice__created_at__lt=before, batch=None).exclude(pdf="")
    letters = list(old.select_related("delivery__notice").order_by("pk")[:60])
    if not letters:
        return
    batch = print_batch(letters, account=secretary, actor=actor, now=before)
    post_batch(batch, posted_on=today(before), numbers={}, actor=actor, now=before)
    letter = Letter.objects.select_related("delivery__notice").get(pk=letters[-1].pk)
    record_return(letter, reason="npai", returned_on=today(now) - timedelta(days=1), actor=actor, now=now)
