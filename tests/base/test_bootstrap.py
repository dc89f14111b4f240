"""What ./run does before anything is installed: databases named, pip fetched and followed."""

import hashlib
import http.server
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bocage.base import bootstrap
from bocage.base.env import ROOT, BadEnvironment, database


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////srv/bocage/a%20b.sqlite3", "/srv/bocage/a b.sqlite3"),
        ("sqlite:///var/other.sqlite3", str(ROOT / "var" / "other.sqlite3")),
        ("sqlite://", ":memory:"),
        ("sqlite:///:memory:", ":memory:"),
        ("sqlite://:memory:", ":memory:"),
    ],
)
def test_an_sqlite_file_is_where_it_is_said_whatever_the_current_folder(url: str, name: str) -> None:
    assert database(url)["NAME"] == name


def test_a_forgotten_slash_is_said_rather_than_another_file_made() -> None:
    with pytest.raises(BadEnvironment, match="four slashes"):
        database("sqlite://srv/bocage.sqlite3")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package index with one wheel."""
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "index.html").write_text(f'<a href="../files/{bootstrap.PIP}#sha256=x">{bootstrap.PIP}</a>')
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / bootstrap.PIP).write_bytes(b"wheel")
    handler = partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.delenv("PIP_CERT", raising=False)
        yield tmp_path
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing of what it serves."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def test_pip_comes_from_the_index_when_it_is_the_one_expected(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="not the one expected"):
        bootstrap._pip_wheel(tmp_path)
    monkeypatch.setattr(bootstrap, "PIP_SHA256", hashlib.sha256(b"wheel").hexdigest())
    assert bootstrap._pip_wheel(tmp_path).read_bytes() == b"wheel"
    (index / "pip" / "index.html").write_text("")
    with pytest.raises(ValueError, match="has no pip"):
        bootstrap._pip_wheel(tmp_path)


def test_without_venv_nor_pip_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / "venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / "venv" / "bin" / "absent")
    monkeypatch.setattr(bootstrap, "_has_ensurepip", lambda: False)
    monkeypatch.setattr(bootstrap, "may_install", lambda: None)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9")
    with pytest.raises(SystemExit, match="sudo apt-get install python3-venv"):
        bootstrap._make_venv()
    assert not (tmp_path / "venv").exists(), "the next start begins anew"


def test_an_index_is_taken_from_the_configuration_of_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    (tmp_path / ".config" / "pip" / "pip.conf").write_text("[global]\nindex-url = https://index.example.org/simple\n")
    assert bootstrap._index() == "https://index.example.org/simple"


def test_the_way_of_pip_is_told_in_a_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    said = "for n in range(45): print('Collecting', n)\nprint('Installing collected packages: x')\nprint('WARNING: y')"
    assert bootstrap._told_as_it_goes([sys.executable, "-c", said], 50) == ""
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 3
    assert "40 of some 50" in told[1]
    assert "WARNING" not in "".join(told)


def test_the_end_of_what_pip_said_is_kept_when_it_fails(capsys: pytest.CaptureFixture[str]) -> None:
    failing = "import sys; print('Collecting a'); sys.exit('ERROR: no such host')"
    assert "ERROR: no such host" in bootstrap._told_as_it_goes([sys.executable, "-c", failing], 1)
    assert capsys.readouterr().err == ""
