"""Importing the territory: complete, repeatable, respectful of what agents changed, refusing broken data."""

import json
import re
import shutil
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings

from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.territory import demo, importing, operations, queries
from bocage.territory.contours import rings
from bocage.territory.models import (
    CalendarPeriod,
    Closure,
    Commune,
    CommuneAlias,
    Organisation,
    Place,
    Postcode,
    Territory,
)
from tests.territory.factories import NOW, mormal

pytestmark = pytest.mark.django_db
AGENT = Actor("account", 1, "Agent")
FOLDER = Path(settings.TERRITORY_ROOT) / "mormal"


def counts() -> list[int]:
    """Rows of every table of the territory."""
    models = (Territory, Commune, CommuneAlias, Postcode, Organisation, Place, Closure, CalendarPeriod)
    return [model.objects.count() for model in models]


def copy_of_mormal(tmp_path: Path) -> Path:
    """A folder of territories that a test may spoil."""
    shutil.copytree(FOLDER, tmp_path / "mormal", ignore=shutil.ignore_patterns("procedures"))
    return tmp_path


def test_everything_is_there() -> None:
    report = mormal()
    assert (report.communes, Commune.objects.count()) == (52, 52)
    assert set(CommuneAlias.objects.values_list("name", flat=True)) == {"Amfroipret", "Bermeries"}
    assert Place.objects.filter(kind="town_hall").count() == 52
    assert Postcode.objects.count() == 53
    assert Organisation.objects.filter(kind="commune").exclude(siren="").count() == 52
    assert queries.community().siren == "200043321"
    assert Place.objects.filter(kind="town_hall", run_by__kind="commune", demonstration=False).count() == 52
    assert set(Place.objects.filter(demonstration=True).values_list("run_by__kind", flat=True)) == {"epci"}
    assert Commune.objects.get(insee="59481").population == 4859


def test_twice_doubles_nothing_and_says_nothing() -> None:
    mormal()
    before = counts()
    report = mormal()
    assert (report.created, report.updated) == (0, 0)
    assert counts() == before
    assert Event.objects.filter(kind="territory.imported").count() == 1


def test_a_source_that_changes_updates_in_place(tmp_path: Path) -> None:
    mormal()
    root = copy_of_mormal(tmp_path)
    path = root / "mormal" / "mairies.json"
    rows = json.loads(path.read_text())
    rows[2]["telephone"] = "03 27 00 00 00"
    path.write_text(json.dumps(rows))
    before = counts()
    report = operations.load_territory("mormal", now=NOW, root=root)
    assert (report.created, report.updated, counts()) == (0, 1, before)
    assert Place.objects.get(source_id="mairie:59053").phone == "03 27 00 00 00"


def test_what_an_agent_changed_stays(tmp_path: Path) -> None:
    mormal()
    bavay = Place.objects.get(source_id="mairie:59053")
    operations.set_opening_hours(bavay, "Mo 09:00-10:00", actor=AGENT, now=NOW)
    root = copy_of_mormal(tmp_path)
    path = root / "mormal" / "mairies.json"
    rows = json.loads(path.read_text())
    rows[2]["horaires"], rows[2]["telephone"] = [["mardi", "mardi", [["08:00:00", "09:00:00"]]]], "03 27 00 00 00"
    path.write_text(json.dumps(rows))
    operations.load_territory("mormal", now=NOW, root=root)
    bavay.refresh_from_db()
    assert (bavay.opening_hours, bavay.phone) == ("Mo 09:00-10:00", "03 27 00 00 00")


@pytest.mark.parametrize(
    ("file", "broken"),
    [
        ("territory.json", "{}"),
        ("territory.json", "not json"),
        ("communes.csv", "insee,nom,siren\n59006,X,123\n"),
        ("mairies.json", '[{"insee": "59006"}]'),
        ("places.json", '[{"source_id": "x", "insee": "99999"}]'),
        ("calendars/school_zone_b.csv", "nom,premier_jour,dernier_jour\nX,demain,hier\n"),
    ],
)
def test_a_broken_file_is_named_and_nothing_is_written(tmp_path: Path, file: str, broken: str) -> None:
    root = copy_of_mormal(tmp_path)
    (root / "mormal" / file).write_text(broken)
    with pytest.raises(importing.BadData):
        operations.load_territory("mormal", now=NOW, root=root)
    assert counts() == [0] * 8


