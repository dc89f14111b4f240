#!/usr/bin/env python3
"""Takes the README's pictures from a demonstration that runs, with Debian's Chromium and poppler-utils.

    ./run                                              # in another terminal
    .venv/bin/python docs/pictures/take.py [http://localhost:8000] [NAME…]

Each picture is at most 150 kB. They are taken with the packages of requirements/test.in (``./test`` installs them). The
walk orders a composter and leaves the draft there: take them from a demonstration that you may throw away.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import gestures

HERE = Path(__file__).resolve().parent
PHONE, DESK = (360, 740), (1280, 860)
LARGEST = 150_000  # bytes
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]


def keep(picture: Image.Image, name: str) -> None:
    """Write a picture with as few colours as it takes to be light."""
    path = HERE / f"{name}.png"
    for colours in (256, 160, 96, 48, 24):
        out = BytesIO()
        picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST:
            path.write_bytes(out.getvalue())
            print(f"{path.name}: {out.tell() // 1000} kB")
            return
    raise SystemExit(f"{name}: still more than {LARGEST} bytes")


def shot(page: Page, name: str, top: str = "") -> None:
    """Keep what the window shows; with ``top``, from a little above that element on."""
    page.wait_for_load_state("load")
    if top:
        page.locator(top).first.evaluate("node => scrollTo(0, node.getBoundingClientRect().top + scrollY - 24)")
    keep(Image.open(BytesIO(page.screenshot())), name)


def home_phone(page: Page) -> None:
    page.goto("/")
    shot(page, "home-phone", "h1")


def home(page: Page) -> None:
    page.goto("/ma-commune/?q=locquignol")
    page.locator('main button[name="insee"]').first.click()
    page.goto("/")
    shot(page, "home")


def dark(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/demarches/composteur/")
    shot(page, "procedure-phone-dark", "main h1")


def step_phone(page: Page) -> None:
    gestures.start_composter(page, email="marcelle.delattre@example.org")
    gestures.press(page, "C’est noté, continuer")
    gestures.answer(page, gestures.WHO)
    gestures.press(page, "Continuer")
    gestures.answer(page, {"address.line": "12 rue de l’Église", "address.commune": "59353", "housing": "house"})
    shot(page, "step-phone", "main")


def timeline(page: Page) -> None:
    gestures.sign_in_as(page, "demo-julien")
    page.goto("/espace/")
    page.locator("main a[href^='/dossiers/']").filter(has_not_text="rouillon").first.click()
    page.get_by_role("heading", level=1).wait_for()
    shot(page, "timeline", "main h1")


def space_phone(page: Page) -> None:
    gestures.sign_in_as(page, "demo-julien")
    page.goto("/espace/")
    shot(page, "space-phone", "main h1")


def day(page: Page) -> None:
    gestures.sign_in_as(page, "demo-agent")
    page.goto("/bureau/")
    shot(page, "desk-day")


def case(page: Page) -> None:
    gestures.sign_in_as(page, "demo-responsable")
    page.goto("/bureau/dossiers/?situation=answered")
    if not page.locator("main table th a").count():
        page.goto("/bureau/dossiers/?situation=open&state=studying")
    page.locator("main table th a").first.click()
    shot(page, "desk-case")


def entry(page: Page) -> None:
    gestures.sign_in_as(page, "demo-secretaire")
    page.goto("/bureau/accueil/?q=suzanne")
    shot(page, "desk-counter")


def communes(page: Page) -> None:
    page.goto("/communes/")
    shot(page, "communes", "main h1")


def letter(page: Page) -> None:
    """The first letter of the demonstration's mailbox, its PDF drawn at 80 points an inch."""
    page.goto("/demo/boite/")
    while not page.locator("main a[href*='/demo/boite/lettre/']").count():
        page.get_by_role("link", name="Page suivante").click()
    href = page.locator("main a[href*='/demo/boite/lettre/']").first.get_attribute("href")
    answer = page.request.get(str(href))
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder, "letter.pdf")
        pdf.write_bytes(answer.body())
        command = ["pdftoppm", "-r", "80", "-f", "1", "-l", "1", "-png", str(pdf), str(Path(folder, "page"))]
        subprocess.run(command, check=True)
        keep(Image.open(next(Path(folder).glob("page*.png"))), "letter")


