"""A PostgreSQL cluster of one's own, in a temporary folder on a free port, for ``./test`` and ``bench/run``.

Standard library only: it starts before anything is installed.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


class NoPostgres(RuntimeError):
    """PostgreSQL's server programs are not on this machine."""


def programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres`` (Debian keeps them out of PATH), the newest version first."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(found, key=lambda path: int(path.parent.parent.name), reverse=True)
    elsewhere = [Path(path) for path in [shutil.which("initdb")] if path]
    return next((path.parent for path in [*newest, *elsewhere]), None)


def free_port() -> int:
    """A port of loopback that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged() -> dict[str, object]:
    """Arguments for subprocess: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise NoPostgres("no unprivileged user to run PostgreSQL as")


@contextlib.contextmanager
def cluster(*, durable: bool = False, home: Path | None = None) -> Iterator[str]:
    """Start a cluster; gives its URL without a database name; stops and removes it in the end.

    ``durable`` keeps fsync on, as a production would: benchmarks need it, tests do not. With ``home`` the cluster lies
    there and is kept for the next time. Raises NoPostgres.
    """
    folder = programs()
    if folder is None:
        raise NoPostgres("PostgreSQL is missing")
    who = _unprivileged()
    # Not under TMPDIR: the other user must be able to walk to it, and a socket's path is short.
    kept = home is not None
    home = home or Path(tempfile.mkdtemp(prefix="bocage-pg-", dir="/tmp"))
    home.mkdir(exist_ok=True)
    port = free_port()
    try:
        if who:
            os.chown(home, int(str(who["user"])), int(str(who["group"])))
        environment = {"PATH": f"{folder}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home)}
        common = {"cwd": home, "env": environment, "stdin": subprocess.DEVNULL, **who}
        initdb = [folder / "initdb", "-D", home / "data", "-U", "bocage", "-A", "trust", "-E", "UTF8", "-N"]
        if not (home / "data" / "PG_VERSION").exists():
            done = subprocess.run(initdb, capture_output=True, text=True, check=False, **common)  # type: ignore[call-overload]
            if done.returncode:
                raise NoPostgres(f"initdb failed: {done.stderr}")
        if (home / "data" / "postmaster.pid").exists():  # left by a run that was killed
            stop = [folder / "pg_ctl", "stop", "-s", "-m", "fast", "-D", home / "data"]
            subprocess.run(stop, check=False, capture_output=True, **common)  # type: ignore[call-overload]
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": home,
            "max_connections": 200,
            "shared_buffers": "256MB",
            "log_min_messages": "fatal",
            **({} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = subprocess.Popen(  # type: ignore[call-overload]
            [folder / "postgres", "-D", home / "data", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C must not stop it under the tests that are still ending
            **common,
        )
        try:
            ready = [folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
            for _ in range(60):
                if subprocess.run(ready, check=False).returncode == 0:
                    break
                if server.poll() is not None:
                    raise NoPostgres(f"PostgreSQL stopped at once ({server.returncode})")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    server.wait(0.25)
            yield f"postgres://bocage@127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGINT)  # fast shutdown
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    finally:
        if not kept:
            shutil.rmtree(home, ignore_errors=True)


def create_database(url: str, name: str, template: str = "template0") -> str:
    """Create a database in the cluster; gives its URL."""
    folder = programs()
    port = url.rsplit(":", 1)[1].split("/")[0]
    command = ["-h", "127.0.0.1", "-p", port, "-U", "bocage", "-T", template, "-E", "UTF8", name]
    subprocess.run([f"{folder}/createdb", *command], check=True, capture_output=True)
    return f"{url}/{name}"
