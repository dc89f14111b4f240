"""The desk's door: which role reaches which address (DESIGN.md §2, "The desk").

Every address under the desk passes here, Wagtail's own included. An address that no row lists is the administrator's
alone: choosers, usage, history and reports stay closed to bounded agents until a row opens them. What an agent sees
behind an open door is bounded by ``Scope`` in each view. To open an address of an app: add a row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from bocage.base.errors import bad_request
from bocage.identity import hats
from bocage.identity.models import Account, Role
from bocage.identity.queries import request_scope
from bocage.identity.second_factor import must_set_up
from bocage.identity.sittings import as_agent
from bocage.territory.queries import today

EVERY_AGENT = frozenset(Role.values)
CASE_AGENTS = frozenset({Role.MANAGER, Role.AGENT, Role.RECEPTION})
PLACE_KEEPERS = frozenset({Role.MANAGER, Role.RECEPTION})
EDITORS = frozenset({Role.EDITOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """Addresses, by a pattern of their names (``namespace:name``, ``*`` for any part), and the roles they open to.

    An address without name goes by its view's dotted path, as in Django's ``ResolverMatch.view_name``.
    The administrator is in every row but those that say NOBODY.
    """

    pattern: str
    roles: frozenset[str]


# Our own addresses, one by one: an address of tomorrow stays the administrator's until somebody decides.
COUNTER_AND_CASES = (
    "identity_home_asks:list",
    "identity_home_asks:ask",
    "identity_home_asks:accept",
    "identity_home_asks:refuse",
    "identity_protection:person",
    "identity_protection:end",
    "cases_counter",
    "cases_new_person",
    "cases_person",
    "cases_edit_person",
    "cases_person_note",
    "cases_hand_over",
    "cases_mandate_new",
    "cases_mandate_ask",
    "cases_mandate_drop",
    "cases_mandate_sheet",
    "cases_mandate_use",
    "cases_mandate_revoke",
    "cases_person_card",
    "cases_person_card_revoke",
    "cases_scans",
    "cases_entry",
    "cases_entry_form",
    "cases_entry_document",
    "cases_worklist",
    "cases_desk",
    "cases_entered",
    "cases_reveal",
    "cases_desk_receipt",
    "cases_add_documents",
    "cases_document",
    "cases_everything",
    "cases_move",
    "cases_note",
    "cases_message",
    "cases_read",
    "cases_assign",
    "cases_urgency",
    "cases_settle",
    "cases_signers",
    "cases_service_part",
    "cases_letter",
    "cases_answer",
    "cases_view_new",
    "cases_view_remove",
    "cases_canned",
    "cases_canned_new",
    "cases_canned_change",
    "cases_canned_remove",
    "cases_bulk",
    "cases_together",
    "cases_photo",
    "cases_exports",
    "cases_export_new",
    "cases_export_file",
    "cases_export_remove",
    "cases_forward",
    "cases_pass",
    "cases_attestation",
    "cases_reasons",
    "cases_rules",
    "cases_issued",
    "cases_issued_paper",
    "cases_issued_lost",
    "cases_prepare",
    "cases_signatures",
    "cases_send_back",
)
EDITOR = (
    "editor_procedures",
    "editor_new",
    "editor_library",
    "editor_import",
    "editor_edit",
    "editor_switch",
    "editor_export_published",
    "editor_outline",
    "editor_export",
    "editor_discard",
    "editor_move",
    "editor_preview",
    "editor_paper",
    "editor_specimen",
    "editor_compare",
    "editor_publish",
    "editor_scenarios",
    "editor_scenario",
    "editor_add",
    "editor_remove",
    "editor_item",
    "cases_agreements",
    "cases_agreement_new",
    "cases_agreement",
    "cases_agreement_logo",
    "cases_agreement_end",
)
DUPLICATES = (
    "identity_duplicates:list",
    "identity_duplicates:propose",
    "identity_duplicates:merges",
    "identity_duplicates:merge",
    "identity_duplicates:pair",
    "identity_duplicates:different",
)
AGENDA = (
    "agenda_desk:sessions",
    "agenda_desk:session",
    "agenda_desk:register",
    "agenda_desk:capacity",
    "agenda_desk:cancel_session",
    "agenda_desk:attendance",
    "agenda_desk:end",
)
LETTERS = (
    "messaging_desk:letters",
    "messaging_desk:print",
    "messaging_desk:batches",
    "messaging_desk:batch",
    "messaging_desk:batch_pdf",
    "messaging_desk:letter_pdf",
    "messaging_desk:returns",
    "messaging_desk:send_again",
)
ADMINISTRATION = (
    "identity_desk:agents",
    "identity_desk:invite",
    "identity_desk:agent",
    "identity_desk:invite_again",
    "identity_desk:grant",
    "identity_desk:end_post",
    "identity_desk:close",
    "identity_desk:reopen",
    "identity_desk:card",
    "identity_desk:card_revoke",
    "identity_members:list",
    "identity_members:add",
    "identity_members:end",
    "identity_members:helper",
    "identity_sites:list",
    "identity_sites:new",
    "identity_sites:site",
    "identity_sites:renew",
    "identity_sites:close",
    "territory_desk:organisations",
    "territory_desk:new_organisation",
    "territory_desk:organisation",
    "territory_desk:services",
    "territory_desk:switch",
    "desk_failures",
    "desk_failure_retry",
    "desk_failure_abandon",
)
RIGHTS = ("privacy_desk:people", "privacy_desk:person", "privacy_desk:erase", "privacy_desk:keep")
PRIVACY = (
    "privacy_desk:home",
    "privacy_desk:looks",
    "privacy_desk:retention",
    "privacy_desk:breaches",
    "privacy_desk:breach_new",
    "privacy_desk:breach",
    "privacy_desk:breach_file",
    "privacy_desk:breach_told",
    "privacy_desk:breach_close",
)
PLACES = (
    "territory_desk:places",
    "territory_desk:place",
    "territory_desk:add_closure",
    "territory_desk:remove_closure",
)

ROWS = (
    # The shell
    Row("wagtailadmin_home", EVERY_AGENT),
    Row("wagtailadmin_login", EVERY_AGENT),
    Row("wagtailadmin_logout", EVERY_AGENT),
    Row("wagtailadmin_sprite", EVERY_AGENT),
    Row("wagtailadmin_javascript_catalog", EVERY_AGENT),
    Row("wagtailadmin_dismissibles", EVERY_AGENT),
    Row("wagtail.admin.views.home.default", EVERY_AGENT),  # Wagtail's catch-all without name: its 404 page
    # Cases, letters, places: each view bounds what it shows by the agent's scope
    Row("desk_today", EVERY_AGENT),
    Row("desk_account", EVERY_AGENT),
    Row("desk_absences", CASE_AGENTS),  # nobody stands in for someone who handles no case
    Row("desk_end_absence", CASE_AGENTS),
    *(Row(name, CASE_AGENTS) for name in (*COUNTER_AND_CASES, *AGENDA, *LETTERS)),
    Row("desk_troubles", frozenset({Role.MANAGER})),  # what went wrong on the cases they answer for
    *(Row(name, frozenset({Role.MANAGER})) for name in EDITOR),  # procedures, written by those who answer for them
    *(Row(name, frozenset({Role.MANAGER})) for name in DUPLICATES),  # both records within their reach
    Row("cases_figures", CASE_AGENTS | {Role.ELECTED}),  # no name, no small number
    Row("cases_year", CASE_AGENTS | {Role.ELECTED}),
    # Accounts, organisations, services, and what the machines could not send
    *(Row(name, ADMINISTRATORS) for name in ADMINISTRATION),
    # People's rights, of those within an agent's reach; retention and breaches, for who answers for personal data
    *(Row(name, CASE_AGENTS) for name in RIGHTS),
    *(Row(name, ADMINISTRATORS) for name in PRIVACY),
    # Pages and news
    Row("wagtailadmin_explore*", EDITORS),
    Row("wagtailadmin_pages:*", EDITORS),
    Row("wagtailadmin_choose_page*", EDITORS),
    Row("wagtailadmin_api:*", EDITORS),
    Row("wagtailadmin_editing_sessions:*", EDITORS),
    Row("wagtailadmin_block_preview", EDITORS),
    Row("wagtailadmin_tag_*autocomplete", EDITORS),
    Row("wagtail_bulk_action", EDITORS),
    Row("wagtailimages:*", EDITORS),
    Row("wagtailimages_chooser:*", EDITORS),
    Row("wagtaildocs:*", EDITORS),
    Row("wagtaildocs_chooser:*", EDITORS),
    Row("wagtailsnippets_publishing_*", EDITORS),
    Row("wagtailsnippetchoosers_publishing_*", EDITORS),
    Row("wagtailsnippets_publishing_alert:*", EDITORS),
    # Places, their hours and closures, bounded by the agent's posts
    *(Row(name, PLACE_KEEPERS) for name in PLACES),
    Row("territory_desk:new_place", frozenset({Role.MANAGER})),
    # Accounts are written by identity's operations alone; Wagtail's screens would write them behind its back.
    Row("wagtailusers_users:*", NOBODY),
    Row("wagtailusers_groups:*", NOBODY),
    Row("wagtailadmin_account", NOBODY),
    # One's password and e-mail are changed under « Mon compte ».
    Row("wagtailadmin_password_reset*", NOBODY),
    Row("wagtailadmin_error_test", NOBODY),
)


@lru_cache(maxsize=1024)
def roles_of(view_name: str) -> frozenset[str]:
    """The roles that reach an address, by its name; the administrator alone when no row lists it."""
    rows = [row for row in ROWS if fnmatchcase(view_name, row.pattern)]
    if any(row.roles == NOBODY for row in rows):
        return NOBODY
    return frozenset({Role.ADMINISTRATOR}).union(*(row.roles for row in rows))


def may_open(roles: frozenset[str], view_name: str) -> bool:
    """Whether someone with these roles reaches an address: for menus and links, so that none leads to a closed door."""
    return bool(roles & roles_of(view_name))


@cache
def desk_root() -> str:
    """The path under which the desk lies."""
    return reverse("wagtailadmin_home")


def _is_forged(request: HttpRequest, exception: Exception) -> bool:
    """Whether one of Wagtail's views stumbles over a form that no page sends: it reads ids and parts unchecked."""
    match = request.resolver_match
    if match is None or not match.func.__module__.startswith("wagtail."):
        return False
    is_no_id = isinstance(exception, ValueError) and "expected a number but got" in str(exception)
    return is_no_id or isinstance(exception, MultiValueDictKeyError)