def editor(page: Page, path: str = "") -> None:
    """The composter's procedure, in the editor: its draft is begun if there is none."""
    gestures.sign_in_as(page, "demo-responsable")
    page.goto("/bureau/demarches/")
    row = page.locator("main tbody tr").filter(has_text="Commander un composteur")
    row.get_by_role("button", name=re.compile("Modifier")).or_(
        row.get_by_role("link", name=re.compile("Continuer"))
    ).click()
    page.goto(f"/bureau/demarches/composteur/brouillon/{path}")


def editor_outline(page: Page) -> None:
    editor(page)
    shot(page, "editor-outline", "#p-steps-home")


def editor_field(page: Page) -> None:
    editor(page, "element/steps/home/fields/garden_size/")
    shot(page, "editor-field", "#rows-show")


def editor_try(page: Page) -> None:
    editor(page, "essayer/")
    gestures.answer(page, {"lives_here": "oui", "already_has": "non"})
    gestures.press(page, "Commencer")
    gestures.answer(page, gestures.WHO)
    gestures.press(page, "Continuer")
    gestures.answer(page, {**gestures.HOME, "proof": True})
    gestures.press(page, "Continuer")
    gestures.answer(page, {"garden_size": "250"})
    gestures.press(page, "Continuer")
    gestures.answer(page, gestures.COMPOSTER)
    gestures.press(page, "Continuer")
    gestures.answer(page, gestures.PICKUP)
    gestures.press(page, "Continuer")
    gestures.press(page, "Envoyer ma demande")
    shot(page, "editor-try", "main .editor-try")


def editor_scenario(page: Page) -> None:
    """One of the composter's scenarios, asked for a garden too large: drawn as it fails, then left as it was."""
    editor(page, "scenarios/")
    page.locator("main .editor-list a").first.click()
    kept = page.locator('main textarea[name$="-values"]').first.input_value()
    broken = "\n".join(line for line in kept.splitlines() if not line.startswith("Prénom"))
    page.locator('main textarea[name$="-values"]').first.fill(broken)
    gestures.press(page, "Enregistrer et rejouer")
    shot(page, "editor-scenario", "main h1")
    page.locator('main textarea[name$="-values"]').first.fill(kept)
    gestures.press(page, "Enregistrer et rejouer")


def editor_publish(page: Page) -> None:
    editor(page, "publier/")
    shot(page, "editor-publish", "main h1")


Taker = Callable[[Page], None]
PICTURES: dict[str, tuple[tuple[int, int], Taker]] = {
    "home-phone": (PHONE, home_phone),
    "home": (DESK, home),
    "procedure-phone-dark": (PHONE, dark),
    "step-phone": (PHONE, step_phone),
    "space-phone": (PHONE, space_phone),
    "timeline": (DESK, timeline),
    "communes": (DESK, communes),
    "desk-day": (DESK, day),
    "desk-counter": (DESK, entry),
    "desk-case": (DESK, case),
    "letter": (DESK, letter),
    "editor-outline": (DESK, editor_outline),
    "editor-field": (DESK, editor_field),
    "editor-try": (DESK, editor_try),
    "editor-scenario": (DESK, editor_scenario),
    "editor-publish": (DESK, editor_publish),
}


def take(browser: Browser, base: str, name: str) -> None:
    """One picture, in a browser that nobody used before."""
    (width, height), taker = PICTURES[name]
    size = {"width": width, "height": height}
    context = browser.new_context(base_url=base, viewport=size, locale="fr-FR", color_scheme="light")
    try:
        taker(context.new_page())
    finally:
        context.close()


def main() -> None:
    """Take the pictures asked for, or all."""
    arguments = sys.argv[1:]
    base = arguments.pop(0) if arguments and arguments[0].startswith("http") else "http://localhost:8000"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        for name in arguments or PICTURES:
            take(browser, base, name)


if __name__ == "__main__":
    main()
