"""An installation of each landed state comes up with today's code, on either database, and goes on (README.md here)."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests import readyhouse
from tests.house import ROOT, House

pytestmark = [pytest.mark.processes, pytest.mark.slow]

HERE = Path(__file__).parent
STATES = sorted(folder.name for folder in HERE.iterdir() if (folder / "state.tar.gz").is_file())
LARGEST = 300_000  # bytes: these archives stay in the project's history for ever


def test_the_first_landed_state_is_there() -> None:
    assert "2026-11-23-first" in STATES


@pytest.fixture(scope="module", params=STATES)
def state(request: pytest.FixtureRequest) -> Path:
    return HERE / str(request.param)


@pytest.fixture(scope="module")
def told(state: Path) -> dict[str, Any]:
    """What the state was made with."""
    known: dict[str, Any] = json.loads((state / "told.json").read_text())
    return known


@pytest.fixture(scope="module")
def found(state: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What today's code shows of it, once restored and migrated."""
    server = readyhouse.server_of(os.environ.get("DATABASE_URL", ""))
    var = tmp_path_factory.mktemp("upgrade") / "var"
    var.mkdir()
    shutil.copy(state / "keys.env", var / "bocage.env")
    house = House(var, readyhouse.new_database(server, "upgrade"), BOCAGE_MODE="test")
    restored = house.bocage("restore", str(state / "state.tar.gz")).stderr
    assert "cannot be read" not in restored
    assert "up to date" in house.bocage("migrate").stderr
    environment = {**house.environment, "DJANGO_SETTINGS_MODULE": "bocage.settings"}
    command = [sys.executable, "-m", "tests.upgrade.look", str(state / "told.json")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr[-4000:]
    shown: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return shown


def test_the_archive_is_small_and_holds_what_is_looked_at(state: Path, told: dict[str, Any]) -> None:
    path = state / "state.tar.gz"
    assert path.stat().st_size <= LARGEST
    with tarfile.open(path) as archive:
        members = json.load(archive.extractfile("manifest.json"))["members"]  # type: ignore[arg-type]
    rows = {name: member["rows"] for name, member in members.items() if "rows" in member}
    least = {"cases.case": 6, "cases.document": 5, "cases.decision": 2, "cases.note": 1, "messaging.notice": 8}
    least |= {"messaging.letter": 2, "messaging.letterbatch": 1, "base.event": 30, "base.payload": 20}
    least |= {"identity.person": 5, "identity.account": 3, "mfa.authenticator": 1, "wagtailcore.page": 5}
    assert {
        name: rows.get(f"data/{name}.jsonl", 0) for name in least if rows.get(f"data/{name}.jsonl", 0) < least[name]
    } == {}
    assert sum(name.startswith("documents/") for name in members) >= 5
    assert set(told["states"].values()) >= {"received", "correcting", "studying", "accepted", "rejected"}


def test_every_case_and_document_opens(found: dict[str, Any], told: dict[str, Any]) -> None:
    assert found["desk"]["cases"] == dict.fromkeys(told["states"], 200)
    assert len(found["desk"]["documents"]) >= 5
    for status, size, kept in found["desk"]["documents"].values():
        assert (status, size) == (200, kept)
    assert set(found["desk"]["pages"].values()) == {200}
    assert found["desk"]["letters"] == told["letters"]


def test_search_finds_what_was_there(found: dict[str, Any], told: dict[str, Any]) -> None:
    assert found["desk"]["found"] == {name: [told["references"][name]] for name in told["states"]}
    assert found["desk"]["found_at_the_counter"]
    assert found["public_search"] >= 1


def test_a_resident_comes_back_to_a_draft_with_its_code(found: dict[str, Any]) -> None:
    assert found["resident"] == {"code": 302, "resumed": 200}


def test_what_was_sealed_opens_with_its_keys(found: dict[str, Any], told: dict[str, Any]) -> None:
    assert found["secrets"] == {"sealed": True, "reason": told["reason"], "totp": told["totp"]}


def test_a_case_moves_on_to_its_end_and_the_journal_holds(found: dict[str, Any]) -> None:
    assert found["end"]["states"] == ["studying", "accepted", "delivered"]
    assert found["end"]["told"] >= 1, "the acceptance is told"
    assert found["journal"]["ok"]
    assert found["journal"]["sealed"]["cases"] >= 25
