"""What the portal tells the rest of the house."""

from bocage.base.manifest import Manifest, PortalEntry

manifest = Manifest(
    name="portal",
    label="Portail",
    summary="L’accueil, « Ma commune », l’aide et « Mon espace ».",
    icon="home",
    portal=(
        PortalEntry(label="Accueil", url_name="home", order=1),
        PortalEntry(label="Démarches", url_name="procedures", order=10),
        PortalEntry(label="Actualités", url_name="wagtail_serve", args=("actualites/",), order=200),
        PortalEntry(label="Aide", url_name="help", order=900),
    ),
)
