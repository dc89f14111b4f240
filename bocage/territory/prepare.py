"""Makes a territory's folder from public data: run once by whoever adds a territory, not by the installation.

``python -m bocage.territory.prepare <folder of public data> data/territories/<slug>`` copies communes, contours,
delegated communes and school holidays as they are, and the directory of town halls **without its e-mail addresses**:
this project never writes to a town hall, and a file without addresses cannot be the cause of it.
"""

import json
import shutil
import sys
from pathlib import Path

COPIED = {
    "communes.csv": "communes.csv",
    "communes_deleguees.csv": "communes_deleguees.csv",
    "communes.geojson": "communes.geojson",
    "calendriers/vacances_zone_b.csv": "calendars/school_zone_b.csv",
}
TOWN_HALL_FIELDS = (
    "insee",
    "nom",
    "adresse",
    "telephone",
    "site",
    "accessibilite",
    "accessibilite_details",
    "horaires",
    "localisation",
)


def prepare(source: Path, target: Path) -> None:
    """Fill ``target`` from ``source``.

    Raises OSError when a file is missing, ValueError when an e-mail address would remain in the town halls.
    """
    for origin, copy in COPIED.items():
        (target / copy).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / origin, target / copy)
    rows = json.loads((source / "mairies.json").read_text(encoding="utf-8"))
    kept = [{field: row[field] for field in TOWN_HALL_FIELDS} for row in rows]
    text = "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in kept) + "\n]\n"
    if "@" in text:
        raise ValueError("an e-mail address is left in the town halls")
    (target / "mairies.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), Path(sys.argv[2]))
