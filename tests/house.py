"""A whole house in real processes, as ``./run`` starts it, with a database and a ``var/`` of its own.

For journeys in a browser, tests of processes and benchmarks. Standard library only.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests import cluster

ROOT = Path(__file__).resolve().parent.parent
BOCAGE = [sys.executable, "-m", "bocage"]


def environment(var: Path, database_url: str = "", **more: str) -> dict[str, str]:
    """What a house is told: nothing of the test run's own settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("BOCAGE_", "DJANGO_")) and k != "DATABASE_URL"}
    url = {"DATABASE_URL": database_url} if database_url else {}
    return {**kept, "BOCAGE_VAR": str(var), "PYTHONPATH": str(ROOT), "BOCAGE_LOG_LEVEL": "WARNING", **url, **more}


class House:
    """A running installation: ``url``, ``var``, its processes, and its log."""

    def __init__(self, var: Path, database_url: str = "", *options: str, **more: str) -> None:
        self.var = var
        self.port = cluster.free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = environment(var, database_url, **more)
        self.log = var.with_name(f"{var.name}.log")
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, wait: float = 300) -> float:
        """Prepare and serve; returns the seconds until the first answer. Raises RuntimeError with the log's end."""
        begun = time.monotonic()
        command = [*BOCAGE, "serve", "--prepare", "--port", str(self.port), *self.options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        while time.monotonic() - begun < wait:
            if self.process.poll() is not None:
                break
            with (
                contextlib.suppress(OSError, urllib.error.URLError),
                urllib.request.urlopen(f"{self.url}/healthz", timeout=wait),
            ):
                return time.monotonic() - begun
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the house did not start:\n{self.log.read_text()[-4000:]}")

    def bocage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the ``bocage`` command of this house."""
        done = subprocess.run(
            [*BOCAGE, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"bocage {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of an address."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def ready(self) -> dict[str, object]:
        """What /readyz finds."""
        answer: dict[str, object] = json.loads(self.get("/readyz")[1])
        return answer

    @property
    def pid(self) -> int:
        """The parent's process id."""
        assert self.process
        return self.process.pid

    def processes(self) -> dict[int, int]:
        """Every process of the house and its parent: the one we started, and its descendants."""
        parents = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                    parents[int(folder.name)] = int(fields[1])
        ours = {self.pid}
        while True:
            more = {pid for pid, parent in parents.items() if parent in ours} - ours
            if not more:
                return {pid: parents[pid] for pid in ours if pid in parents}
            ours |= more

    def stop(self, signum: int = signal.SIGTERM, wait: float = 15) -> int:
        """Stop it as Ctrl-C or a supervisor does; returns its exit status. Raises TimeoutExpired."""
        assert self.process
        self.process.send_signal(signum)
        return self.process.wait(wait)

    def kill(self) -> None:
        """Whatever is left, at once."""
        if self.process is None:
            return
        for pid in self.processes() if self.process.poll() is None else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)


@contextlib.contextmanager
def house(database_url: str = "", *options: str, **more: str) -> Iterator[House]:
    """A started house in a temporary folder; on PostgreSQL, ``database_url`` names a server and a database to make."""
    folder = Path(tempfile.mkdtemp(prefix="bocage-house-"))
    if database_url.startswith("postgres"):
        server = database_url.rsplit("/", 1)[0]
        database_url = cluster.create_database(server, f"house_{os.getpid()}_{time.monotonic_ns()}")
    one = House(folder / "var", database_url, *options, **more)
    try:
        one.start(wait=300)
        yield one
    finally:
        try:
            if one.process and one.process.poll() is None:
                one.stop()
        finally:
            one.kill()
            shutil.rmtree(folder, ignore_errors=True)
