"""``python -m bocage`` is the ``bocage`` command."""

import sys

from bocage.cli import main

sys.exit(main())
