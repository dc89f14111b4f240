"""Every write of cases, as verbs. Each is one short transaction with its events and effects."""

from bocage.cases.operations.documents import (
    add_document,
    add_generated,
    record_read,
    remove_document,
    scan_document,
)
from bocage.cases.operations.drafts import (
    claim_draft,
    discard_draft,
    purge_drafts,
    save_answers,
    start_draft,
    upgrade_draft,
)
from bocage.cases.operations.effects import send_notice
from bocage.cases.operations.entrusting import (
    change_agreement,
    end_agreement,
    entrust,
    give_back,
    pass_on,
    set_logo,
)
from bocage.cases.operations.entry import (
    ENTRY_CHANNELS,
    describe_entry,
    record_answers_read,
    send_as_letter,
    sort_scan,
)
from bocage.cases.operations.filing import submit_case
from bocage.cases.operations.handling import (
    add_note,
    answer_correction,
    assign_case,
    mark_read,
    move_case,
    save_agent_answers,
    send_message,
    set_urgency,
    withdraw_case,
)
from bocage.cases.operations.holding import declare_lost, renew
from bocage.cases.operations.legal import (
    ask_reasons,
    forward_case,
    give_reasons,
    issue_attestation,
    run_clock,
    send_rules,
)
from bocage.cases.operations.procedures import load, publish
from bocage.cases.operations.signing import (
    prepare_decision,
    return_proposal,
    sign_proposal,
)
from bocage.cases.operations.store import Conflict
from bocage.cases.sealing import open_answers

__all__ = [
    "ENTRY_CHANNELS",
    "Conflict",
    "add_document",
    "add_generated",
    "add_note",
    "answer_correction",
    "ask_reasons",
    "assign_case",
    "change_agreement",
    "claim_draft",
    "declare_lost",
    "describe_entry",
    "discard_draft",
    "end_agreement",
    "entrust",
    "forward_case",
    "give_back",
    "give_reasons",
    "issue_attestation",
    "load",
    "mark_read",
    "move_case",
    "open_answers",
    "pass_on",
    "prepare_decision",
    "publish",
    "purge_drafts",
    "record_answers_read",
    "record_read",
    "remove_document",
    "renew",
    "return_proposal",
    "run_clock",
    "save_agent_answers",
    "save_answers",
    "scan_document",
    "send_as_letter",
    "send_message",
    "send_notice",
    "send_rules",
    "set_logo",
    "set_urgency",
    "sign_proposal",
    "sort_scan",
    "start_draft",
    "submit_case",
    "upgrade_draft",
    "withdraw_case",
]
