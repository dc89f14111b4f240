"""The expression language, example by example."""

from datetime import date
from decimal import Decimal

import pytest

from bocage.base import expressions as ex

TODAY = date(2026, 11, 23)  # a Monday
VALUES = {
    "housing": "house",
    "note": "  ",
    "size": Decimal(800),
    "count": 3,
    "price": 12.5,
    "owner": True,
    "birth_date": date(1948, 2, 29),
    "wishes": ["wood", "plastic"],
    "nothing": [],
    "children": [
        {"birth_date": date(2015, 11, 23), "amount": 1000, "tags": ["a", "b"]},
        {"birth_date": date(2024, 1, 1), "amount": 500, "tags": []},
        {"birth_date": None, "amount": 250},
    ],
}
FIELDS = {
    "housing": ex.TEXT,
    "note": ex.TEXT,
    "missing": ex.TEXT,
    "size": ex.NUMBER,
    "count": ex.NUMBER,
    "unknown": ex.NUMBER,
    "price": ex.NUMBER,
    "owner": ex.BOOLEAN,
    "birth_date": ex.DATE,
    "wishes": ex.list_of(ex.TEXT),
    "nothing": ex.list_of(ex.NUMBER),
    "children": ex.rows_of({"birth_date": ex.DATE, "amount": ex.NUMBER, "tags": ex.list_of(ex.TEXT)}),
}
TABLES = {
    "composters": ex.Table(
        {"price": ex.NUMBER, "label": ex.TEXT, "until": ex.DATE},
        {"wood": {"price": 2500, "label": "En bois"}, "800": {"price": 1, "until": date(2027, 1, 1)}},
    )
}
ENV = ex.Env(VALUES, TODAY, TABLES)


def op(name, *args):
    return {"op": name, "args": list(args)}


def f(name):
    return {"field": name}


def v(value):
    return {"value": value}


def d(text):
    return {"date": text}


YOUNG = op("lt", op("age", {"item": "birth_date"}), v(3))

CASES = [
    (op("eq", f("housing"), v("house")), True),
    (op("eq", f("missing"), v("house")), None),
    (op("ne", f("housing"), v("flat")), True),
    (op("ne", f("missing"), v("flat")), None),
    (op("eq", f("count"), v(3.0)), True),
    (op("lt", f("size"), v(1000)), True),
    (op("ge", f("birth_date"), d("1948-02-29")), True),
    (op("gt", f("unknown"), v(1)), None),
    (op("in", f("housing"), v(["flat", "house"])), True),
    (op("in", v("barn"), v(["flat", None])), None),
    (op("in", v("barn"), v(["flat"])), False),
    (op("contains", f("wishes"), v("wood")), True),
    (op("contains", f("missing_list"), v("wood")), None),
    (op("and", v(False), op("eq", f("missing"), v("x"))), False),
    (op("and", v(True), op("eq", f("missing"), v("x"))), None),
    (op("or", v(None), v(True)), True),
    (op("not", v(None)), None),
    (op("is_empty", f("missing")), True),
    (op("is_empty", f("note")), True),
    (op("is_empty", f("nothing")), True),
    (op("is_empty", v(0)), False),
    (op("is_filled", v(False)), True),
    (op("add", f("count"), v(1), v(2)), 6),
    (op("add", v(0.1), v(0.2)), Decimal("0.3")),
    (op("sub", f("count"), v(5)), -2),
    (op("mul", f("count"), f("price")), Decimal("37.5")),
    (op("div", v(7), v(2)), Decimal("3.5")),
    (op("div", v(7), v(0)), None),
    (op("div", v(1), v(3)), Decimal("0.333333333333")),
    (op("round", v(2.5)), 3),
    (op("round", v(-2.5)), -3),
    (op("round", v(2.345), v(2)), Decimal("2.35")),
    (op("round", v(2.345), v(-1)), None),
    (op("abs", v(-4)), 4),
    (op("min", v(3), v(1), v(2)), 1),
    (op("max", f("birth_date"), d("2000-01-01")), date(2000, 1, 1)),
    (op("max", f("nothing")), None),
    (op("min", v([4, 2])), 2),
    (op("sum", {"each": "children", "expr": {"item": "amount"}}), 1750),
    (op("sum", f("nothing")), 0),
    (op("sum", v([1, None])), None),
    (op("count", f("children")), 3),
    (op("count", {"filter": "children", "where": YOUNG}), 1),
    (op("sum", {"each": {"filter": "children", "where": YOUNG}, "expr": {"item": "amount"}}), 500),
    (op("any", {"each": "children", "expr": YOUNG}), True),
    (op("all", {"each": "children", "expr": YOUNG}), False),
    (op("all", {"each": {"filter": "children", "where": YOUNG}, "expr": v(True)}), True),
    (op("any", {"each": "children", "expr": op("contains", {"item": "tags"}, v("b"))}), True),
    (op("count", {"filter": "wishes", "where": op("eq", {"item": True}, v("wood"))}), 1),
    (op("if", f("owner"), v(1), v(2)), 1),
    (op("if", op("eq", f("missing"), v("x")), v(1), v(2)), None),
    (op("coalesce", f("unknown"), v(0)), 0),
    (op("coalesce", f("note"), f("missing"), v("rien")), "rien"),
    (op("concat", v("le "), d("2026-11-23"), v(", "), f("price")), "le 23/11/2026, 12,5"),
    (op("concat", f("housing"), f("missing")), None),
    (op("lower", v("ÉTÉ")), "été"),
    (op("length", f("housing")), 5),
    (op("date_add", d("2026-01-31"), v(1), v("months")), date(2026, 2, 28)),
    (op("date_add", d("2024-02-29"), v(1), v("years")), date(2025, 2, 28)),
    (op("date_add", d("2026-12-31"), v(-10), v("months")), date(2026, 2, 28)),
    (op("date_add", d("2026-11-23"), v(-23), v("days")), date(2026, 10, 31)),
    (op("date_add", {"today": True}, v(1.5), v("days")), None),
    (op("date_add", {"today": True}, v(199_999), v("days")), None),
    (op("days_between", d("2026-11-23"), d("2026-12-25")), 32),
    (op("age", f("birth_date")), 78),
    (op("age", f("birth_date"), d("2026-02-28")), 77),
    (op("age", f("birth_date"), d("2026-03-01")), 78),
    (op("age", d("2027-01-01")), None),
    (op("year", {"today": True}), 2026),
    (op("month", {"today": True}), 11),
    (op("weekday", {"today": True}), 1),
    ({"lookup": "composters", "key": v("wood"), "column": "price"}, 2500),
    ({"lookup": "composters", "key": f("size"), "column": "until"}, date(2027, 1, 1)),
    ({"lookup": "composters", "key": v("steel"), "column": "price"}, None),
    ({"lookup": "composters", "key": f("missing"), "column": "price"}, None),
    ({"value": {"date": "2026-11-23"}}, TODAY),
]


