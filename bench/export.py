"""Exports of 50,000 cases with all their answers, to ODS and to CSV, by the worker's own path, with progress written.

One process makes both, one after the other; peak_mib is the most memory the kernel saw it hold, Django included.
Wanted: ods_s and csv_s <= 60, peak_mib <= 300.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from bench import lib, seed
from tests.house import environment

CASES = 50_000


def run(kind: str) -> lib.Figures:
    """The benchmark: a process of its own, so that its memory is the export's alone."""
    with seed.data(kind) as (url, var):
        told = subprocess.run(
            [sys.executable, "-m", "bench.export"],
            cwd=seed.ROOT,
            env=environment(var, url),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
    return dict(json.loads(told.stdout.splitlines()[-1]))


def _peak_mib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) // 1024


def main() -> None:
    """Give half of the town's cases to one procedure, then export them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bocage.settings")
    import django

    django.setup()
    from django.utils import timezone

    from bocage.base import outbox
    from bocage.cases.exports.operations import ask_export
    from bocage.cases.models import Case, Export, Procedure
    from bocage.cases.queries import Filters
    from bocage.identity.actors import actor_of_account
    from bocage.identity.models import Account

    own = Procedure.objects.get(slug="composteur")
    other = Procedure.objects.exclude(pk=own.pk).exclude(current=None).first()
    filed = Case.objects.exclude(state="")
    last = filed.order_by("pk").values_list("pk", flat=True)[CASES - 1]
    filed.filter(pk__lte=last).update(procedure=own, version=own.current_id)
    if other is not None:
        filed.filter(pk__gt=last).update(procedure=other, version=other.current_id)
    account = Account.objects.filter(posts__role="administrator").order_by("pk")[0]
    figures: lib.Figures = {"cases": CASES, "memory_at_rest_mib": _peak_mib()}
    for format_ in ("ods", "csv"):
        filters = Filters(situation="all", procedure=own.slug)
        actor = actor_of_account(account)
        export = ask_export(account, filters, format_=format_, sensitive=False, actor=actor, now=timezone.now())
        begun = time.monotonic()
        outbox.drain(timezone.now(), queue_names=["exports"])
        export = Export.objects.get(pk=export.pk)
        if export.state != "ready" or export.total != CASES:
            raise RuntimeError(f"{format_}: {export.state}, {export.total} cases")
        figures[f"{format_}_s"] = round(time.monotonic() - begun, 1)
        figures[f"{format_}_kib"] = export.size // 1024
    print(json.dumps(figures | {"peak_mib": _peak_mib()}))


if __name__ == "__main__":
    main()
