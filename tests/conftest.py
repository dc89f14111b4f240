"""Fixtures and strictness shared by every test."""

import os

os.environ.setdefault("BOCAGE_MODE", "test")
