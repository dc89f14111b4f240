"""The house holds together: names, words, sizes and promises that no single app can check."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "bocage"


def tracked(*patterns: str) -> list[Path]:
    """Files of the project: what git knows, or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- Sizes and papers ----------------------------------------------------------------------------------------------


def test_no_module_outgrows_one_concept() -> None:
    modules = [path for path in tracked("bocage/*.py") if "migrations" not in path.parts]
    long = {relative(path): len(path.read_text().splitlines()) for path in modules}
    assert {name: size for name, size in long.items() if size > 420} == {}


def test_the_licence_is_the_official_text() -> None:
    import hashlib

    digest = hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()
    assert digest == "0d96a4ff68ad6d4b6f1f30f713b18d5184912ba8dd389f86aa7710db079abcb0"


def test_locks_name_exact_versions_with_hashes_and_no_index() -> None:
    for path in tracked("requirements/*.txt"):
        text = path.read_text()
        assert "--index-url" not in text
        assert "--extra-index-url" not in text
        assert "://" not in text
        pins = re.findall(r"^[A-Za-z0-9_.\-]+(?:\[[^\]]*\])?==\S+(.*)$", text, re.MULTILINE)
        assert len(pins) > 10
        assert len(re.findall(r"^[A-Za-z0-9].*(?<!\\)$", text, re.MULTILINE)) == 0, "a pin without hash"


def test_nothing_names_a_machine_or_a_package_index() -> None:
    telling = re.compile(r"/(?:work|root|farm)/[a-z]|py" + r"pi\.org|python" + r"hosted|registry\.np" + r"mjs")
    found = []
    for path in tracked("*.py", "*.md", "*.html", "*.js", "*.css", "*.toml", "*.txt", "*.in", "run", "test", ".ci/run"):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if telling.search(line):
                found.append(f"{relative(path)}:{number}: {line.strip()[:100]}")
    assert found == []


# --- Words ---------------------------------------------------------------------------------------------------------

NEVER = re.compile(r"\b(usagers?|téléservices?|dématérialis\w*|soumettr?e\w*|soumissions?)\b", re.IGNORECASE)
# The State's own sheets are quoted as they are.
QUOTED = ("data/territories/mormal/national_sheets/",)


def shown(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that a resident or an agent may read: comments of templates left out."""
    text = path.read_text(errors="replace")
    if path.suffix == ".html":
        text = re.sub(r"{#.*?#}|{% comment.*?endcomment %}", "", text, flags=re.DOTALL)
    yield from enumerate(text.splitlines(), 1)


@pytest.mark.parametrize(
    "pattern", ["bocage/*.html", "bocage/*.po", "data/territories/*.json", "data/territories/*.md"]
)
def test_words_that_residents_never_read(pattern: str) -> None:
    found = [
        f"{relative(path)}:{number}: {match[0]}"
        for path in tracked(pattern)
        if not relative(path).startswith(QUOTED)
        for number, line in shown(path)
        if (match := NEVER.search(line))
    ]
    assert found == []


def test_words_in_messages_of_the_code() -> None:
    message = re.compile(r"_\(\s*((?:f?\"[^\"]*\"\s*)+)\)")
    found = [
        f"{relative(path)}: {match[0]}"
        for path in tracked("bocage/*.py")
        for text in message.findall(path.read_text())
        if (match := NEVER.search(text))
    ]
    assert found == []


# --- Addresses and templates ---------------------------------------------------------------------------------------


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, before + str(pattern.pattern))
        else:
            yield before + str(pattern.pattern), pattern


def test_every_address_of_ours_has_a_name() -> None:
    unnamed = [
        address
        for address, pattern in addresses(get_resolver().url_patterns)
        if getattr(pattern.callback, "__module__", "").startswith("bocage.") and not pattern.name
    ]
    assert unnamed == []


def test_no_two_addresses_of_ours_share_a_name() -> None:
    names = [
        (pattern.name, address)
        for address, pattern in addresses(get_resolver().url_patterns)
        if getattr(pattern.callback, "__module__", "").startswith("bocage.") and not address.startswith("bureau/")
    ]
    seen: dict[str, str] = {}
    clashes = [(name, seen[name], address) for name, address in names if seen.setdefault(name, address) != address]
    assert clashes == []


def test_every_template_is_used() -> None:
    templates = {
        str(path).split("/templates/", 1)[1]: path
        for path in tracked("bocage/*.html", "bocage/*.txt")
        if "/templates/" in str(path)
    }
    ours = [*tracked("bocage/*.py"), *templates.values()]
    text = "\n".join(path.read_text(errors="replace") for path in ours)
    # Wagtail and allauth find theirs by name; ui/components by `{% component %}` or include with their own names.
    conventional = (
        "account/",
        "allauth/",
        "mfa/",
        "usersessions/",
        "wagtailadmin/",
        "wagtail",
        "registration/",
        "django/",
    )
    unused = [
        name
        for name in templates
        if not name.startswith(conventional) and name not in text and Path(name).stem not in text
    ]
    assert unused == []


def test_a_day_is_the_territorys_day() -> None:
    """``territory.queries.today(now)`` says it: a default zone or a machine's own would be a day off at night.

    ``base.dates`` alone brings an instant to the current zone, to write it.
    """
    zoneless = re.compile(r"localdate\(|\bdate\.today\(|\bnow\(\)\.date\(|\bnow\.date\(\)|\butcnow\(")
    found = [
        f"{relative(path)}:{number}"
        for path in tracked("bocage/*.py")
        if path != CODE / "base" / "dates.py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if zoneless.search(line)
    ]
    assert found == []
