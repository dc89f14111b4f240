"""The ``bocage`` command: what the person who runs an installation types. Each subcommand is a thin door."""

import argparse
import getpass
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bocage.base.bootstrap import add_serve_options
from bocage.base.env import ROOT, BadEnvironment, Environment

Command = Callable[[argparse.Namespace], int]


def _say(message: str) -> None:
    print(f"· {message}", file=sys.stderr, flush=True)  # noqa: T201 - this is a command's own output


def _print(message: str) -> None:
    print(message, flush=True)  # noqa: T201 - this is a command's own output


def _now() -> datetime:
    return datetime.now(UTC)


def _setup() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bocage.settings")
    import django

    django.setup()


# --- Serving -------------------------------------------------------------------------------------------------------


def _serve_environment(args: argparse.Namespace) -> None:
    """Options become the environment that the settings read; values the installer gave elsewhere are kept."""
    from bocage.base import prepare

    var = Path(os.environ.get("BOCAGE_VAR", ROOT / "var"))
    if args.prepare and prepare.settings_file(var, demo=not args.no_demo):
        _say(f"wrote {var / 'bocage.env'} with fresh keys; keep a copy of it somewhere safe")
    if args.database_url:
        os.environ["DATABASE_URL"] = args.database_url
    if args.no_demo:
        os.environ["BOCAGE_MODE"] = "production"
    given = Environment.given()
    shown = "localhost" if args.host in {"127.0.0.1", "::1", "0.0.0.0", "::"} else args.host  # noqa: S104
    if "BOCAGE_BASE_URL" not in given:
        host = f"[{shown}]" if ":" in shown else shown
        os.environ["BOCAGE_BASE_URL"] = f"http://{host}:{args.port}"
    if args.host in {"0.0.0.0", "::"} and "BOCAGE_HOSTS" not in given and given.get("BOCAGE_MODE") == "demo":  # noqa: S104
        names = {"localhost", "127.0.0.1", "[::1]", socket.gethostname(), *_own_addresses()}
        os.environ["BOCAGE_HOSTS"] = ",".join(sorted(names))


def _own_addresses() -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    except OSError:
        return []


def serve(args: argparse.Namespace) -> int:
    """Web, worker and scheduler, until Ctrl-C."""
    started = time.monotonic()
    _serve_environment(args)
    from bocage.base import serve as server

    try:
        door = server.listen(args.host, args.port)
    except OSError as error:
        _say(str(error))
        return 1
    with server.uncollected():
        _setup()
    from django.conf import settings

    if args.prepare:
        from bocage.base import prepare

        prepare.prepare(_now(), _say)

    def ready() -> None:
        mode = "demonstration" if settings.DEMO else settings.ENV.mode
        database = settings.ENV.database_url.split("@")[-1]
        _print(f"\n  Bocage ({mode}) is at {settings.ENV.base_url}/\n  Ctrl-C stops it.\n")
        _say(f"ready in {time.monotonic() - started:.1f} s; database: {database}")

    return server.serve(door, workers=args.workers, ready=ready)


def worker(args: argparse.Namespace) -> int:
    """Hand the outbox over, on a machine of its own if need be."""
    _setup()
    from bocage.base import serve as server

    server.worker(queues=args.queue or (), name=args.name)
    return 0


def scheduler(args: argparse.Namespace) -> int:
    """Start what is due; several may run, each job starts once."""
    _setup()
    from bocage.base import serve as server

    server.scheduler()
    return 0


# --- Data ----------------------------------------------------------------------------------------------------------


def migrate(args: argparse.Namespace) -> int:
    """Bring the tables up to date."""
    _setup()
    from bocage.base import prepare

    _say("tables brought up to date" if prepare.migrate() else "tables were up to date")
    return 0


def load(args: argparse.Namespace) -> int:
    """Load or refresh the territory's data."""
    _setup()
    from bocage.base import prepare

    prepare.load(_now())
    prepare.rebuild_search(_now())
    return 0


def demo(args: argparse.Namespace) -> int:
    """Load the demonstration's people and cases."""
    _setup()
    from django.conf import settings

    from bocage.base import prepare

    if not settings.DEMO:
        _say("this installation is not in demonstration mode (BOCAGE_MODE=demo): nothing was loaded")
        return 1
    prepare.load(_now())
    prepare.demo(_now())
    prepare.rebuild_search(_now())
    return 0


def create_admin(args: argparse.Namespace) -> int:
    """Create the first administrator's account."""
    _setup()
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    from bocage.base.actors import Actor
    from bocage.identity.operations import create_admin as create
    from bocage.territory.queries import today

    try:
        validate_email(args.email)
    except ValidationError:
        _say(f"{args.email} is no e-mail address, for example: first.last@example.org")
        return 1
    password = os.environ.get("BOCAGE_ADMIN_PASSWORD") or getpass.getpass("Password: ")
    try:
        validate_password(password)
        account = create(
            username=args.email,
            email=args.email,
            password=password,
            today=today(_now()),
            actor=Actor.system("createadmin"),
            now=_now(),
        )
    except ValidationError as error:
        for message in error.messages:
            _say(message)
        return 1
    _say(f"{args.email} is an administrator")
    if not account.check_password(password):
        _say("the account was there before, and keeps its password; another is set at /compte/mot-de-passe/oublie/")
    return 0


