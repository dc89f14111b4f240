"""Who reaches what at the desk, written down a second time, by hand: the test compares it with what the house does.

One line for each address or family of addresses (``*`` at the end of a name stands for the rest): eight letters, one
for each of ``ROLES``. L: led to sign-in. D: denied, 403. O: the door is open (the page, or its own redirect, 404 or
405). An address without name goes by its view's dotted path. An address that no line covers fails the test: whoever
adds one decides here, and in ``bocage/desk/access.py``.
"""

ROLES = ("anonymous", "resident", "reception", "agent", "manager", "elected", "editor", "administrator")

EVERY_AGENT = "LDOOOOOO"
CASE_AGENTS = "LDOOODDO"
MANAGERS = "LDDDODDO"
PLACE_KEEPERS = "LDODODDO"
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
    "wagtailadmin_account": NOBODY,
    "wagtailadmin_password_reset*": NOBODY,
    "wagtailadmin_error_test": NOBODY,
    # Cases, letters, places: bounded further by the agent's scope in each view
    "cases_entry": CASE_AGENTS,
    "cases_desk": CASE_AGENTS,
    "messaging_desk:letters": CASE_AGENTS,
    "messaging_desk:print": CASE_AGENTS,
    "messaging_desk:batches": CASE_AGENTS,
    "messaging_desk:batch": CASE_AGENTS,
    "messaging_desk:batch_pdf": CASE_AGENTS,
    "messaging_desk:letter_pdf": CASE_AGENTS,
    "messaging_desk:returns": CASE_AGENTS,
    "territory_desk:places": PLACE_KEEPERS,
    "territory_desk:new_place": PLACE_KEEPERS,
    "territory_desk:place": PLACE_KEEPERS,
    "territory_desk:add_closure": PLACE_KEEPERS,
    "territory_desk:remove_closure": PLACE_KEEPERS,
    # The desk's own pages
    "desk_*": EVERY_AGENT,
    # The counter and cases; figures carry no name
    "cases_*": CASE_AGENTS,
    "cases_figures": "LDOOOODO",
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
