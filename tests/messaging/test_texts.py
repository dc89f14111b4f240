"""Plain paragraphs and lists."""

import pytest

from bocage.messaging.texts import BadText, Block, blocks, check, variables_in


def test_paragraphs_and_lists():
    body = "Un.\nDeux.\n\nTrois.\n\n \nÀ apporter :\n- une photo\n- un justificatif\nFin."
    assert blocks(body) == [
        Block("paragraph", ("Un.", "Deux.")),
        Block("paragraph", ("Trois.",)),
        Block("paragraph", ("À apporter :",)),
        Block("list", ("une photo", "un justificatif")),
        Block("paragraph", ("Fin.",)),
    ]


def test_variables():
    assert variables_in("{{ a }} {{b_2}} {{ C }} { d }", "{{ e }}") == {"a", "b_2", "e"}


@pytest.mark.parametrize("text", ["{{ a", "a }}", "{% load x %}", "{{ a.b }}", "{{ A }}"])
def test_other_braces_are_refused(text):
    with pytest.raises(BadText):
        check(text, ["a"])