def sign_out(args: argparse.Namespace) -> int:
    """Sign one account out of every browser, or everybody."""
    _setup()
    from bocage.base.actors import Actor
    from bocage.identity.operations import end_sessions
    from bocage.identity.queries import named_at_the_door

    account = None if args.everybody else named_at_the_door(args.login or "")
    if account is None and not args.everybody:
        _say("no account has that e-mail or user name; --everybody signs everybody out")
        return 1
    ended = end_sessions(account, actor=Actor.system("sign-out"), now=_now())
    _say(f"{ended} sessions ended")
    return 0


def backup(args: argparse.Namespace) -> int:
    """Write one archive: database, private documents, media; no keys."""
    _setup()
    from bocage.base import backup as backups

    written = backups.backup(args.archive, _now())
    _say(f"{written.rows} rows and {written.files} files in {args.archive}")
    _say("keys are not in it: keep var/bocage.env (SECRET_KEY, BOCAGE_KEYS) apart, in a safe place")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Bring an archive back into an empty installation."""
    _setup()
    from bocage.base import restore as restoring

    try:
        report = restoring.restore(args.archive, force=args.force, say=_say)
    except restoring.CannotRestore as error:
        _say(f"nothing was changed: {error}")
        return 1
    for line in report.lines():
        _say(line)
    return 0


def check(args: argparse.Namespace) -> int:
    """Look at code, settings and database; with --deploy, at everything a production needs."""
    _setup()
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError

    try:
        call_command("check")
    except SystemCheckError as error:
        _say(str(error))
        return 1
    if not args.deploy:
        return 0
    from bocage.base import deploy

    findings = deploy.findings(_now())
    for finding in findings:
        _print(finding.text())
    _print(deploy.verdict(findings))
    return 1 if any(finding.blocking for finding in findings) else 0


def journal_verify(args: argparse.Namespace) -> int:
    """Recompute the chains of the journal."""
    _setup()
    from bocage.base import chain

    report = chain.verify()
    _print(str(report))
    return 0 if report.ok else 1


def search_rebuild(args: argparse.Namespace) -> int:
    """Build the search indexes anew."""
    _setup()
    from bocage.base import prepare

    _say(f"indexes rebuilt: {prepare.rebuild_search(_now())}")
    return 0


def keys_rotate(args: argparse.Namespace) -> int:
    """Seal every sensitive field anew with the newest of BOCAGE_KEYS."""
    _setup()
    from bocage.base import crypto

    _say(f"{crypto.rotate()} values sealed anew with the newest key; older keys may now be taken out of BOCAGE_KEYS")
    return 0


def webhooks_key(args: argparse.Namespace) -> int:
    """Show the key with which the software told of cases checks our signatures."""
    _setup()
    from bocage.cases import webhooks

    _print(webhooks.signing_key())
    return 0


# --- The parser ----------------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """Every subcommand and option."""
    root = argparse.ArgumentParser(prog="bocage", description="Run and look after an installation of Bocage.")
    commands = root.add_subparsers(metavar="COMMAND", required=True)

    def add(
        name: str, function: Command, among: "argparse._SubParsersAction[argparse.ArgumentParser]" = commands
    ) -> argparse.ArgumentParser:
        text = (function.__doc__ or "").strip()
        command = among.add_parser(name, help=text, description=text)
        command.set_defaults(function=function)
        return command

    command = add("serve", serve)
    add_serve_options(command)
    command.add_argument("--prepare", action="store_true", help="first bring tables, static files and data up to date")
    command = add("worker", worker)
    command.add_argument("--queue", action="append", help="queue to serve, several times if need be; default: all")
    command.add_argument("--name", default="", help="name shown in leases (default: machine and process)")
    add("scheduler", scheduler)
    add("migrate", migrate)
    add("load", load)
    add("demo", demo)
    command = add("createadmin", create_admin)
    command.add_argument("email", help="also what they sign in with; the password is asked, or BOCAGE_ADMIN_PASSWORD")
    command = add("sign-out", sign_out)
    command.add_argument("login", nargs="?", help="e-mail or user name")
    command.add_argument("--everybody", action="store_true", help="all accounts, and requests opened with a code")
    add("backup", backup).add_argument("archive", type=Path, help="file to write, for instance bocage.tar.gz")
    command = add("restore", restore)
    command.add_argument("archive", type=Path)
    command.add_argument("--force", action="store_true", help="replace what the installation holds now")
    add("check", check).add_argument("--deploy", action="store_true", help="list what a production lacks")
    for noun, verb, function in (
        ("journal", "verify", journal_verify),
        ("search", "rebuild", search_rebuild),
        ("keys", "rotate", keys_rotate),
        ("webhooks", "key", webhooks_key),
    ):
        group = commands.add_parser(noun, help=(function.__doc__ or "").strip())
        add(verb, function, group.add_subparsers(metavar="COMMAND", required=True))
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns the exit status."""
    args = parser().parse_args(argv)
    function: Command = args.function
    try:
        return function(args)
    except BadEnvironment as error:
        _say(f"settings: {error}")
        return 2
