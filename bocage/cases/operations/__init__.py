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
    run_clock,
    save_agent_answers,
    send_message,
    withdraw_case,
)
from bocage.cases.operations.procedures import load, publish
from bocage.cases.operations.store import Conflict
from bocage.cases.sealing import open_answers

__all__ = [
    "ENTRY_CHANNELS",
    "Conflict",
    "add_document",
    "add_generated",
    "add_note",
    "answer_correction",
    "assign_case",
    "claim_draft",
    "describe_entry",
    "discard_draft",
    "load",
    "mark_read",
    "move_case",
    "open_answers",
    "publish",
    "purge_drafts",
    "record_answers_read",
    "record_read",
    "remove_document",
    "run_clock",
    "save_agent_answers",
    "save_answers",
    "scan_document",
    "send_as_letter",
    "send_message",
    "send_notice",
    "sort_scan",
    "start_draft",
    "submit_case",
    "upgrade_draft",
    "withdraw_case",
]
