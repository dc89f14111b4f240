"""What this app tells the rest of the house."""

from datetime import timedelta

from bocage.base.manifest import DeskEntry, Job, Manifest, PersonalData, PersonRows, TodaySource

manifest = Manifest(
    name="identity",
    label="Identité",
    summary="Personnes, comptes, foyers, mandats, et ce que voient les agents.",
    personal_data=(
        PersonalData(
            name="identity",
            label="Nom, coordonnées, foyers, organismes et mandats",
            export="bocage.identity.personal_data.export",
            erase="bocage.identity.personal_data.erase",
            kept_for="tant que vous avez un compte ou un dossier en cours",
        ),
    ),
    person_rows=(
        PersonRows(
            name="identity.Membership.person",
            label="parts dans un foyer",
            move="bocage.identity.operations.following.move_members",
            rows="bocage.identity.operations.following.members_that_follow",
            told="bocage.identity.duplicates.homes_told",
        ),
        PersonRows(
            name="identity.OrganisationMembership.person",
            label="organismes pour lesquels la personne agit",
            move="bocage.identity.operations.following.move_organisation_members",
            rows="bocage.identity.operations.following.organisation_members_that_follow",
            told="bocage.identity.duplicates.organisations_told",
        ),
        PersonRows(
            name="identity.Mandate.principal",
            label="mandats donnés",
            move="bocage.identity.operations.following.move_mandates_given",
            rows="bocage.identity.operations.following.mandates_given_that_follow",
        ),
        PersonRows(
            name="identity.Mandate.holder_person",
            label="mandats reçus",
            move="bocage.identity.operations.following.move_mandates_held",
            rows="bocage.identity.operations.following.mandates_held_that_follow",
        ),
        PersonRows(
            name="identity.MandateAsk.principal",
            label="accords demandés pour un mandat",
            move="bocage.identity.operations.following.move_asks_given",
        ),
        PersonRows(
            name="identity.MandateAsk.holder_person",
            label="mandats proposés",
            move="bocage.identity.operations.following.move_asks_held",
        ),
        PersonRows(
            name="identity.ExternalIdentity.account",
            label="identités FranceConnect ou ProConnect",
            of="account",
            move="bocage.identity.operations.following.move_identities",
            rows="bocage.identity.operations.following.identities_that_follow",
        ),
        PersonRows(
            name="identity.SiteConsent.account",
            label="accords donnés à d’autres sites",
            of="account",
            move="bocage.identity.operations.following.move_site_consents",
            rows="bocage.identity.operations.following.site_consents_that_follow",
        ),
    ),
    desk=(
        DeskEntry(label="Fiches en double", url_name="identity_duplicates:list", icon="users", order=91),
        DeskEntry(label="Agents et accès", url_name="identity_desk:agents", icon="users", order=92),
        DeskEntry(label="Sites reliés", url_name="identity_sites:list", icon="site", order=94),
    ),
    today=(TodaySource(name="duplicates", path="bocage.identity.duplicates.today_lines", order=40),),
    jobs=(
        Job(
            name="identity.find-duplicates",
            path="bocage.identity.duplicates.find",
            every=timedelta(days=1),
            at="02:50",
        ),
        Job(
            name="identity.follow-merges",
            path="bocage.identity.operations.merging.follow_late",
            every=timedelta(hours=1),
        ),
        Job(
            name="identity.forget-merges",
            path="bocage.identity.operations.merging.forget_merges",
            every=timedelta(days=1),
            at="03:30",
        ),
        Job(
            name="identity.follow-posts",
            path="bocage.identity.operations.posts.follow_posts",
            every=timedelta(days=1),
            at="00:10",
        ),
        Job(
            name="identity.forget-links",
            path="bocage.identity.operations.links.forget_links",
            every=timedelta(days=1),
            at="00:20",
        ),
        Job(
            name="identity.signing-keys",
            path="bocage.identity.provider.load",
            every=timedelta(days=1),
            at="02:40",
        ),
    ),
    load="bocage.identity.provider.load",
    sealed=("bocage.identity.sealing.reseal_all",),
    demo="bocage.identity.demo.load",
    demo_order=20,
)
