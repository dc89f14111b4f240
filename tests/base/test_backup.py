"""Backup, loss of ``var/``, restore: every row and file comes back, on either database and across them."""

import gzip
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bocage.base import restore
from tests import cluster, readyhouse
from tests.house import House

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def canonical(value: Any) -> Any:
    """JSON inside JSON compared by meaning: PostgreSQL orders the keys of its documents."""
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if isinstance(value, list):
        return [canonical(part) for part in value]
    if isinstance(value, dict):
        return {key: canonical(value[key]) for key in sorted(value)}
    return value


def contents(archive: Path) -> dict[str, Any]:
    """Every table's rows and every file's bytes."""
    found: dict[str, Any] = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            body = opened.extractfile(member).read()  # type: ignore[union-attr]
            if member.name.startswith("data/"):
                # Databases sort texts each in their own way: rows are compared whatever their order.
                found[member.name] = sorted((canonical(json.loads(line)) for line in body.splitlines()), key=repr)
            elif "/" in member.name:
                found[member.name] = body
    return found


FILES = {"documents/ab/cd/scan": b"%PDF-1.7 private", "medias/images/caf\u00e9.png": b"public"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A demonstration that ran, on SQLite or on the server of DATABASE_URL, with files."""
    house = readyhouse.copy(tmp_path_factory.mktemp("source") / "var", os.environ.get("DATABASE_URL", ""))
    house.start()
    for name, body in FILES.items():
        path = house.var / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    yield house
    house.kill()


@pytest.fixture(scope="module")
def archive(source: House, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Taken while the house serves."""
    path = tmp_path_factory.mktemp("archive") / "bocage.tar.gz"
    source.bocage("backup", str(path))
    return path


def server() -> str:
    """The server of DATABASE_URL; nothing on SQLite."""
    return readyhouse.server_of(os.environ.get("DATABASE_URL", ""))


def empty_house(var: Path, database_url: str, source: House | None) -> House:
    """A house that never started; with the keys of ``source`` when given."""
    house = House(var, database_url)
    house.var.mkdir()
    if source:
        shutil.copy(source.var / "bocage.env", house.var)
    else:
        from bocage.base.prepare import settings_file

        settings_file(house.var, demo=True)
    return house


@dataclass(frozen=True)
class Restored:
    """A house after a restore: what the command said, and a backup of it taken before it served."""

    house: House
    told: str
    again: Path


def restored(archive: Path, folder: Path, database_url: str, source: House | None) -> Restored:
    house = empty_house(folder / "var", database_url, source)
    told = house.bocage("restore", str(archive)).stderr
    house.bocage("backup", str(folder / "again.tar.gz"))
    return Restored(house, told, folder / "again.tar.gz")


@pytest.fixture(scope="module")
def same(source: House, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restored]:
    """The archive in an empty installation with the keys, on the same kind of database."""
    one = restored(archive, tmp_path_factory.mktemp("same"), readyhouse.new_database(server(), "same"), source)
    yield one
    one.house.kill()


def test_every_row_and_file_comes_back(archive: Path, same: Restored) -> None:
    assert "everybody signs in again" in same.told
    assert "cannot be read" not in same.told
    before, after = contents(archive), contents(same.again)
    assert before.keys() == after.keys()
    assert [name for name in before if before[name] != after[name]] == []
    assert {name: after[name] for name in FILES} == FILES
    assert len(after["data/territory.commune.jsonl"]) > 50


def test_a_restored_house_serves_and_writes(same: Restored) -> None:
    house = same.house
    readyhouse.lend_static(server(), house)
    house.start()
    assert house.get("/")[0] == 200
    assert house.ready()["checks"]["database"]["ok"]  # type: ignore[index]
    assert house.bocage("journal", "verify").returncode == 0
    house.environment["BOCAGE_ADMIN_PASSWORD"] = "une longue phrase de passe"
    house.bocage("createadmin", "new@example.org")  # new rows do not collide with restored ones: sequences follow


@pytest.fixture
def other_database() -> Iterator[str]:
    """SQLite when the source is on PostgreSQL, a server's database when it is on SQLite."""
    if server():
        yield ""
    elif given := os.environ.get("BOCAGE_TEST_CLUSTER"):
        yield readyhouse.new_database(given, "crossed")
    else:
        with cluster.cluster() as started:
            yield readyhouse.new_database(started, "crossed")


def test_an_archive_goes_to_the_other_database_and_missing_keys_are_said(
    archive: Path, tmp_path: Path, other_database: str
) -> None:
    crossed = restored(archive, tmp_path, other_database, None)
    assert "1 of 1 keys of that installation are not in BOCAGE_KEYS" in crossed.told
    before, after = contents(archive), contents(crossed.again)
    assert before.keys() == after.keys()
    other = {name for name in before if before[name] != after[name]}
    # Wagtail's search has tables of its own on SQLite: their kinds and rights come on top of what was restored.
    assert other <= {"data/auth.permission.jsonl", "data/contenttypes.contenttype.jsonl"}
    assert all(row in after[name] for name in other for row in before[name])


def test_data_is_replaced_only_when_asked(source: House, archive: Path) -> None:
    done = source.bocage("restore", str(archive), check=False)
    assert done.returncode == 1
    assert "--force" in done.stderr
    assert "nothing was changed" in done.stderr


def test_no_secret_is_in_an_archive(source: House, archive: Path) -> None:
    secrets = [
        line.split("=", 1)[1].encode()
        for line in (source.var / "bocage.env").read_text().splitlines()
        if line.startswith(("SECRET_KEY=", "BOCAGE_KEYS="))
    ]
    body = gzip.decompress(archive.read_bytes())
    assert len(secrets) == 2
    assert not [secret for secret in secrets if secret in body]
    assert b"sessions.session" not in b"".join(line for line in body.splitlines() if line.startswith(b'{"model"'))
    assert archive.stat().st_mode & 0o777 == 0o600


# --- Damage, before anything is touched ----------------------------------------------------------------------------


def rewritten(archive: Path, target: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    """A copy of an archive whose members went through ``change``."""
    with tarfile.open(archive) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            changed = change(member.name, old.extractfile(member).read())  # type: ignore[union-attr]
            if changed:
                info = tarfile.TarInfo(changed[0])
                info.size = len(changed[1])
                new.addfile(info, io.BytesIO(changed[1]))
    return target


def test_a_cut_archive_is_refused(archive: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(archive.read_bytes()[:-2000])
    with pytest.raises(restore.CannotRestore):
        restore.verify(cut)


def test_a_changed_row_is_noticed(archive: Path, tmp_path: Path) -> None:
    changed = rewritten(
        archive,
        tmp_path / "changed.tar.gz",
        lambda name, body: (name, body.replace(b"Locquignol", b"Locquignot")),
    )
    with pytest.raises(restore.CannotRestore, match="damaged"):
        restore.verify(changed)


def test_a_missing_end_is_noticed(archive: Path, tmp_path: Path) -> None:
    headless = rewritten(archive, tmp_path / "x.tar.gz", lambda n, b: None if n == "manifest.json" else (n, b))
    with pytest.raises(restore.CannotRestore, match="incomplete"):
        restore.verify(headless)


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "documents/../../outside", "elsewhere/file", "documents//outside", "."]
)
def test_an_archive_cannot_write_elsewhere(archive: Path, tmp_path: Path, name: str) -> None:
    wicked = rewritten(archive, tmp_path / "x.tar.gz", lambda n, b: (name if n.startswith("documents") else n, b))
    with pytest.raises(restore.CannotRestore, match="unexpected"):
        restore.verify(wicked)


def test_something_else_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.tar.gz"
    other.write_bytes(b"not an archive")
    with pytest.raises(restore.CannotRestore):
        restore.verify(other)


def test_a_backup_of_a_newer_version_asks_to_upgrade(archive: Path, tmp_path: Path) -> None:
    from django.db.migrations.loader import MigrationLoader

    header = restore.verify(archive)

    class Executor:
        loader = MigrationLoader(None, ignore_no_migrations=True)

    newer = {**header, "migrations": [*header["migrations"], "cases.9999_from_tomorrow"]}
    with pytest.raises(restore.CannotRestore, match="upgrade"):
        restore._targets(Executor(), newer)  # type: ignore[arg-type]
    assert restore._targets(Executor(), header)  # type: ignore[arg-type]
