"""The ``bocage`` command: every subcommand is a door that opens, and errors are said in a line."""

import argparse
import os
import stat
from pathlib import Path

import pytest

from bocage import cli
from bocage.base import bootstrap, prepare
from bocage.identity.models import Account


def commands(parser: argparse.ArgumentParser, before: str = "") -> list[str]:
    """Every full command name."""
    found = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                found += commands(sub, f"{before}{name} ") or [f"{before}{name}"]
    return found


def test_everything_an_installer_needs_is_there() -> None:
    wanted = {
        *("serve", "worker", "scheduler", "migrate", "load", "demo", "createadmin", "backup", "restore", "check"),
        "sign-out",
        *("journal verify", "search rebuild", "keys rotate", "webhooks key"),
    }
    assert wanted == set(commands(cli.parser()))


@pytest.mark.parametrize("name", commands(cli.parser()))
def test_each_says_what_it_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        cli.main([*name.split(), "--help"])
    assert leaving.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) > 3


def test_nothing_asked_is_an_error_that_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        cli.main([])
    assert leaving.value.code == 2
    assert "usage: bocage" in capsys.readouterr().err


def test_run_and_serve_share_their_options() -> None:
    shared = argparse.ArgumentParser()
    bootstrap.add_serve_options(shared)
    serve = cli.parser().parse_args(["serve"])
    assert set(vars(shared.parse_args([]))) <= set(vars(serve))


def test_the_settings_file_is_drawn_once(tmp_path: Path) -> None:
    assert prepare.settings_file(tmp_path / "var", demo=True)
    path = tmp_path / "var" / "bocage.env"
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not prepare.settings_file(tmp_path / "var", demo=False)
    assert path.read_text() == first
    assert os.listdir(tmp_path / "var") == ["bocage.env"]


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    for name in ("one", "two"):
        prepare.settings_file(tmp_path / name, demo=False)
    one, two = (set((tmp_path / name / "bocage.env").read_text().splitlines()) for name in ("one", "two"))
    shared = {line for line in one & two if not line.startswith("#")}
    assert shared == {"BOCAGE_MODE=production"}


def test_stamps_are_apart_for_each_database(tmp_path: Path) -> None:
    one, two = prepare.Stamps(tmp_path, "sqlite:///a"), prepare.Stamps(tmp_path, "postgres://b")
    one.keep("demo", "x")
    assert prepare.Stamps(tmp_path, "sqlite:///a").same("demo", "x")
    assert not two.same("demo", "x")
    (tmp_path / "prepared.json").write_text("{broken")
    assert not prepare.Stamps(tmp_path, "sqlite:///a").same("demo", "x")  # done again, not refused


def test_a_library_that_is_missing_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "loads", lambda library: "harfbuzz" not in library)
    monkeypatch.setattr(bootstrap, "has_fonts", lambda: False)
    assert bootstrap.missing_for_printing() == ["libharfbuzz-subset0", "fonts-dejavu-core"]


def test_without_the_right_to_install_the_start_goes_on_and_says_what_is_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "loads", lambda library: False)
    monkeypatch.setattr(bootstrap, "may_install", lambda: None)
    bootstrap.ensure_printing()
    told = capsys.readouterr().err
    assert "printing" in told
    assert "sudo apt-get install libpango-1.0-0" in told


def test_the_tests_do_not_go_on_without_what_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "loads", lambda library: False)
    monkeypatch.setattr(bootstrap, "may_install", lambda: None)
    with pytest.raises(SystemExit, match="apt-get install"):
        bootstrap.ensure_printing(required=True)


@pytest.mark.django_db
def test_the_first_administrator_is_made_once_and_a_password_is_never_said_to_change(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "_setup", lambda: None)
    monkeypatch.setenv("BOCAGE_ADMIN_PASSWORD", "pommier-7-haies-Mormal")
    assert cli.main(["createadmin", "pas-une-adresse"]) == 1
    assert "no e-mail address" in capsys.readouterr().err
    for _time in range(2):
        assert cli.main(["createadmin", "direction@example.org"]) == 0
    assert "keeps its password" not in capsys.readouterr().err
    monkeypatch.setenv("BOCAGE_ADMIN_PASSWORD", "autre-7-haies-Mormal")
    assert cli.main(["createadmin", "direction@example.org"]) == 0
    assert "keeps its password" in capsys.readouterr().err
    account = Account.objects.get(email="direction@example.org")
    assert account.check_password("pommier-7-haies-Mormal")
    assert account.posts.count() == 1
