"""What this app tells the rest of the house."""

from bocage.base.manifest import DeskEntry, Manifest, TodaySource

manifest = Manifest(
    name="desk",
    label="Bureau",
    summary="Ce que voient les agents : la journée, le menu, les absences.",
    icon="home",
    desk=(
        DeskEntry(label="À faire aujourd’hui", url_name="desk_today", icon="home", order=1),
        DeskEntry(label="Pages et actualités", url_name="wagtailadmin_explore_root", icon="file", order=80),
        DeskEntry(label="Ce qui n’a pas marché", url_name="desk_troubles", icon="bell", order=94),
        DeskEntry(label="Mes absences", url_name="desk_absences", icon="users", order=90),
    ),
    today=(
        TodaySource(name="letters", path="bocage.desk.sources.letters", order=10),
        TodaySource(name="troubles", path="bocage.desk.sources.cases_in_trouble", order=7),
        TodaySource(name="machines", path="bocage.desk.sources.machines", order=90),
    ),
)
