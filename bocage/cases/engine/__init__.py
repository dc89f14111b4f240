"""The engine: (document, case, command, moment) → (case, events, effects), without database (DESIGN.md §5).

``fields`` reads what people typed; ``form`` works out what is shown, required and computed, from scratch each time;
``machine`` moves a case. Nothing here knows Django's ORM: scenarios and Hypothesis run on it as it is.
"""

from bocage.cases.engine.fields import clean
from bocage.cases.engine.form import Form, evaluate_form
from bocage.cases.engine.legal import may_ask_reasons, needs_reason
from bocage.cases.engine.machine import (
    OWN_EFFECTS,
    apply,
    available_transitions,
    blocked_decision,
    fills_service_part,
    gives_up,
    may_press,
    withdrawal,
)
from bocage.cases.engine.state import (
    AnswerCorrection,
    AskReasons,
    CaseState,
    Clock,
    Command,
    Correction,
    Deadline,
    Decision,
    EffectRequest,
    EventRecord,
    Forward,
    GiveReasons,
    Happened,
    Moment,
    Move,
    Refused,
    Result,
    Settle,
    Sign,
    Submit,
    Withdraw,
)
from bocage.cases.engine.typed import FieldError

__all__ = [
    "OWN_EFFECTS",
    "AnswerCorrection",
    "AskReasons",
    "CaseState",
    "Clock",
    "Command",
    "Correction",
    "Deadline",
    "Decision",
    "EffectRequest",
    "EventRecord",
    "FieldError",
    "Form",
    "Forward",
    "GiveReasons",
    "Happened",
    "Moment",
    "Move",
    "Refused",
    "Result",
    "Settle",
    "Sign",
    "Submit",
    "Withdraw",
    "apply",
    "available_transitions",
    "blocked_decision",
    "clean",
    "evaluate_form",
    "fills_service_part",
    "gives_up",
    "may_ask_reasons",
    "may_press",
    "needs_reason",
    "withdrawal",
]