def test_contours_are_closed_and_wound_as_rfc_7946_wants() -> None:
    mormal()
    for commune in Commune.objects.all():
        for ring in rings(commune.contour):
            assert len(ring) >= 4
            assert ring[0] == ring[-1]
        outer = rings(commune.contour)[0]
        area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(outer))
        assert area > 0, commune  # counter-clockwise
        xs, ys = [point[0] for point in outer], [point[1] for point in outer]
        assert min(xs) < commune.lon < max(xs)
        assert min(ys) < commune.lat < max(ys)


def test_hours_come_from_the_directory() -> None:
    mormal()
    assert Place.objects.get(source_id="mairie:59464").opening_hours == "Mo-Th 08:30-12:00,16:00-18:00; Fr 08:30-12:00"
    assert Place.objects.get(source_id="mairie:59065").opening_hours == "Mo-Tu,Th-Fr 09:00-12:00"
    jenlain = Place.objects.get(source_id="mairie:59323")
    assert queries.hours_of(jenlain).status(NOW).sentence == "horaires non communiqués"


@pytest.mark.parametrize(
    ("ranges", "hours"),
    [
        ([], ""),
        ([["vendredi", "lundi", [["09:00:00", "12:00:00"]]]], "Mo,Fr-Su 09:00-12:00"),
        (
            [["lundi", "lundi", [["14:00:00", "17:00:00"]]], ["lundi", "mardi", [["09:00:00", "12:00:00"]]]],
            "Mo 09:00-12:00,14:00-17:00; Tu 09:00-12:00",
        ),
        ([["lundi", "lundi", [["09:00:00", "12:00:00"], ["11:00:00", "13:00:00"]]]], "Mo 09:00-13:00"),
        ([["lundi", "lundi", [["09:00:00", "12:00:00"], ["12:00:00", "13:00:00"]]]], "Mo 09:00-13:00"),
    ],
)
def test_odd_shapes_of_the_directory(ranges: list[object], hours: str) -> None:
    assert importing.osm_hours(ranges) == hours


def test_hours_that_end_before_they_begin_are_refused() -> None:
    with pytest.raises(ValueError, match="lundi"):
        importing.osm_hours([["lundi", "lundi", [["12:00:00", "09:00:00"]]]])


def test_no_address_of_a_town_hall_is_in_the_project() -> None:
    assert not re.search(r"\S@\S", (FOLDER / "mairies.json").read_text())
    mormal()
    assert not Place.objects.exclude(email="").exists()


def test_demonstration_gives_hours_to_all_and_closures_around_today() -> None:
    mormal()
    demo.demonstration(NOW)
    assert not Place.objects.filter(kind="town_hall", opening_hours="").exists()
    jenlain = Place.objects.get(source_id="mairie:59323")
    assert "démonstration" in jenlain.notice
    closures = Closure.objects.count()
    assert Closure.objects.filter(place__kind="town_hall", starts__lte=NOW.date(), ends__gte=NOW.date()).exists()
    assert Closure.objects.filter(reason="pont").exists()
    demo.demonstration(NOW)
    mormal()
    assert Closure.objects.count() == closures
    jenlain.refresh_from_db()
    assert jenlain.opening_hours


def test_public_holidays_for_years_ahead_and_school_holidays() -> None:
    mormal()
    assert queries.is_holiday(date(2026, 12, 25))
    assert queries.is_holiday(date(2035, 5, 1))
    assert queries.is_holiday(date(2050, 7, 14))  # beyond the calendar: computed
    assert not queries.is_holiday(date(2026, 12, 26))
    assert len(queries.holidays(2027)) == 11
    names = [period.name for period in queries.school_holidays(date(2026, 11, 24), date(2027, 3, 1))]
    assert names == ["Vacances de Noël", "Vacances d'hiver"]


def test_the_loader_of_the_manifest(now: datetime) -> None:
    demo.load(now)
    assert queries.territory().slug == "mormal"
