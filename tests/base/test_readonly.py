"""The guard: what counts as a write, what is let through, and the list of every exception."""

import ast
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from bocage.base import readonly
from bocage.base.env import ROOT
from bocage.base.models import Schedule
from bocage.base.readonly import ReadOnlyGuard, WriteInRead, allow_write, written_tables

ALLOWED: dict[str, set[str]] = {
    "bocage/cases/desk_views/exports.py": {"access journal: an agent takes an export away"},
    "bocage/cases/desk_views/page.py": {"access journal: an agent reads a sensitive document"},
    "bocage/cases/views/cases.py": {
        "access journal: a sensitive document is read",
        "access journal: sensitive documents are downloaded",
    },
    "bocage/identity/federation/views.py": {"coming back from an identity provider opens or ties an account"},
    "bocage/privacy/breach_views.py": {"access journal: the list of who a breach concerns is read"},
    "bocage/privacy/views.py": {"access journal: someone takes the archive of their data away"},
    "bocage/publishing/wagtail_hooks.py": {"Wagtail keeps who has an alert open"},
    "bocage/publishing/templatetags/publishing.py": {"an image's rendition is made at its first reading"},
}
"""Every use of ``allow_write`` in the house: file → reasons. A new one is added here, where a reviewer sees it."""


# --- Reading SQL ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "  -- INSERT INTO a\n select * from a",
        "/* DELETE FROM a; */ SELECT 1",
        "SELECT * FROM a WHERE x = 'UPDATE a SET b; DELETE FROM c; it''s'",
        'SELECT "a"."update", "a"."insert into b" FROM "a"',
        "SELECT * FROM a FOR UPDATE",
        "SELECT * FROM a FOR NO KEY UPDATE SKIP LOCKED",
        "SELECT REPLACE(x, 'a', 'b') FROM a",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "SELECT $$ DELETE FROM a $$, $t$ INSERT INTO b $t$",
        "(SELECT 1) UNION (SELECT 2)",
        'SAVEPOINT "s1"',
        'ROLLBACK TO SAVEPOINT "s1"',
        "PRAGMA table_info(a)",
        "EXPLAIN SELECT 1",
        "",
    ],
)
def test_reading(sql: str) -> None:
    assert written_tables(sql) is None


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ('INSERT INTO "a" ("x") VALUES (%s)', {"a"}),
        ("insert or ignore into a (x) values (1)", {"a"}),
        ("INSERT OR REPLACE INTO a (x) VALUES (1)", {"a"}),
        ("REPLACE INTO a VALUES (1)", {"a"}),
        ("INSERT INTO a (x) VALUES (1) ON CONFLICT (x) DO UPDATE SET x = 2", {"a"}),
        ("INSERT INTO a SELECT * FROM b", {"a"}),
        ('UPDATE "public"."a" SET x = 1', {"a"}),
        ("UPDATE ONLY a SET x = 1", {"a"}),
        ("UPDATE OR IGNORE a SET x = 1", {"a"}),
        ("DELETE FROM a WHERE x IN (SELECT y FROM b)", {"a"}),
        ("WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone", {"a"}),
        ("WITH x AS (SELECT 1) UPDATE a SET b = 1", {"a"}),
        ("WITH x AS (INSERT INTO a VALUES (1) RETURNING 1), y AS (UPDATE b SET c = 1) SELECT 1", {"a", "b"}),
        ("SELECT 1; DELETE FROM a", {"a"}),
        ("SELECT 1; DROP TABLE a", {"?"}),
        ("SELECT * INTO a FROM b", {"a"}),
        ("MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE", {"a"}),
        ("EXPLAIN ANALYZE DELETE FROM a", {"a"}),
        ("/* SELECT */ DELETE FROM a", {"a"}),
        ("TRUNCATE a", {"?"}),
        ("ALTER TABLE a ADD b int", {"?"}),
        ("CREATE TABLE a (x int)", {"?"}),
        ("COPY a FROM STDIN", {"?"}),
        ("DO $$ BEGIN DELETE FROM a; END $$", {"?"}),
        ("CALL p()", {"?"}),
        ("VACUUM", {"?"}),
        ("PRAGMA foreign_keys = OFF", {"?"}),
    ],
)
def test_writing(sql: str, tables: set[str]) -> None:
    assert written_tables(sql) == tables


# --- The guard ------------------------------------------------------------------------------------------------------
Answer = Callable[[], Any]


