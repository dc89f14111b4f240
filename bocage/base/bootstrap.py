"""What ``./run`` and ``./test`` do before Bocage can be imported: the virtual environment and Debian's packages.

Standard library only: it runs under the system's Python, before the dependencies are there.
"""

import argparse
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"

# What WeasyPrint loads at run time to lay letters and receipts out, and the Debian package of each.
PRINTING_LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
FONT_PACKAGE = "fonts-dejavu-core"


def say(message: str) -> None:
    """One line for the person who waits."""
    print(f"· {message}", file=sys.stderr, flush=True)  # noqa: T201 - this is a command's own output


def stop(message: str) -> None:
    """Give up with a message that says what to do."""
    raise SystemExit(f"\n{message}\n")


def may_install() -> list[str] | None:
    """The prefix under which apt-get may install (``[]`` as root, ``["sudo", "-n"]``), or None."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:  # noqa: S603
        return [sudo, "-n"]
    return None


def debian(packages: Sequence[str]) -> bool:
    """Install Debian packages when allowed; tells whether they are now there."""
    prefix = may_install()
    if prefix is None or not packages:
        return not packages
    say(f"installing Debian's {', '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ["-q", "-y", "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"]
    if prefix:  # sudo drops the environment
        prefix = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    for command in (["update"], ["install", "--no-install-recommends", *packages]):
        done = subprocess.run(  # noqa: S603
            [*prefix, "apt-get", *options, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode and command[0] == "install":
            say("apt-get failed:\n" + done.stdout[-1500:])
            return False
    return True


def loads(library: str) -> bool:
    """Whether a shared library can be loaded here."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_fonts() -> bool:
    """Whether one scalable font is installed: without any, letters would print as empty boxes."""
    folders = ("/usr/share/fonts", "/usr/local/share/fonts", str(Path.home() / ".fonts"))
    return any(next(Path(folder).rglob("*.[to]tf"), None) for folder in folders)


def missing_for_printing() -> list[str]:
    """Debian packages without which no letter, receipt or blank form can be made as PDF."""
    packages = [package for library, package in PRINTING_LIBRARIES.items() if not loads(library)]
    return packages if has_fonts() else [*packages, FONT_PACKAGE]


def ensure_printing(required: bool = False) -> None:
    """Have the libraries of printing, or say which function is off and the command that turns it on."""
    missing = missing_for_printing()
    if not missing or (debian(missing) and not missing_for_printing()):
        return
    message = f"sudo apt-get install {' '.join(missing)}"
    if required:
        stop(f"Debian packages are missing. Install them, then start again:\n    {message}")
    say(f"printing (letters, receipts and blank forms as PDF) is off. To turn it on:\n    {message}")


def _right_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts ./run may have an older one
        stop(f"Bocage needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")


def _works(python: Path) -> bool:
    try:
        command = [str(python), "-c", "import pip"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:  # a copied or moved folder: the interpreter it points to is gone
        return False


def _make_venv() -> None:
    """Create ``.venv``, whatever of venv, ensurepip and pip this machine has."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:  # Debian keeps it in a package of its own
        if not debian(["python3-venv"]):
            _make_venv_without_ensurepip()
            return
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        stop(f"No virtual environment could be created in {VENV}:\n{done.stdout}{done.stderr}")


def _make_venv_without_ensurepip() -> None:
    """No python3-venv and no right to install it: a pip of the system can still fill an empty environment."""
    bare = [sys.executable, "-m", "venv", "--without-pip", "--clear", str(VENV)]
    fill = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-q", "pip"]
    for command in (bare, fill):
        if subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603
            stop("Python's venv is missing. Install it, then start again:\n    sudo apt-get install python3-venv")


def fingerprint(paths: Iterable[Path]) -> str:
    """One digest of the contents of files."""
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _install(lock: Path) -> None:
    """Install a lock: exact versions, each file checked against its hash."""
    options = ["--quiet", "--require-hashes", "-r", str(lock)]
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    pip = [str(PYTHON), "-m", "pip", "install", "--no-input", *options]
    uv = shutil.which("uv")
    quick = [uv, "pip", "install", "--compile-bytecode", "--python", str(PYTHON), *options] if uv else None
    # uv is quicker but does not read pip's configuration (a mirror, for instance): pip has the last word.
    for command in filter(None, (quick, pip)):
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)  # noqa: S603
        if done.returncode == 0:
            return
    stop(f"The packages of {lock.relative_to(ROOT)} could not be installed (see above). Is the network reachable?")


def ensure_environment(*locks: str) -> None:
    """Have ``.venv`` with the packages of these locks (``run``, ``test``); instant when nothing changed."""
    _right_python()
    if not _works(PYTHON):
        say("creating .venv")
        _make_venv()
    for name in locks:
        lock = ROOT / "requirements" / f"{name}.txt"
        stamp = VENV / f".bocage-{name}"
        wanted = fingerprint([lock])
        if not stamp.is_file() or stamp.read_text() != wanted:
            say(f"installing the packages of requirements/{name}.txt")
            _install(lock)
            stamp.write_text(wanted)
    _command()


def _command() -> None:
    """``.venv/bin/bocage``: the command line, from any folder."""
    shim = VENV / "bin" / "bocage"
    text = f"#!{PYTHON}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom bocage.cli import main\nsys.exit(main())\n"
    if not shim.is_file() or shim.read_text() != text:
        shim.write_text(text)
        shim.chmod(0o755)


def add_serve_options(parser: argparse.ArgumentParser) -> None:
    """The options that ``./run`` and ``bocage serve`` share."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument("--database-url", metavar="URL", help="postgres://user:password@host/name or sqlite:///path")
    parser.add_argument("--no-demo", action="store_true", help="a real installation: no demonstration data or panel")
    parser.add_argument("--workers", type=int, default=2, help="web processes (default: %(default)s)")
