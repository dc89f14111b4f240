"""What this app tells the rest of the house."""

from datetime import timedelta

from bocage.base.manifest import (
    DeskEntry,
    Job,
    Manifest,
    PersonalData,
    PersonRows,
    Processing,
    Read,
    Retention,
    TodaySource,
    Topic,
)

manifest = Manifest(
    name="privacy",
    label="Données personnelles",
    summary="Les droits des personnes sur leurs données, les durées, le registre, les violations.",
    icon="user",
    desk=(
        DeskEntry(label="Données personnelles", url_name="privacy_desk:home", icon="user", order=95),
        DeskEntry(
            label="Droits sur les données",
            url_name="privacy_desk:people",
            icon="user",
            permission="bocage.privacy.queries.serves_the_public",
            order=95,
        ),
    ),
    today=(TodaySource(name="privacy", path="bocage.privacy.desk_sources.today_lines", order=60),),
    topics=(
        Topic(
            name="privacy.copy",
            path="bocage.privacy.operations.copies.run_copy",
            label="Préparation d’une archive de données",
            queue="exports",
            max_attempts=3,
            lease=timedelta(minutes=3),
        ),
        Topic(
            name="privacy.erase",
            path="bocage.privacy.operations.erasing.run_erasure",
            label="Effacement des données d’une personne",
            queue="jobs",
            max_attempts=30,
            lease=timedelta(minutes=10),
        ),
        Topic(
            name="privacy.retention",
            path="bocage.privacy.operations.retention.run_retention",
            label="Durées de conservation",
            queue="jobs",
            max_attempts=3,
            lease=timedelta(minutes=30),
        ),
    ),
    jobs=(
        Job(
            name="privacy.retention",
            path="bocage.privacy.operations.retention.start_retention",
            every=timedelta(days=1),
            at="03:40",
        ),
        Job(
            name="privacy.tell-unused",
            path="bocage.privacy.operations.unused.tell_unused",
            every=timedelta(days=1),
            at="09:40",
        ),
        Job(
            name="privacy.sweep-files",
            path="bocage.privacy.operations.copies.sweep_files",
            every=timedelta(days=1),
            at="04:15",
        ),
    ),
    personal_data=(
        PersonalData(
            name="privacy",
            label="Vos demandes sur vos données",
            export="bocage.privacy.personal_data.export",
            erase="bocage.privacy.personal_data.erase",
            fate="bocage.privacy.personal_data.fate",
            words="bocage.privacy.personal_data.WORDS",
            kept_for="7 jours pour une archive ; le jour d’un effacement, sans nom, sans limite",
            tables=(
                "privacy.DataCopy",
                "privacy.Erasure",
                "privacy.UnusedAccount",
                "base.Event",  # ids alone; its payload is what erasing takes away
                "base.Payload",
            ),
        ),
    ),
    person_rows=(
        PersonRows(
            name="privacy.Erasure.person",
            label="effacements demandés",
            move="bocage.privacy.operations.erasing.move_erasures",
        ),
    ),
    traces=("privacy.Breach",),
    retentions=(
        Retention(
            name="privacy.copies",
            label="Archives de données téléchargeables",
            rule="7 jours",
            run="bocage.privacy.operations.copies.expire_copies",
            due="bocage.privacy.operations.copies.copies_due",
            order=40,
        ),
        Retention(
            name="privacy.accounts",
            label="Comptes inutilisés",
            rule="2 ans sans connexion, puis 30 jours après un avertissement",
            run="bocage.privacy.operations.unused.close_unused",
            due="bocage.privacy.operations.unused.closing_due",
            order=50,
        ),
        Retention(
            name="privacy.people",
            label="Fiches dont plus rien n’a besoin",
            rule="2 ans après leur création, sans compte, demande, foyer ni mandat",
            run="bocage.privacy.operations.unused.erase_unneeded",
            due="bocage.privacy.operations.unused.unneeded_due",
            order=51,
        ),
        Retention(
            name="privacy.reports",
            label="Comptes rendus de ces effacements",
            rule="3 ans",
            run="bocage.privacy.operations.retention.forget_reports",
            due="bocage.privacy.operations.retention.reports_due",
            order=95,
        ),
    ),
    processings=(
        Processing(
            name="privacy.rights",
            label="Droits des personnes sur leurs données",
            purpose="Donner, corriger et effacer les données de qui le demande, et pouvoir le prouver.",
            basis="Obligation légale (règlement européen, art. 6, paragraphe 1, point c, et art. 12 à 22)",
            people="Personnes qui exercent leurs droits",
            data="Jour et voie de la demande, vérification faite de l’identité jusqu’à l’effacement, issue",
            recipients="Le délégué à la protection des données, l’administration du portail",
            kept="L’archive, 7 jours ; la trace d’un effacement, sans nom, sans limite",
            order=80,
        ),
    ),
    reads=(Read(kind="privacy.breach_taken", label="a emporté la liste des personnes touchées par une violation"),),
    demo="bocage.privacy.demo.load",
    demo_order=400,
)
