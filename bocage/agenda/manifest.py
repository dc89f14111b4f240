"""What the agenda tells the rest of the house."""

from datetime import timedelta

from bocage.base.manifest import (
    DeskEntry,
    Job,
    Manifest,
    PersonalData,
    PersonRows,
    PortalEntry,
    Processing,
    Retention,
    Subscriber,
)

manifest = Manifest(
    name="agenda",
    label="Agenda",
    summary="Séances, inscriptions, listes d’attente, salles et rendez-vous.",
    icon="calendar",
    jobs=(
        Job(name="agenda.expire", path="bocage.agenda.jobs.expire", every=timedelta(minutes=1)),
        Job(name="agenda.remind", path="bocage.agenda.telling.remind", every=timedelta(minutes=10)),
        Job(name="agenda.reconcile", path="bocage.agenda.jobs.reconcile", every=timedelta(days=1), at="02:40"),
    ),
    person_rows=(
        PersonRows(
            name="agenda.Registration.person",
            label="inscriptions",
            move="bocage.agenda.operations.following.move_registrations",
        ),
        PersonRows(
            name="agenda.Registration.account",
            label="inscriptions faites avec ce compte",
            of="account",
            move="bocage.agenda.operations.following.move_account_registrations",
        ),
    ),
    subscribers=(
        *(
            Subscriber(kind=f"agenda.{kind}", name=f"agenda.tell_{kind}", path="bocage.agenda.telling.tell_change")
            for kind in ("enrolled", "waiting", "offered", "moved", "over")
        ),
        *(
            Subscriber(kind=f"agenda.{kind}", name=f"agenda.tell_{kind}", path="bocage.agenda.telling.tell_cancelled")
            for kind in ("session_cancelled", "series_cancelled")
        ),
    ),
    desk=(DeskEntry(label="Agenda", url_name="agenda_desk:sessions", icon="calendar", order=35),),
    portal=(
        PortalEntry(
            label="Agenda",
            url_name="agenda",
            act="enrol",
            summary="Ateliers, rencontres et sorties près de chez vous.",
            icon="calendar",
            order=10,
        ),
    ),
    personal_data=(
        PersonalData(
            name="agenda.registrations",
            label="Inscriptions et présences",
            export="bocage.agenda.privacy.export",
            erase="bocage.agenda.privacy.erase",
            fate="bocage.agenda.privacy.fate",
            words="bocage.agenda.privacy.WORDS",
            subjects="bocage.agenda.privacy.subjects",
            in_use="bocage.agenda.privacy.in_use",
            concerned="bocage.agenda.privacy.concerned",
            kept_for="2 ans après la séance, puis sans nom",
            tables=(
                "agenda.Registration",
                "agenda.Allocation",
                "agenda.WaitEntry",
                "agenda.Attendance",
            ),
        ),
    ),
    retentions=(
        Retention(
            name="agenda.registrations",
            label="Inscriptions et présences",
            rule="2 ans après la séance ; les nombres restent",
            run="bocage.agenda.privacy.retention",
            due="bocage.agenda.privacy.retention_due",
            order=15,
        ),
    ),
    processings=(
        Processing(
            name="agenda.registrations",
            label="Inscriptions aux séances, aux ateliers et aux rendez-vous",
            purpose="Tenir les listes d’inscrits et d’attente, accueillir chacun, compter les présences.",
            basis="Mission d’intérêt public (règlement européen, art. 6, paragraphe 1, point e)",
            people="Personnes inscrites, et qui les inscrit",
            data="Nom, adresse e-mail, téléphone, séance, présence, réponses posées par l’offre",
            recipients="Les agents et les animateurs de l’offre ; l’organisme qui l’anime, le cas échéant",
            kept="2 ans après la séance ; les nombres restent, sans nom",
            sensitive="Besoins particuliers dits par la personne (accessibilité)",
            order=35,
        ),
    ),
    sealed=("bocage.agenda.privacy.reseal_all",),
)
