"""The colours of the stylesheet, computed: text 4.5:1 (WCAG 1.4.3), borders of fields and focus 3:1 (1.4.11)."""

import re
from pathlib import Path

import pytest

from bocage.ui import __file__ as ui

CSS = (Path(ui).parent / "static" / "ui" / "ui.css").read_text()

TEXT = [
    ("text", "ground"), ("text", "surface"), ("text", "sunken"), ("text", "meadow"), ("text", "straw"),
    ("text", "brick-soft"), ("text", "stone-soft"), ("muted", "ground"), ("muted", "surface"), ("muted", "sunken"),
    ("muted", "meadow"), ("muted", "stone-soft"), ("hedge", "ground"), ("hedge", "surface"), ("hedge", "meadow"),
    ("hedge", "stone-soft"), ("hedge", "straw"), ("hedge", "brick-soft"), ("hedge-strong", "meadow"),
    ("brick", "ground"), ("brick", "surface"),
    ("brick-strong", "surface"), ("on-hedge", "hedge"), ("on-hedge", "hedge-strong"), ("on-brick", "brick"),
    ("on-brick", "brick-strong"), ("on-slate", "slate"),
]  # fmt: skip
EDGES = [
    ("field", "ground"), ("field", "surface"), ("field", "meadow"), ("focus", "ground"), ("focus", "surface"),
    ("focus", "meadow"),
    ("hedge", "surface"), ("brick", "ground"), ("brick", "surface"), ("stone", "stone-soft"), ("straw-line", "straw"),
    ("hedge", "meadow"), ("brick", "brick-soft"), ("on-slate", "slate"),
]  # fmt: skip


def _tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", block))


def _schemes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\n\s*\}", CSS, flags=re.DOTALL)[:2]
    return {"light": _tokens(light), "dark": _tokens(light) | _tokens(dark)}


def luminance(colour: str) -> float:
    """WCAG's relative luminance of ``#rrggbb``."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "ground"), TEXT)
def test_text_is_legible(scheme: str, front: str, ground: str) -> None:
    tokens = _schemes()[scheme]
    assert contrast(tokens[front], tokens[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_what_must_be_seen_is_seen(scheme: str, edge: str, ground: str) -> None:
    tokens = _schemes()[scheme]
    assert contrast(tokens[edge], tokens[ground]) >= 3


def test_dark_redefines_every_colour() -> None:
    light, dark = re.findall(r":root \{(.*?)\n\s*\}", CSS, flags=re.DOTALL)[:2]
    assert set(_tokens(light)) == set(_tokens(dark))


def test_a_colour_is_a_token() -> None:
    """Outside the tokens (and paper's black and white) no colour is written."""
    rest = CSS.split("/* --- Elements", 1)[1].split("@media print", 1)[0]
    assert re.findall(r"#[0-9a-f]{3,8}\b", re.sub(r"url\([^)]*\)", "", rest)) == []


def test_weight() -> None:
    """What the design system costs on a first visit, compressed."""
    import gzip

    files = Path(ui).parent / "static" / "ui"
    sizes = {
        name: len(gzip.compress((files / name).read_bytes()))
        for name in ("ui.css", "ui.js", "icons.svg", "hedge.svg", "mark.svg")
    }
    assert sizes["ui.css"] <= 10_000
    assert (files / "icons.svg").stat().st_size <= 4_000
    assert sum(sizes.values()) <= 16_000, sizes