class DeskGuard:
    """Middleware: lets through to the desk only agents, with their second factor, at the addresses of their roles.

    Leaves the agent's ``Scope`` on ``request.scope`` for the views behind.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing of the desk is kept by a browser's cache or a proxy's, whoever signs in next on that machine."""
        response = self.get_response(request)
        if request.path.startswith(desk_root()) and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """What is unknown, or out of the agent's reach, gets the desk's own page, with its menu to go on from.

        A form of Wagtail's of which parts are missing, or in which an id is not a number, is told as unreadable.
        """
        if not request.path.startswith(desk_root()) or not hasattr(request, "scope"):
            return None
        if isinstance(exception, Http404):
            return render(request, "wagtailadmin/404.html", status=404)
        return bad_request(request, exception) if _is_forged(request, exception) else None

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Refuse (403), lead to sign-in or to the second factor, or let through. Raises PermissionDenied."""
        if not request.path.startswith(desk_root()):
            return None
        account = request.user
        if not isinstance(account, Account) or not account.is_authenticated:
            return redirect_to_login(request.get_full_path())
        account.working_for = hats.body_worn(request)
        scope = request_scope(request, today(timezone.now()))
        if not scope.is_agent:
            raise PermissionDenied(_("Le bureau est réservé aux agents. Vos dossiers sont dans votre espace."))
        worn = hats.worn(request)
        if worn and not hats.is_agents(worn):
            if request.method not in {"GET", "HEAD"}:
                raise PermissionDenied(_("Vous êtes ici comme habitant. Choisissez votre poste en haut de la page."))
            return redirect(f"{reverse('identity_hat')}?{urlencode({'next': request.get_full_path()})}")
        if must_set_up(request):
            messages.warning(
                request,
                _("Pour ouvrir le bureau, ajoutez une seconde protection à votre compte : une application ou une clé."),
            )
            return redirect("mfa_index")
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not may_open(scope.roles, name):
            raise PermissionDenied(_("Cette page ne fait pas partie de votre poste."))
        as_agent(request)
        request.scope = scope  # type: ignore[attr-defined]
        return None