@pytest.mark.parametrize(("written", "expected"), CASES, ids=lambda x: str(x)[:70])
def test_evaluation(written, expected):
    expr = ex.parse(written)
    value = ex.evaluate(expr, ENV)
    assert value == expected
    assert isinstance(value, bool) == isinstance(expected, bool)
    fields = FIELDS | {"missing_list": ex.list_of(ex.TEXT)}
    ex.check(expr, fields, TABLES)
    assert ex.parse(ex.dump(expr)) == expr


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        ([], (), "Une expression est attendue"),
        ({}, (), "n’existe pas"),
        ({"field": "a", "value": 1}, (), "« value » n’a pas sa place"),
        ({"field": ""}, ("field",), "nom"),
        ({"field": "x" * 101}, ("field",), "100 caractères"),
        ({"op": "exec", "args": []}, ("op",), "« exec » n’existe pas"),
        ({"op": "eq"}, (), "Il manque « args »"),
        (op("eq", v(1)), ("args",), "attend 2 argument(s), pas 1"),
        (op("and"), ("args",), "au moins 1"),
        (op("age"), ("args",), "de 1 à 2"),
        (op("not", op("eq", v(1), 2)), ("args", 0, "args", 1), "Une expression est attendue"),
        (d("2026-02-30"), ("date",), "n’existe pas"),
        (d("1066-10-14"), ("date",), "hors limites"),
        (v(float("nan")), ("value",), "hors limites"),
        (v(10**16), ("value",), "hors limites"),
        (v(1e-13), ("value",), "hors limites"),
        (v({"a": 1}), ("value",), "constante"),
        (v([[1]]), ("value", 0), "constante"),
        (v([1] * 201), ("value",), "200 éléments"),
        (v("a\0"), ("value",), "interdit"),
        (v("\ud800"), ("value",), "interdit"),
        ({"today": False}, ("today",), "today"),
    ],
)
def test_reading_refuses(written, path, message):
    with pytest.raises(ex.BadExpression) as refused:
        ex.parse(written)
    assert refused.value.path == path
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("written", "path", "message"),
    [
        (f("ghost"), (), "« ghost » n’existe pas"),
        (op("eq", f("housing"), v(3)), ("args", 1), "un texte, pas un nombre"),
        (op("lt", f("housing"), v("z")), (), "un nombre ou une date, pas un texte"),
        (op("eq", f("wishes"), f("wishes")), (), "pas une liste de textes"),
        (op("and", f("owner"), f("count")), ("args", 1), "un oui ou non, pas un nombre"),
        (op("in", f("count"), f("wishes")), ("args", 0), "un texte, pas un nombre"),
        (op("in", f("count"), f("count")), ("args", 1), "Une liste est attendue"),
        (op("contains", f("children"), v("x")), ("args", 0), "pas un groupe répété"),
        (op("sum", f("wishes")), ("args", 0), "une liste de nombres, pas une liste de textes"),
        (op("count", f("housing")), ("args", 0), "pas un texte"),
        (op("if", f("owner"), v(1), v("x")), ("args", 2), "un nombre, pas un texte"),
        (op("date_add", f("birth_date"), v(1), v("weeks")), ("args", 2), "L’unité"),
        (op("date_add", f("birth_date"), v(1), f("housing")), ("args", 2), "L’unité"),
        (op("concat", f("owner")), ("args", 0), "pas un oui ou non"),
        (v([1, "a"]), ("value", 1), "mélange"),
        ({"item": "amount"}, (), "« each » ou « filter »"),
        ({"each": "children", "expr": {"item": "ghost"}}, ("expr",), "« ghost »"),
        ({"each": "children", "expr": {"item": "tags"}}, ("expr",), "une seule valeur"),
        ({"each": "housing", "expr": v(1)}, ("each",), "pas un texte"),
        ({"filter": "children", "where": {"item": "amount"}}, ("where",), "un oui ou non"),
        ({"lookup": "ghosts", "key": v("a"), "column": "price"}, (), "« ghosts » n’existe pas"),
        ({"lookup": "composters", "key": v("a"), "column": "ghost"}, (), "colonne « ghost »"),
        ({"lookup": "composters", "key": f("owner"), "column": "price"}, ("key",), "La clé"),
    ],
)
def test_checking_refuses(written, path, message):
    with pytest.raises(ex.BadExpression) as refused:
        ex.check(ex.parse(written), FIELDS, TABLES)
    assert refused.value.path == path
    assert message in refused.value.message


