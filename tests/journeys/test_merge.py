"""Two records of one person, made one at the desk and taken apart again, without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import heading, press, sign_in_as
from tests.browser.visiting import Visitor, fits, take_picture

pytestmark = pytest.mark.browser


def test_a_merge_is_done_and_undone(visit: Callable[..., Visitor]) -> None:
    agent = visit(width=360, javascript=False)
    agent.expect("422")
    page = agent.page("/")
    sign_in_as(page, "demo-responsable")
    page.goto("/bureau/")
    page.get_by_role("link", name="1 fiche en double à vérifier").click()
    heading(page, "Fiches en double")
    page.get_by_role("link", name="Nadia Verterive").click()
    heading(page, "Est-ce la même personne ?")
    fits(page)
    take_picture(page, "merge-pair-360")
    main = page.locator("main")
    expect(main).to_contain_text("L’autre fiche ne porte rien")
    page.get_by_role("group", name="Téléphone").get_by_label("06 39 98 00 09").check()
    press(page, "Réunir les deux fiches")
    expect(main).to_contain_text("Cochez la case quand vous avez vérifié")
    page.get_by_label("J’ai vérifié que c’est la même personne.").check()
    press(page, "Réunir les deux fiches")
    expect(main).to_contain_text("Les deux fiches n’en font plus qu’une.")
    fits(page)
    take_picture(page, "merge-done-360")
    merged = page.url
    page.get_by_role("link", name="Ouvrir la fiche gardée").click()
    expect(main).to_contain_text("06 39 98 00 09")
    page.goto(merged)
    press(page, "Séparer les deux fiches")
    expect(main).to_contain_text("Les deux fiches sont de nouveau séparées.")
    page.goto("/bureau/doublons/")
    expect(main).to_contain_text("Aucune fiche en double à vérifier.")
