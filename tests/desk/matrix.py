"""Who reaches what at the desk, written down a second time, by hand: the test compares it with what the house does.

One line for each address or family of addresses (``*`` at the end of a name stands for the rest): eight letters, one
for each of ``ROLES``. L: led to sign-in. D: denied, 403. O: the door is open (the page, or its own redirect, 404 or
405). An address without name goes by its view's dotted path. An address that no line covers fails the test: whoever
adds one decides here, and in ``bocage/desk/access.py``. Our own addresses have a line each: families are Wagtail's.
"""

ROLES = ("anonymous", "resident", "reception", "agent", "manager", "elected", "editor", "administrator")

EVERY_AGENT = "LDOOOOOO"
CASE_AGENTS = "LDOOODDO"
PLACE_KEEPERS = "LDODODDO"
PLACE_MAKERS = "LDDDODDO"
EDITORS = "LDDDDDOO"
ADMINISTRATORS = "LDDDDDDO"
NOBODY = "LDDDDDDD"

TABLE = {
    # The shell
    "wagtailadmin_home": EVERY_AGENT,
    "wagtailadmin_login": EVERY_AGENT,
    "wagtailadmin_logout": EVERY_AGENT,
    "wagtailadmin_sprite": EVERY_AGENT,
    "wagtailadmin_javascript_catalog": EVERY_AGENT,
    "wagtailadmin_dismissibles": EVERY_AGENT,
    "wagtail.admin.views.home.default": EVERY_AGENT,  # Wagtail's 404 page
    "django.views.generic.base.TemplateView": ADMINISTRATORS,  # /bureau/test404/
    "wagtailadmin_account": EVERY_AGENT,  # leads to « Mon compte »
    "wagtailadmin_password_reset*": NOBODY,
    "wagtailadmin_error_test": NOBODY,
    # The desk's own pages
    "desk_today": EVERY_AGENT,
    "desk_account": EVERY_AGENT,
    "desk_absences": CASE_AGENTS,
    "desk_end_absence": CASE_AGENTS,
    "desk_failures": ADMINISTRATORS,
    "desk_failure_retry": ADMINISTRATORS,
    "desk_failure_abandon": ADMINISTRATORS,
    # Agents' accounts and posts
    "identity_desk:agents": ADMINISTRATORS,
    "identity_desk:invite": ADMINISTRATORS,
    "identity_desk:agent": ADMINISTRATORS,
    "identity_desk:invite_again": ADMINISTRATORS,
    "identity_desk:grant": ADMINISTRATORS,
    "identity_desk:end_post": ADMINISTRATORS,
    "identity_desk:close": ADMINISTRATORS,
    "identity_desk:reopen": ADMINISTRATORS,
    # The counter and cases: bounded further by the agent's scope, which ``OBJECTS`` below shows; figures carry no name
    "cases_counter": CASE_AGENTS,
    "cases_new_person": CASE_AGENTS,
    "cases_person": CASE_AGENTS,
    "cases_edit_person": CASE_AGENTS,
    "cases_person_note": CASE_AGENTS,
    "cases_hand_over": CASE_AGENTS,
    "cases_scans": CASE_AGENTS,
    "cases_entry": CASE_AGENTS,
    "cases_entry_form": CASE_AGENTS,
    "cases_entry_document": CASE_AGENTS,
    "cases_worklist": CASE_AGENTS,
    "cases_desk": CASE_AGENTS,
    "cases_entered": CASE_AGENTS,
    "cases_reveal": CASE_AGENTS,
    "cases_desk_receipt": CASE_AGENTS,
    "cases_add_documents": CASE_AGENTS,
    "cases_document": CASE_AGENTS,
    "cases_move": CASE_AGENTS,
    "cases_note": CASE_AGENTS,
    "cases_message": CASE_AGENTS,
    "cases_read": CASE_AGENTS,
    "cases_assign": CASE_AGENTS,
    "cases_service_part": CASE_AGENTS,
    "cases_letter": CASE_AGENTS,
    "cases_view_new": CASE_AGENTS,
    "cases_view_remove": CASE_AGENTS,
    "cases_canned": CASE_AGENTS,
    "cases_canned_new": CASE_AGENTS,  # whoever manages no service is told so
    "cases_canned_change": CASE_AGENTS,
    "cases_canned_remove": CASE_AGENTS,
    "cases_bulk": CASE_AGENTS,
    "cases_exports": CASE_AGENTS,
    "cases_export_new": CASE_AGENTS,
    "cases_export_file": CASE_AGENTS,  # one's own
    "cases_export_remove": CASE_AGENTS,
    "cases_forward": CASE_AGENTS,
    "cases_attestation": CASE_AGENTS,
    "cases_reasons": CASE_AGENTS,
    "cases_rules": CASE_AGENTS,
    "cases_prepare": CASE_AGENTS,
    "cases_signatures": CASE_AGENTS,
    "cases_send_back": CASE_AGENTS,
    "cases_figures": "LDOOOODO",
    "cases_year": "LDOOOODO",
    # Letters
    "messaging_desk:letters": CASE_AGENTS,
    "messaging_desk:print": CASE_AGENTS,
    "messaging_desk:batches": CASE_AGENTS,
    "messaging_desk:batch": CASE_AGENTS,
    "messaging_desk:batch_pdf": CASE_AGENTS,
    "messaging_desk:letter_pdf": CASE_AGENTS,
    "messaging_desk:returns": CASE_AGENTS,
    "messaging_desk:send_again": CASE_AGENTS,
    # Places
    "territory_desk:places": PLACE_KEEPERS,
    "territory_desk:new_place": PLACE_MAKERS,
    "territory_desk:place": PLACE_KEEPERS,
    "territory_desk:add_closure": PLACE_KEEPERS,
    "territory_desk:remove_closure": PLACE_KEEPERS,
    # Organisations, and the services switched on
    "territory_desk:organisations": ADMINISTRATORS,
    "territory_desk:new_organisation": ADMINISTRATORS,
    "territory_desk:organisation": ADMINISTRATORS,
    "territory_desk:services": ADMINISTRATORS,
    "territory_desk:switch": ADMINISTRATORS,
    # Pages and news
    "wagtailadmin_explore*": EDITORS,
    "wagtailadmin_pages:*": EDITORS,
    "wagtailadmin_choose_page*": EDITORS,
    "wagtailadmin_api:*": EDITORS,
    "wagtailadmin_editing_sessions:*": EDITORS,
    "wagtailadmin_block_preview": EDITORS,
    "wagtailadmin_tag_*": EDITORS,
    "wagtail_bulk_action": EDITORS,
    "wagtailimages:*": EDITORS,
    "wagtailimages_chooser:*": EDITORS,
    "wagtaildocs:*": EDITORS,
    "wagtaildocs_chooser:*": EDITORS,
    "wagtailsnippets_publishing_*": EDITORS,
    "wagtailsnippetchoosers_publishing_*": EDITORS,
    # What concerns the whole installation
    "wagtailadmin_collections:*": ADMINISTRATORS,
    "wagtailadmin_workflows:*": ADMINISTRATORS,
    "wagtailadmin_reports:*": ADMINISTRATORS,
    "wagtailsites:*": ADMINISTRATORS,
    "wagtailsnippets:index": ADMINISTRATORS,
    "wagtailusers_users:*": NOBODY,
    "wagtailusers_groups:*": NOBODY,
}

