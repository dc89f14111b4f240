"""The French catalogue lists every sentence of the house, and no package changes one behind its back.

In Python alone, so that nothing is skipped where gettext's tools are missing: sentences of the code are read from its
syntax tree, those of templates from what Django hands over to xgettext.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import gettext, override
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "bocage" / "locale" / "fr" / "LC_MESSAGES" / "django.po"
HOW = "cd bocage && ../.venv/bin/python ../manage.py makemessages -l fr --no-wrap --no-location -e html,txt,py"

ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
SEVERAL = {"ngettext", "ngettext_lazy"}
_LITERAL = r"u?(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
_CALL = re.compile(rf"\b(n?gettext|_)\(\s*({_LITERAL}(?:\s*,\s*{_LITERAL})*)", re.DOTALL)

pytestmark = pytest.mark.slow


def said(arguments: list[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def of_code(path: Path) -> Iterator[str]:
    """Sentences that a module translates."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in ONE:
                yield from said(node.args[:1])
            elif name in SEVERAL:
                yield from said(node.args[:2])


def of_template(path: Path) -> Iterator[str]:
    """Sentences that a template translates, as Django gives them to xgettext."""
    for _name, literals in _CALL.findall(templatize(path.read_text())):
        for literal in re.findall(_LITERAL, literals, re.DOTALL):
            yield ast.literal_eval(literal)


def in_the_house() -> dict[str, str]:
    """Every sentence, with a file that says it."""
    found: dict[str, str] = {}
    bocage = ROOT / "bocage"
    for path in sorted(bocage.rglob("*.py")):
        found.update(dict.fromkeys(of_code(path), str(path.relative_to(ROOT))))
    for path in sorted([*bocage.rglob("templates/**/*.html"), *bocage.rglob("templates/**/*.txt")]):
        found.update(dict.fromkeys(of_template(path), str(path.relative_to(ROOT))))
    found.pop("", None)
    return found


def in_the_catalogue() -> set[str]:
    """Its msgids, plural forms included."""
    text = CATALOGUE.read_text()
    found = re.findall(r"^msgid(?:_plural)? ((?:\".*\"\n?)+)", text, re.MULTILINE)
    return {"".join(ast.literal_eval(line) for line in lines.strip().split("\n")) for lines in found} - {""}


def test_the_catalogue_is_up_to_date() -> None:
    house, catalogue = in_the_house(), in_the_catalogue()
    assert len(house) > 500  # the reading above still works
    missing = {sentence: where for sentence, where in house.items() if sentence not in catalogue}
    assert missing == {}, f"run: {HOW}"
    assert catalogue - house.keys() == set(), f"nobody says these any more; run: {HOW}"


def test_no_package_changes_our_sentences() -> None:
    """Sentences are French sources: a package whose catalogue knows the same words must not give others."""
    with override("fr"):
        changed = {sentence: gettext(sentence) for sentence in in_the_house() if gettext(sentence) != sentence}
    assert changed == {}


def test_packages_speak_french() -> None:
    with override("fr"):
        assert gettext("This field is required.") != "This field is required."  # Django
        assert gettext("Sign In") != "Sign In"  # django-allauth
        assert gettext("Dashboard") != "Dashboard"  # Wagtail
