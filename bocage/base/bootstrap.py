"""What ``./run`` and ``./test`` do before Bocage can be imported: the virtual environment and Debian's packages.

Standard library only: it runs under the system's Python, before the dependencies are there.
"""

import argparse
import configparser
import ctypes
import hashlib
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections import deque
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
    if not _has_ensurepip() and not debian(["python3-venv"]):
        _make_venv_without_ensurepip()
        return
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        stop(f"No virtual environment could be created in {VENV}:\n{done.stdout}{done.stderr}")


def _has_ensurepip() -> bool:
    """Debian keeps it in a package of its own, python3-venv."""
    try:
        from ensurepip import version
    except ImportError:
        return False
    return bool(version())


def _make_venv_without_ensurepip() -> None:
    """No python3-venv and no right to install it: an empty environment is filled by a pip found elsewhere.

    The system's own, or the one wheel of pip, from the package index, checked against its digest.
    """
    bare = [sys.executable, "-m", "venv", "--without-pip", "--clear", str(VENV)]
    if subprocess.run(bare, capture_output=True, check=False).returncode:  # noqa: S603
        stop("Python's venv is missing. Install it, then start again:\n    sudo apt-get install python3-venv")
    say("Debian's python3-venv is missing: taking pip from elsewhere")
    fill = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-q", "pip"]
    if subprocess.run(fill, env=_quiet(), capture_output=True, check=False).returncode == 0:  # noqa: S603
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            wheel = _pip_wheel(Path(folder))
            command = [str(PYTHON), f"{wheel}/pip", "install", "-q", "--no-index", str(wheel)]
            subprocess.run(command, env=_quiet(), capture_output=True, check=True)  # noqa: S603
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        stop(
            f"Python's venv is missing, and pip cannot be had otherwise ({error}). Install it, then start again:\n"
            "    sudo apt-get install python3-venv"
        )


PIP = "pip-25.3-py3-none-any.whl"
PIP_SHA256 = "9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd"


def _pip_wheel(folder: Path) -> Path:
    """The wheel of pip, which runs as it is. Raises OSError (network), ValueError (absent, or not the one expected)."""
    index = _index().rstrip("/") + "/pip/"
    certificates = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)

    def get(url: str) -> bytes:
        with urllib.request.urlopen(url, timeout=60, context=certificates) as answer:  # noqa: S310 - the index's scheme
            return bytes(answer.read())

    links = re.findall(r'href="([^"#]*)', get(index).decode())
    link = next((link for link in links if link.rsplit("/", 1)[-1] == PIP), None)
    if link is None:
        raise ValueError(f"the package index has no {PIP}")
    body = get(urllib.parse.urljoin(index, link))
    if hashlib.sha256(body).hexdigest() != PIP_SHA256:
        raise ValueError(f"{PIP} is not the one expected")
    (folder / PIP).write_bytes(body)
    return folder / PIP


def _index() -> str:
    """The package index that pip would use, from its environment or its configuration. Raises ValueError for none."""
    if given := os.environ.get("PIP_INDEX_URL"):
        return given
    config = configparser.RawConfigParser()
    home = Path.home()
    config.read(["/etc/pip.conf", home / ".pip/pip.conf", home / ".config/pip/pip.conf"])
    if configured := config.get("global", "index-url", fallback=""):
        return configured
    raise ValueError("no package index is told; PIP_INDEX_URL=https://… ./run tells one")


def _quiet() -> dict[str, str]:
    """pip and uv without advice that is not for whoever starts Bocage."""
    said = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PIP_NO_WARN_SCRIPT_LOCATION": "1"}
    return {**os.environ, **said, "UV_PYTHON_DOWNLOADS": "never", "PIP_PROGRESS_BAR": "off", "PIP_NO_COLOR": "1"}


def fingerprint(paths: Iterable[Path]) -> str:
    """One digest of the contents of files."""
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _install(lock: Path) -> None:
    """Install a lock: exact versions, each file checked against its hash."""
    options = ["--require-hashes", "-r", str(lock)]
    pip = [str(PYTHON), "-m", "pip", "install", "--no-input", *options]
    uv = shutil.which("uv")
    # uv is quicker but does not read pip's configuration (a mirror, for instance): pip has the last word.
    if uv:
        quick = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON), *options]
        done = subprocess.run(quick, env=_quiet(), stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603
        if done.returncode == 0:
            return
    told = _told_as_it_goes(pip, len(re.findall(r"^[\w.-]+==", lock.read_text(), re.MULTILINE)))
    if told:
        name = lock.relative_to(ROOT)
        stop(f"{told}\nThe packages of {name} could not be installed (see above). Is the network reachable?")


def _told_as_it_goes(pip: Sequence[str], wanted: int) -> str:
    """Run pip, telling now and then how far it is. Returns the end of what it said when it failed, else nothing."""
    last: deque[str] = deque(maxlen=25)
    taken = 0
    with subprocess.Popen(  # noqa: S603
        pip,
        env=_quiet(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            last.append(line.rstrip())
            if line.startswith("Collecting "):
                taken += 1
                if taken % 20 == 0:
                    say(f"  {taken} of some {wanted} packages fetched")
            elif line.startswith("Installing collected"):
                say(f"  {taken} packages fetched; unpacking them, about a minute")
    return "\n".join(last) or "pip failed" if process.returncode else ""


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
            say(f"installing the packages of requirements/{name}.txt: a minute or two the first time")
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
    parser.add_argument(
        "--database-url", metavar="URL", help="postgres://user:password@host/name or sqlite:////path/to/file"
    )
    parser.add_argument("--no-demo", action="store_true", help="a real installation: no demonstration data or panel")
    parser.add_argument("--workers", type=int, default=2, help="web processes (default: %(default)s)")