def test_the_message_begins_with_the_place():
    with pytest.raises(ex.BadExpression, match=r"^args\.1 : "):
        ex.parse(op("eq", v(1), 2))


def test_check_gives_the_type():
    kinds = {
        ex.NUMBER: op("sum", {"each": "children", "expr": {"item": "amount"}}),
        FIELDS["children"]: {"filter": "children", "where": YOUNG},
        ex.list_of(ex.DATE): {"each": "children", "expr": {"item": "birth_date"}},
        ex.DATE: op("if", f("owner"), v(None), {"today": True}),
        ex.NULL: v(None),
    }
    for kind, written in kinds.items():
        assert ex.check(ex.parse(written), FIELDS, TABLES) == kind


def test_dependencies():
    written = op("and", op("eq", f("housing"), v("x")), op("any", {"each": "children", "expr": YOUNG}))
    assert ex.fields_of(ex.parse(written)) == {"housing", "children"}
    assert ex.tables_of(ex.parse({"lookup": "composters", "key": f("a"), "column": "b"})) == {"composters"}


def test_a_rule_counts_unknown_as_false():
    assert ex.truth(True)
    assert not ex.truth(None)
    assert not ex.truth(False)
    assert not ex.truth(Decimal(1))


LABELS = {
    "housing": "Type de logement",
    "housing=house": "Maison",
    "housing=flat": "Appartement",
    "age": "Âge",
    "children": "Enfants",
    "children.amount": "Quotient",
    "owner": "Propriétaire",
    "count": "Quantité",
    "price": "Prix",
    "birth_date": "Date de naissance",
}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (
            op("and", op("eq", f("housing"), v("house")), op("ge", f("age"), v(18))),
            "si Type de logement est Maison et Âge est au moins 18",
        ),
        (
            op("and", op("is_filled", f("owner")), op("or", f("owner"), op("gt", f("count"), v(2.5)))),
            "si Propriétaire est rempli et (Propriétaire ou Quantité est supérieur à 2,5)",
        ),
        (
            op("not", op("in", f("housing"), v(["house", "flat"]))),
            "s’il est faux que Type de logement fait partie de Maison ou Appartement",
        ),
        (op("not", op("eq", f("housing"), v("house"))), "si Type de logement n’est pas Maison"),
        (op("lt", f("birth_date"), d("2008-11-23")), "si Date de naissance est avant le 23/11/2008"),
        (op("mul", f("price"), op("add", f("count"), v(1))), "Prix × (Quantité + 1)"),
        (
            op("any", {"each": "children", "expr": op("lt", {"item": "amount"}, v(500))}),
            "si pour au moins une ligne de Enfants, Quotient est inférieur à 500",
        ),
        (op("eq", f("ghost"), v("x")), "si ghost est x"),
    ],
)
def test_explanation(written, sentence):
    assert ex.explain(ex.parse(written), LABELS) == sentence


def test_every_operation_has_a_label_and_a_type():
    """An editor's menu and the checker know all that the reader accepts."""
    from bocage.base.expressions.operators import ARITY

    assert set(ex.OPERATION_LABELS) == set(ARITY)
    for name, (least, _most) in ARITY.items():
        expr = ex.Op(name, tuple(ex.Literal(None) for _ in range(least)))
        if name == "date_add":
            expr = ex.Op(name, (ex.Literal(None), ex.Literal(None), ex.Literal("days")))
        ex.check(expr, {})
        ex.evaluate(expr, ENV)


def test_every_operation_is_documented():
    from bocage.base.env import ROOT
    from bocage.base.expressions.operators import ARITY

    page = (ROOT / "docs" / "developers" / "expressions.md").read_text()
    assert [name for name in ARITY if f"`{name}`" not in page] == []
