"""What tests of pages take from the living house (fixtures are in visiting.py, shared with tests/journeys)."""

from tests.browser.visiting import CHROMIUM, QUIET, Visitor, axe, fits, take_picture

__all__ = ["CHROMIUM", "QUIET", "Visitor", "axe", "fits", "take_picture"]
