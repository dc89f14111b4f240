"""The blank form on paper: a budget begins under its heading and stays within the sheet."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from bocage.base.actors import Actor
from bocage.cases import printing
from bocage.cases.operations import publish
from tests.cases.factories import body
from tests.conftest import NOW
from tests.territory.factories import mormal

WIDTH = 595.3  # points, of A4
MARGIN = 51  # 18 mm


@pytest.mark.django_db
def test_the_columns_of_a_budget_are_even_and_within_the_sheet() -> None:
    mormal(NOW)
    version = publish(body("subvention-association"), actor=Actor.system("test"), now=NOW)
    heads: dict[str, set[int]] = {"Charges (€)": set(), "Produits (€)": set()}
    pages: list[list[str]] = []

    def seen(text: str, matrix: Any, place: Any, _font: Any, _size: Any) -> None:
        pages[-1].append(text.strip())
        if text.strip() in heads:
            heads[text.strip()].add(round(matrix[4] + place[4] * matrix[0]))

    for sheet in PdfReader(BytesIO(printing.blank_form(version))).pages:
        pages.append([])
        sheet.extract_text(visitor_text=seen)
    (charges,), (products,) = heads.values()
    column = products - charges
    assert abs(products + column - (WIDTH - MARGIN)) < 12, "the last column ends at the margin, as wide as the other"
    together = " ".join(next(texts for texts in pages if any("Budget prévu" in text for text in texts)))
    assert "4. Le budget" in together
    assert "60 – Achats" in together
