"""The save state never says of a chosen file that it is kept: it leaves with « Continuer »."""

import pytest
from playwright.sync_api import Browser, expect

from bocage.base.env import ROOT

pytestmark = pytest.mark.browser
SCRIPT = ROOT / "bocage" / "cases" / "static" / "cases" / "autosave.js"
PAGE = """<form data-autosave="/save" data-saved="Enregistré"
 data-chosen="Le fichier partira." data-lost="x" data-out="y">
<div data-fields><input name="a" id="a"><input type="file" name="proof" id="proof"></div>
<p data-save-state></p></form>"""


def test_a_chosen_file_is_said_to_leave_later(chromium: Browser) -> None:
    page = chromium.new_page()
    page.route("**/save", lambda route: route.fulfill(json={"state": "saved", "errors": {}}))
    page.route("**/page", lambda route: route.fulfill(body=PAGE, content_type="text/html; charset=utf-8"))
    page.goto("http://bocage.example/page")
    page.add_script_tag(content=SCRIPT.read_text())
    state = page.locator("[data-save-state]")
    page.fill("#a", "x")
    page.locator("#a").blur()
    expect(state).to_have_text("Enregistré")
    page.set_input_files("#proof", {"name": "ok.jpg", "mimeType": "image/jpeg", "buffer": b"x"})
    expect(state).to_have_text("Le fichier partira.")
    page.fill("#a", "xy")
    page.locator("#a").blur()
    expect(state).to_have_text("Enregistré. Le fichier partira.")
    page.close()