#: Every address of ours that names an object: how it is asked, and which object it wants (``tests/desk/objects.py``).
#: Within an agent's reach it answers; out of it, as for an object that does not exist, 404; at an administrator's
#: address, the other agent does not even pass the door.
OBJECTS = {
    "cases_person": ("get", "person"),
    "cases_edit_person": ("get", "person"),
    "cases_person_note": ("post", "person"),
    "cases_hand_over": ("post", "person"),
    "cases_entry_form": ("get", "draft"),
    "cases_entry_document": ("get", "draft_document"),
    "cases_desk": ("get", "case"),
    "cases_entered": ("get", "case"),
    "cases_reveal": ("post", "case"),
    "cases_desk_receipt": ("get", "case"),
    "cases_add_documents": ("post", "case"),
    "cases_document": ("get", "document"),
    "cases_move": ("get", "transition"),
    "cases_note": ("post", "case"),
    "cases_message": ("post", "case"),
    "cases_read": ("post", "case"),
    "cases_assign": ("post", "case"),
    "cases_service_part": ("post", "case"),
    "cases_letter": ("post", "case"),
    "cases_forward": ("get", "case"),
    "cases_attestation": ("post", "case"),
    "cases_reasons": ("get", "reasons"),
    "cases_rules": ("post", "case"),
    "cases_prepare": ("get", "decidable"),
    "cases_send_back": ("post", "proposal"),
    "cases_entry": ("get", "procedure"),
    "cases_year": ("get", "commune"),
    "cases_view_remove": ("post", "view"),
    "cases_canned_change": ("get", "canned"),
    "cases_canned_remove": ("post", "canned"),
    "cases_export_file": ("get", "export"),
    "cases_export_remove": ("post", "export"),
    "messaging_desk:batch": ("get", "batch"),
    "messaging_desk:batch_pdf": ("get", "batch"),
    "messaging_desk:letter_pdf": ("get", "letter"),
    "territory_desk:place": ("get", "place"),
    "territory_desk:add_closure": ("post", "place"),
    "territory_desk:remove_closure": ("post", "closure"),
    "territory_desk:organisation": ("get", "organisation"),
    "territory_desk:switch": ("post", "service"),
    "messaging_desk:send_again": ("get", "returned"),
    "desk_end_absence": ("get", "absence"),
    "desk_failure_retry": ("post", "failure"),
    "desk_failure_abandon": ("post", "failure"),
    "identity_desk:agent": ("get", "colleague"),
    "identity_desk:invite_again": ("post", "colleague"),
    "identity_desk:grant": ("get", "colleague"),
    "identity_desk:end_post": ("get", "colleagues_post"),
    "identity_desk:close": ("get", "colleague"),
    "identity_desk:reopen": ("post", "colleague"),
}
