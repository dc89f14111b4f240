"""Addresses of cases at the desk, under /bureau/; who reaches them is in ``bocage.desk.access``."""

from django.urls import URLPattern, path

from bocage.cases.desk_views import (
    acts,
    bulk,
    canned,
    counter,
    entry,
    exports,
    figures,
    legal,
    move,
    page,
    saved,
    scans,
    signing,
    worklist,
)

urlpatterns: list[URLPattern] = [
    # The counter
    path("accueil/", counter.counter, name="cases_counter"),
    path("accueil/personnes/nouvelle/", counter.new_person, name="cases_new_person"),
    path("accueil/personnes/<id:pk>/", counter.person_page, name="cases_person"),
    path("accueil/personnes/<id:pk>/corriger/", counter.edit_person, name="cases_edit_person"),
    path("accueil/personnes/<id:pk>/noter/", counter.person_note, name="cases_person_note"),
    path("accueil/personnes/<id:pk>/passer/", counter.hand_over, name="cases_hand_over"),
    # Entry from paper or telephone
    path("scans/", scans.scans, name="cases_scans"),
    path("saisie/<slug:slug>/", entry.start, name="cases_entry"),
    path("saisie/<slug:slug>/<str:reference>/", entry.form, name="cases_entry_form"),
    path("papiers/<str:reference>/<str:key>/", entry.entry_document, name="cases_entry_document"),
    # Cases
    path("dossiers/", worklist.cases, name="cases_worklist"),
    path("dossiers/<str:reference>/", page.case_page, name="cases_desk"),
    path("dossiers/<str:reference>/saisi/", entry.entered, name="cases_entered"),
    path("dossiers/<str:reference>/proteges/", page.reveal, name="cases_reveal"),
    path("dossiers/<str:reference>/recepisse/", page.receipt, name="cases_desk_receipt"),
    path("dossiers/<str:reference>/documents/", acts.add_documents, name="cases_add_documents"),
    path("dossiers/<str:reference>/documents/<str:key>/", page.document, name="cases_document"),
    path("dossiers/<str:reference>/avancer/<str:transition>/", move.move, name="cases_move"),
    path("dossiers/<str:reference>/noter/", acts.note, name="cases_note"),
    path("dossiers/<str:reference>/message/", acts.message, name="cases_message"),
    path("dossiers/<str:reference>/lu/", acts.read, name="cases_read"),
    path("dossiers/<str:reference>/confier/", acts.assign, name="cases_assign"),
    path("dossiers/<str:reference>/service/", acts.service_part, name="cases_service_part"),
    path("dossiers/<str:reference>/lettre/", acts.letter, name="cases_letter"),
    # Views of the list, canned answers, acts on several cases
    path("vues/", saved.new, name="cases_view_new"),
    path("vues/<id:pk>/effacer/", saved.remove, name="cases_view_remove"),
    path("textes/", canned.answers, name="cases_canned"),
    path("textes/nouveau/", canned.new, name="cases_canned_new"),
    path("textes/<id:pk>/", canned.change, name="cases_canned_change"),
    path("textes/<id:pk>/effacer/", canned.remove, name="cases_canned_remove"),
    path("plusieurs-dossiers/", bulk.bulk, name="cases_bulk"),
    # Exports of the list
    path("exports/", exports.exports, name="cases_exports"),
    path("exports/nouveau/", exports.new, name="cases_export_new"),
    path("exports/<id:pk>/fichier/", exports.file, name="cases_export_file"),
    path("exports/<id:pk>/effacer/", exports.remove, name="cases_export_remove"),
    path("dossiers/<str:reference>/transmettre/", legal.forward, name="cases_forward"),
    path("dossiers/<str:reference>/attestation/", legal.attestation, name="cases_attestation"),
    path("dossiers/<str:reference>/motifs/", legal.reasons, name="cases_reasons"),
    path("dossiers/<str:reference>/regles/", legal.rules, name="cases_rules"),
    # The signature book
    path("dossiers/<str:reference>/preparer/", signing.prepare, name="cases_prepare"),
    path("parapheur/", signing.signatures, name="cases_signatures"),
    path("parapheur/<id:pk>/renvoyer/", signing.send_back, name="cases_send_back"),
    # Figures
    path("ma-commune/", figures.my_commune, name="cases_figures"),
    path("ma-commune/<str:insee>/", figures.year, name="cases_year"),
]
