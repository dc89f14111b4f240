"""Everything that ``bocage serve`` keeps alive: web, worker and scheduler, forked from one parent that imported once.

The parent binds the port and never serves: the children share the memory of its imports, and a child that dies is
replaced without a connection being refused. Ctrl-C (or SIGTERM) stops them cleanly; a second one forces.
"""

import contextlib
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from django.db import connections
from django.utils import timezone

logger = logging.getLogger(__name__)

GRACE = 6.0  # seconds for what is under way to end after the first signal
STEADY = 10.0  # a child that lived this long (seconds) is restarted at once; younger ones wait, longer each time
LONGEST_WAIT = 30.0  # seconds
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


class PortTaken(OSError):
    """Somebody else listens at the asked address."""


def listen(host: str, port: int) -> socket.socket:
    """The listening socket, held by the parent. Raises PortTaken, or OSError for an address that is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except OSError as error:
        door.close()
        if error.errno == 98:  # EADDRINUSE
            raise PortTaken(f"port {port} of {host} is already in use; give another with --port") from error
        raise
    door.listen(2048)
    return door


@dataclass
class Child:
    """A process to keep alive: what it runs, and when it was last started."""

    name: str
    work: Callable[[], object]
    pid: int = 0
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)  # monotonic instant of the next start


class Supervisor:
    """Starts children by fork, restarts those that die, stops all of them when asked."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children
        self.stopping = False

    def run(self) -> int:
        """Returns the exit status once every child is gone."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        while not self.stopping:
            self._start_due()
            wait = min([c.due for c in self.children if not c.pid], default=time.monotonic() + 60) - time.monotonic()
            received = signal.sigtimedwait(SIGNALS, max(wait, 0.05))
            self._reap()
            self.stopping = received is not None and received.si_signo != signal.SIGCHLD
        return self._stop()

    def _start_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if not child.pid and child.due <= now:
                child.pid, child.started = _fork(child), now

    def _reap(self) -> None:
        for child in self.children:
            if child.pid and _ended(child.pid):
                lived = time.monotonic() - child.started
                _kill_group(child.pid, signal.SIGKILL)  # what it may have left behind
                child.failures = 0 if lived > STEADY else child.failures + 1
                wait = min(2.0 ** (child.failures - 1), LONGEST_WAIT) if child.failures else 0.0
                child.due, child.pid = time.monotonic() + wait, 0
                if not self.stopping:
                    logger.error("process ended", extra={"child": child.name, "lived_s": round(lived, 1)})

    def _stop(self) -> int:
        deadline = time.monotonic() + GRACE
        for child in self.children:
            if child.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGTERM)
        while any(child.pid for child in self.children):
            received = signal.sigtimedwait(SIGNALS, 0.1)
            self._reap()
            forced = received is not None and received.si_signo != signal.SIGCHLD
            if forced or time.monotonic() > deadline:
                for child in self.children:
                    if child.pid:
                        _kill_group(child.pid, signal.SIGKILL)
                deadline = float("inf")
        return 0


def _ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _kill_group(pid: int, signum: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signum)


def _fork(child: Child) -> int:
    """Start a child in a group of its own (Ctrl-C then reaches the parent alone). Returns its pid."""
    connections.close_all()
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        _child(child, parent)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    return pid


def _child(child: Child, parent: int) -> NoReturn:
    status = 1
    try:
        os.setpgid(0, 0)
        _die_with(parent)
        for signum in SIGNALS:
            signal.signal(signum, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        child.work()
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:
        logger.exception("process failed", extra={"child": child.name})
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _die_with(parent: int) -> None:
    """Ask the kernel (Linux) for SIGTERM when the parent is gone, so that kill -9 leaves no orphan."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it went before we could ask
        raise SystemExit(1)


# --- What the children run -----------------------------------------------------------------------------------------


def web(door: socket.socket, workers: int) -> None:
    """Gunicorn over the parent's socket, serving the application that the parent imported."""
    from gunicorn.app.base import BaseApplication

    from bocage.wsgi import application

    class Web(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
        def load_config(self) -> None:
            settings = {
                "bind": f"fd://{door.fileno()}",
                "workers": workers,
                "worker_class": "bocage.base.web.Worker",
                "preload_app": True,
                "timeout": 60,
                "graceful_timeout": int(GRACE) - 1,
                "max_requests": 20_000,  # a leak, in us or in a package, never grows for long
                "max_requests_jitter": 2_000,
                "loglevel": "warning",
                "forwarded_allow_ips": os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"),
                "control_socket_disable": True,
                "proc_name": "bocage",
            }
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> object:
            return application

    Web().run()


def worker(queues: Sequence[str] = (), name: str = "") -> None:
    """Hand the outbox over until SIGTERM; all queues when none is named."""
    from bocage.base.worker import Worker

    stop = _stop_event()
    Worker(queues, name or f"{socket.gethostname()}:{os.getpid()}").run(stop)


def polite_worker() -> None:
    """``worker`` beside the web processes: where the processor is short, people are served before effects."""
    os.nice(10)
    worker()


def scheduler() -> None:
    """Start the jobs of the manifests when due, and the packages' background tasks, until SIGTERM."""
    from bocage.base import scheduler as schedule

    stop = _stop_event()
    threading.Thread(target=_tasks, args=(stop,), daemon=True, name="tasks").start()
    while not stop.is_set():
        try:
            schedule.tick(timezone.now())
        except Exception:
            logger.exception("scheduler tick failed")
        finally:
            connections.close_all()
        stop.wait(5)


def _tasks(stop: threading.Event) -> None:
    """Run what Wagtail and jobs that may be run again have queued in django-tasks."""
    from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
    from django_tasks_db.management.commands.db_worker import Worker
    from django_tasks_db.models import DBTaskResult

    def batch() -> None:
        Worker(
            queue_names=["*"],
            interval=1,
            batch=True,
            backend_name=DEFAULT_TASK_BACKEND_ALIAS,
            startup_delay=False,
            max_tasks=None,
            worker_id=f"{socket.gethostname()}:{os.getpid()}"[:64],
            excluded_queue_names=[],
        ).run()

    while not stop.wait(3):
        try:
            if DBTaskResult.objects.ready().exists():  # the package's worker locks the database to look
                batch()
        except Exception:
            logger.exception("background tasks failed")
        finally:
            connections.close_all()


def _stop_event() -> threading.Event:
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    return stop


# --- Together ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Import without the garbage collector: it would walk again and again over modules that stay for good, for a fifth
    of the time of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def warm() -> None:
    """Import and build in the parent what every child would otherwise build for itself."""
    with uncollected():
        _warm()
    connections.close_all()
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # glibc: what a first start took to load its demonstration goes back
    gc.freeze()  # shared pages stay shared: the collector does not write into them


def _warm() -> None:
    from django.test import RequestFactory
    from django.urls import get_resolver

    from bocage import wsgi

    get_resolver().url_patterns  # noqa: B018 - imports every view
    # One page through the whole stack: templates, translations and URL patterns are compiled before the fork.
    # A failure here is a page that would fail later: it is that page's business to say so.
    with contextlib.suppress(Exception):
        request = RequestFactory().get("/", headers={"host": "localhost"})
        wsgi.application.get_response(request).close()


def serve(door: socket.socket, *, workers: int, ready: Callable[[], object]) -> int:
    """Serve until told to stop; ``ready`` is called when all is imported, just before the children are
    forked: the door already holds who comes. Returns the exit status."""
    warm()
    children = [
        Child("web", lambda: web(door, workers)),
        Child("worker", polite_worker),
        Child("scheduler", scheduler),
    ]
    ready()
    return Supervisor(children).run()
