"""Make ``sheets.json`` from an export of the State's guides (see SOURCES.md): ``prepare.py FOLDER``.

It keeps what the portal shows and no more: titles, themes, the descriptions of the sheets that town halls are asked
for, and what to bring where the full sheet lists it. One sheet a line: ``[id, title, theme, {description, bring}]``.
"""

import csv
import gzip
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
# What concerns neither a resident nor this territory, or titles in words that the portal does not use.
LEFT_OUT = (
    "fonction publique", "usager", "téléservice", "dématérialis", "consul", "vivre à l'étranger", "à paris", "mayotte",
    "guyane", "corse", "français à l'étranger", "greta", "(kid", "kid -", "renew -", "iop", "outre-mer",
)  # fmt: skip
SHEETS_LEFT_OUT = {"F34976", "F35113", "F34968", "F35212", "F35154", "F34478"}  # drafts and stubs of the export


def words(node: dict) -> str:
    """The text of a node of a full sheet."""
    return node.get("text", "") + "".join(words(child) for child in node.get("children", []))


def find(node: dict, name: str) -> list[dict]:
    """The nodes of that name below a node, not looking inside one another."""
    found = []
    for child in node.get("children", []):
        found += [child] if child.get("name") == name else find(child, name)
    return found


def title(node: dict) -> str:
    """The title of a chapter or a case."""
    return next((words(child).strip() for child in node.get("children", []) if child.get("name") == "Titre"), "")


def to_bring(sheet: dict) -> list[str]:
    """The first and most usual case of the chapter « Pièces à fournir »; empty where the sheet has none."""
    for chapter in find(sheet, "Chapitre"):
        if title(chapter) != "Pièces à fournir":
            continue
        case: dict = chapter
        while inner := find(case, "Cas"):
            case = inner[0]
        items = (" ".join(words(item).split()) for one in find(case, "Liste") for item in one.get("children", []))
        return [item for item in items if item and "dématérialis" not in item]
    return []


def main(source: Path) -> None:
    """Write sheets.json beside this file."""
    full = {path.stem: json.loads(path.read_text()) for path in (source / "brut").glob("F*.json")}
    described = {
        sheet["id"]: sheet["description"]
        for sheet in json.loads((source / "fiches_communales_2020-11.json").read_text())
        if len(sheet["description"]) > 40 and not any(word in sheet["description"].lower() for word in LEFT_OUT)
    }
    with gzip.open(source / "service_public_index_2020-11.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    themes: dict[str, int] = {}
    sheets = []
    for row in sorted(rows, key=lambda row: (row["id"][0] != "N", int(row["id"][1:]))):
        name = row["titre"].replace("\u00a0", " ").strip()
        path = row["theme"].replace("\u00a0", " ").split(" > ")[1:-1][:2]
        if (
            row["id"][0] not in "NF"
            or row["public"] != "particuliers"
            or row["id"] in SHEETS_LEFT_OUT
            or any(word in f"{name} {' '.join(path)}".lower() for word in LEFT_OUT)
        ):
            continue
        theme = " > ".join(path)
        more: dict[str, object] = {}
        if row["id"] in described:
            more["description"] = " ".join(described[row["id"]].split())
        if row["id"] in full and (bring := to_bring(full[row["id"]])):
            more["bring"] = bring
        sheets.append([row["id"], name, themes.setdefault(theme, len(themes)), *([more] if more else [])])
    lines = ",\n".join(json.dumps(sheet, ensure_ascii=False, separators=(",", ":")) for sheet in sheets)
    themes_json = json.dumps(list(themes), ensure_ascii=False, indent=1)
    (HERE / "sheets.json").write_text(
        f'{{"collected": "2020-11",\n"themes": {themes_json},\n"sheets": [\n{lines}\n]}}\n', encoding="utf-8"
    )
    sys.stdout.write(f"{len(sheets)} sheets, {sum('bring' in str(sheet[3:]) for sheet in sheets)} with what to bring\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
