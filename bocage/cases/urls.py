"""Addresses of procedures and cases on the portal."""

from django.urls import URLPattern, URLResolver, path

from bocage.cases.views import cases, correct, drafts, issued, opinion, procedures, rights, satisfaction, track

urlpatterns: list[URLPattern | URLResolver] = [
    path("demarches/", procedures.procedure_list, name="procedures"),
    path("demarches/<slug:slug>/", procedures.procedure_page, name="procedure"),
    path("demarches/<slug:slug>/commencer/", procedures.procedure_start, name="procedure_start"),
    path("demarches/<slug:slug>/imprimer/", procedures.procedure_print, name="procedure_print"),
    path("demarches/<slug:slug>/aide/", procedures.procedure_help, name="procedure_help"),
    path("suivi/", track.track, name="track"),
    path("suivi/<str:token>/", track.track_link, name="track_link"),
    path("avis-demande/<str:token>/", opinion.opinion, name="opinion"),
    path("avis/<str:token>/", satisfaction.questions, name="satisfaction"),
    path("dossiers/<str:reference>/", cases.case_page, name="case_page"),
    path("dossiers/<str:reference>/fermer/", track.case_close, name="case_close"),
    path("dossiers/<str:reference>/code/", drafts.case_code, name="case_code"),
    path("dossiers/<str:reference>/reprendre/", drafts.case_resume, name="case_resume"),
    path("dossiers/<str:reference>/etape/<slug:step_id>/", drafts.case_step, name="case_step"),
    path("dossiers/<str:reference>/enregistrer/", drafts.case_autosave, name="case_autosave"),
    path("dossiers/<str:reference>/enregistre/", drafts.case_saved, name="case_saved"),
    path("dossiers/<str:reference>/verifier/", drafts.case_check, name="case_check"),
    path("dossiers/<str:reference>/effacer/", drafts.case_discard, name="case_discard"),
    path("dossiers/<str:reference>/historique/", cases.case_history, name="case_history"),
    path("dossiers/<str:reference>/envoyee/", cases.case_sent, name="case_sent"),
    path("dossiers/<str:reference>/recepisse/", cases.case_receipt, name="case_receipt"),
    path("dossiers/<str:reference>/tout/", cases.case_everything, name="case_everything"),
    path("dossiers/<str:reference>/documents/<str:key>/", cases.case_document, name="case_document"),
    path("dossiers/<str:reference>/message/", cases.case_message, name="case_message"),
    path("dossiers/<str:reference>/rattacher/", cases.case_claim, name="case_claim"),
    path("dossiers/<str:reference>/corriger/", correct.case_correct, name="case_correct"),
    path("dossiers/<str:reference>/attestation/", rights.case_attestation, name="case_attestation"),
    path("dossiers/<str:reference>/motifs/", rights.case_ask_reasons, name="case_ask_reasons"),
    path("dossiers/<str:reference>/regles/", rights.case_ask_rules, name="case_ask_rules"),
    path("dossiers/<str:reference>/delivre/<str:number>/", issued.document, name="case_issued"),
    path("dossiers/<str:reference>/delivre/<str:number>/perdu/", issued.lost, name="case_issued_lost"),
    path("dossiers/<str:reference>/delivre/<str:number>/autre/", issued.again, name="case_issued_again"),
    path("verifier/", issued.find, name="issued_find"),
    path("verifier/<str:number>/", issued.check, name="issued_check"),
    path("dossiers/<str:reference>/retirer/", cases.case_withdraw, name="case_withdraw"),
]
