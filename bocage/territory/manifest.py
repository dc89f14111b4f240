"""What this app tells the rest of the house."""

from bocage.base.manifest import DeskEntry, Feed, Manifest, PortalEntry, SearchSource

manifest = Manifest(
    name="territory",
    label="Territoire",
    summary="Communes, mairies et lieux, avec leurs horaires et leurs fermetures.",
    icon="pin",
    portal=(PortalEntry(label="Communes", url_name="communes", summary="La mairie et les lieux de chaque commune"),),
    desk=(
        DeskEntry(label="Lieux et horaires", url_name="territory_desk:places", icon="site", order=70),
        DeskEntry(label="Organismes", url_name="territory_desk:organisations", icon="site", order=93),
        DeskEntry(label="Services ouverts", url_name="territory_desk:services", icon="site", order=94),
    ),
    search=(SearchSource(name="territory", label="Communes et lieux", path="bocage.territory.search.items"),),
    open_data=(
        Feed(
            name="communes",
            label="Communes (GeoJSON)",
            path="bocage.territory.opendata.communes_collection",
            licence="Licence Ouverte 2.0",
        ),
        Feed(
            name="lieux",
            label="Lieux : mairies, accueils, déchèteries, avec leurs horaires",
            path="bocage.territory.opendata.place_rows",
            licence="Licence Ouverte 2.0",
        ),
    ),
    load="bocage.territory.demo.load",
    load_order=0,
    demo="bocage.territory.demo.demonstration",
    demo_order=0,
)
