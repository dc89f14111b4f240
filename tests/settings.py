"""Bocage's settings in test mode, so that plain ``pytest`` works too."""

import os

os.environ["BOCAGE_MODE"] = "test"

from bocage.settings import *  # noqa: F403