def write() -> None:
    with transaction.atomic():
        Schedule.objects.create(name="x", next_run_at="2026-01-01T00:00Z")


def ask(view: Answer, method: str = "GET", module: str = "bocage.cases.views") -> Any:
    """The view's answer, seen through the middleware, as Django calls it."""

    def get_response(request: Any) -> Any:
        def named() -> None: ...

        named.__module__ = module
        guard.process_view(request, named, (), {})
        return view()

    guard = ReadOnlyGuard(get_response)
    return guard(RequestFactory().generic(method, "/"))


def writing() -> HttpResponse:
    write()
    return HttpResponse("ok")


def rendering(request: Any) -> TemplateResponse:
    """Django renders it after the view has returned."""
    return TemplateResponse(request, engines["django"].from_string("{{ call }}"), {"call": write})


urlpatterns = [path("render/", rendering)]


@pytest.mark.django_db
class TestGuard:
    """Through the middleware."""

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    def test_a_reading_view_does_not_write(self, method: str) -> None:
        with pytest.raises(WriteInRead, match="INSERT on base_schedule"):
            ask(writing, method)
        assert not Schedule.objects.exists()

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_the_others_do(self, method: str) -> None:
        assert ask(writing, method).status_code == 200
        assert Schedule.objects.count() == 1

    def test_the_message_never_tells_values(self) -> None:
        with pytest.raises(WriteInRead) as caught:
            ask(lambda: Schedule.objects.filter(name="secret").update(name="secret"))
        assert "secret" not in str(caught.value)

    def test_reading_is_free_in_a_transaction_too(self) -> None:
        def view() -> HttpResponse:
            with transaction.atomic(), transaction.atomic():
                return HttpResponse(str(Schedule.objects.count()))

        assert ask(view).content == b"0"

    def test_allow_write_allows_only_inside(self) -> None:
        def view() -> HttpResponse:
            with allow_write("tests"):
                write()
            writing()
            return HttpResponse()

        with pytest.raises(WriteInRead):
            ask(view)
        assert Schedule.objects.count() == 1

    def test_allow_write_wants_a_reason(self) -> None:
        with pytest.raises(ValueError, match="why"), allow_write(""):
            pass

    def test_technical_tables_may_be_written(self) -> None:
        def view() -> HttpResponse:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM django_session WHERE 1 = 0")
            return HttpResponse("ok")

        assert ask(view).content == b"ok"

    def test_named_packages_may_write_others_not(self) -> None:
        assert ask(writing, module="wagtail.admin.views.pages.edit").status_code == 200
        with pytest.raises(WriteInRead):
            ask(writing, module="wagtailx.views")

    @override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=["bocage.base.readonly.ReadOnlyGuard"])
    def test_writing_while_rendering_is_refused(self, client: Client) -> None:
        with pytest.raises(WriteInRead):
            client.get("/render/")
        assert not Schedule.objects.exists()

    def test_writing_while_streaming_is_refused(self) -> None:
        def chunks() -> Any:
            yield b"a"
            write()
            yield b"b"

        response = ask(lambda: StreamingHttpResponse(chunks()))
        with pytest.raises(WriteInRead):
            list(response)
        assert not Schedule.objects.exists()

    def test_the_guard_is_gone_after_the_request(self) -> None:
        ask(lambda: HttpResponse())
        write()
        assert Schedule.objects.count() == 1


# --- The list -------------------------------------------------------------------------------------------------------
def uses() -> dict[str, set[str]]:
    """Every call of ``allow_write`` in the code, with its reason."""
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / "bocage").rglob("*.py")):
        if file == ROOT / "bocage" / "base" / "readonly.py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            named = getattr(getattr(node, "func", None), "attr", None) or getattr(
                getattr(node, "func", None), "id", None
            )
            if isinstance(node, ast.Call) and named == "allow_write":
                reason = node.args[0] if node.args else None
                text = reason.value if isinstance(reason, ast.Constant) else "not a literal"
                found.setdefault(str(file.relative_to(ROOT)), set()).add(str(text))
    return found


def test_every_exception_is_listed_here() -> None:
    assert uses() == ALLOWED


def test_only_third_party_packages_are_exempt_each_with_its_reason() -> None:
    assert all(prefix.startswith(("wagtail.", "allauth.")) and reason for prefix, reason in readonly.EXEMPT.items())
