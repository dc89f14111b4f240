"""Bocage's settings in test mode, with a ``var/`` of one's own: an installation here is neither read nor touched."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

VAR = Path(tempfile.mkdtemp(prefix="bocage-test-"))
(VAR / "static").mkdir()
atexit.register(shutil.rmtree, VAR, ignore_errors=True)
os.environ["BOCAGE_VAR"] = str(VAR)
os.environ["BOCAGE_MODE"] = "test"

from bocage.settings import *  # noqa: E402, F403
