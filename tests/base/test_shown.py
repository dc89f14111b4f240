"""Two people correct the same thing: what is compared, and the write that compares too."""

import pytest

from bocage.base import shown
from bocage.base.models import Schedule
from tests.conftest import NOW

KEPT = {"name": "Delattre", "phone": "03 27 00 00 00", "street": "2 rue Haute", "town": "Bavay"}
HOME = (("street", "town"),)


def compared(now: dict[str, str], typed: dict[str, str], seen: dict[str, str] = KEPT) -> shown.Compared:
    return shown.compare(shown.fingerprints(seen), {**KEPT, **now}, {**KEPT, **typed}, HOME)


def test_what_is_left_as_shown_follows_what_is_kept_now() -> None:
    found = compared(now={"phone": "06 00 00 00 00"}, typed={"name": "Lecoq"})
    assert found.texts == {**KEPT, "name": "Lecoq", "phone": "06 00 00 00 00"}
    assert found.clashes == ()


def test_what_both_changed_is_a_clash_and_keeps_what_was_typed() -> None:
    found = compared(now={"phone": "06 00 00 00 00"}, typed={"phone": "07 00 00 00 00"})
    assert found.clashes == ("phone",)
    assert found.texts["phone"] == "07 00 00 00 00"


def test_the_same_correction_by_both_is_no_clash() -> None:
    assert compared(now={"phone": "06"}, typed={"phone": "06"}).clashes == ()


def test_the_lines_of_an_address_are_one_answer() -> None:
    found = compared(now={"town": "Bry"}, typed={"street": "3 rue Basse"})
    assert set(found.clashes) == {"street", "town"}
    assert compared(now={"name": "Lecoq"}, typed={"street": "3 rue Basse"}).clashes == ()


@pytest.mark.parametrize("kept", ["une\nligne", "une\r\nligne", " une\nligne\n"])
def test_ends_of_lines_are_no_correction(kept: str) -> None:
    now = {"text": "un autre"}
    assert shown.compare(shown.fingerprints({"text": kept}), now, {"text": "une\r\nligne"}).texts == now


@pytest.mark.parametrize("was", ["", "[]", "{", "null", '{"name": 3}', "\x00"])
def test_a_form_that_does_not_say_what_it_showed_breaks_nothing(was: str) -> None:
    found = shown.compare(was, {"phone": "03"}, {"phone": "06"})
    assert found.texts == {"phone": "06"}


@pytest.mark.django_db
def test_a_row_changed_since_it_was_read_is_not_written_over() -> None:
    row = Schedule.objects.create(name="sealer", next_run_at=NOW)
    late = Schedule.objects.get()
    shown.save_if_unchanged(row, {"name": "first"})
    assert row.name == "first"
    with pytest.raises(shown.ChangedMeanwhile):
        shown.save_if_unchanged(late, {"name": "second"})
    shown.save_if_unchanged(late, {"last_run_at": NOW})  # another field: both are kept
    assert Schedule.objects.filter(name="first", last_run_at=NOW).exists()
