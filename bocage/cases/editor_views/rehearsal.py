"""A draft tried without writing anything: what was done is told again on the pure engine at each page.

The story (answers typed, acts done) travels signed in the page; nothing of it reaches the database until it is kept as
a scenario of the draft.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bocage.base.dates import french_date
from bocage.cases.editor_views import telling
from bocage.cases.engine import (
    AnswerCorrection,
    CaseState,
    Clock,
    Command,
    Form,
    Moment,
    Move,
    Refused,
    Settle,
    Sign,
    Submit,
    apply,
    evaluate_form,
)
from bocage.cases.engine.ports import PORTS
from bocage.cases.engine.signatures import digest, signers
from bocage.cases.engine.values import display, french_phone
from bocage.cases.legal_texts import HOUSE, acknowledged, remedies_of, silence_told
from bocage.cases.scenarios.runner import MAX_STOPS, next_stop
from bocage.cases.scenarios.wording import field_label
from bocage.cases.schema import FormField, ProcedureDocument
from bocage.cases.validation import NOTICE_VARIABLES
from bocage.identity.staff import services
from bocage.messaging import texts
from bocage.messaging.letterhead import letterhead
from bocage.territory.queries import commune_names, is_holiday, territory

SALT = "cases.editor.rehearsal"
MOST_ACTS = 60
REFERENCE = "K7QF-2M9X-A"
"""Of a case, or of a document, that is nowhere kept."""
A_FILE = "0" * 32
"""The key of a document that is not there: the preview only says that one would be joined."""


@dataclass
class Story:
    """What was typed and done so far."""

    starts_on: date
    typed: dict[str, Any] = field(default_factory=dict)
    at: str = ""  # the step on the resident's screen; "" is the beginning, "check" the last page
    acts: list[dict[str, Any]] = field(default_factory=list)
    role: str = "agent"  # as whom the buttons are pressed

    def packed(self) -> str:
        """The story as a page carries it."""
        told = {"d": self.starts_on.isoformat(), "t": self.typed, "a": self.at, "x": self.acts, "r": self.role}
        return signing.dumps(told, salt=SALT, compress=True)

    @classmethod
    def unpacked(cls, text: str, today: date) -> "Story":
        """The story that a page carried; a new one when it is not ours."""
        try:
            told = signing.loads(text, salt=SALT)
            return cls(date.fromisoformat(told["d"]), dict(told["t"]), str(told["a"]), list(told["x"]), str(told["r"]))
        except (signing.BadSignature, KeyError, TypeError, ValueError):
            return cls(today)


@dataclass(frozen=True)
class Told:
    """One thing that was done, the day, and what followed."""

    day: date
    text: str
    state: str
    notices: tuple[Mapping[str, Any], ...] = ()
    refused: str = ""


@dataclass
class Rehearsal:
    """The story told on the engine."""

    document: ProcedureDocument
    story: Story
    case: CaseState = field(default_factory=CaseState)
    day: date = field(default_factory=lambda: date.min)
    done: list[tuple[Moment, Command]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    refused: Refused | None = None

    def __post_init__(self) -> None:
        self.day = self.story.starts_on
        for act in self.story.acts:
            self._tell(act)

    @property
    def moment(self) -> Moment:
        """Nine in the morning of the story's day."""
        return Moment(datetime.combine(self.day, time(9), UTC), self.day, is_holiday)

    def form(self) -> Form:
        """The resident's form, for what was typed; what was sent once the case is filed."""
        answers = self.case.answers if self.story.acts and not self.case.is_draft else self.story.typed
        return evaluate_form(self.document, answers, self.moment, agent_answers=self.case.agent_answers)

    def do(self, act: dict[str, Any]) -> bool:
        """Do one thing more; False when the engine refuses (``refused`` says why) and it is then forgotten."""
        if len(self.story.acts) >= MOST_ACTS:
            self.refused = Refused(_("Cet essai est long : recommencez-en un autre."))
            return False
        self._tell(act)
        if self.refused is not None:
            self.told.pop()
            self.done.pop()
            return False
        self.story.acts.append(act)
        return True

    def _tell(self, act: dict[str, Any]) -> None:
        self.refused = None
        before, words, keys = self.case, self._words(act), []
        for command in self._commands(act):
            moment = self.moment
            self.done.append((moment, command))
            try:
                result = apply(self.document, self.case, command, moment)
            except Refused as refused:
                self.refused = refused
                self.told.append(Told(self.day, words, self._state(), refused=refused.message))
                return
            self.case = result.case
            keys += [str(effect.params.get("notice")) for effect in result.effects if effect.kind == "send_notice"]
        notices = tuple(self._notice(key, act, before) for key in keys if key in self.document.notices or key in HOUSE)
        self.told.append(Told(self.day, words, self._state(), notices))

    def _commands(self, act: dict[str, Any]) -> Iterator[Command]:
        """What an act gives to the engine: one command, but for signatures, of which there is one a person, and for
        time, which stops where something falls due."""
        match act["do"]:
            case "submit":
                yield Submit(act["values"], self.day, allow_incomplete=bool(act.get("incomplete")))
            case "sign":
                waited = [row for key, row in signers(self.document, self.case.answers) if key == act["field"]]
                yield from [Sign(act["field"], digest(row), row["name"]) for row in waited if "signed_at" not in row]
            case "settle":
                yield Settle(act["field"], act["told"])
            case "press":
                yield Move(
                    act["button"],
                    act["role"],
                    reason=act.get("reason", ""),
                    agent_values=act.get("values", {}),
                    fields=tuple(act.get("fields", ())),
                    message=act.get("message", ""),
                    due_days=int(act.get("due_days", 15)),
                )
            case "answer":
                yield AnswerCorrection(act["values"])
            case _:
                until = self.day + timedelta(days=int(act["days"]))
                for stops_left in reversed(range(MAX_STOPS)):
                    self.day = next_stop(self.case, self.day, until) if stops_left else until
                    yield Clock()
                    if self.day == until:
                        break

    def _words(self, act: dict[str, Any]) -> str:
        match act["do"]:
            case "submit" if act.get("incomplete"):
                return _("La demande est saisie incomplète, au guichet")
            case "submit":
                return _("La demande est envoyée")
            case "sign" | "settle":
                named = {"field": field_label(self.document, act["field"])}
                if act["do"] == "sign":
                    return _("Tout le monde signe « %(field)s »") % named
                return _("« %(field)s » : c’est confirmé") % named
            case "press":
                label = next(
                    (t.label for t in self.document.workflow.transitions if t.id == act["button"]), act["button"]
                )
                return _("« %(label)s » (%(role)s)") % {"label": label, "role": telling.roles({"roles": [act["role"]]})}
            case "answer":
                return _("La personne répond à la correction")
        count = int(act["days"])
        return ngettext("%(count)s jour passe", "%(count)s jours passent", count) % {"count": count}

    def _state(self) -> str:
        if not self.case.state:
            return ""
        return next((one.label for one in self.document.workflow.states if one.id == self.case.state), self.case.state)

    # --- Notices -----------------------------------------------------------------------------------------------------
    def _notice(self, key: str, act: dict[str, Any], before: CaseState) -> dict[str, Any]:
        own, values = self.document.notices.get(key), self.variables(act, before)
        title, body = (own.title, own.body) if own else HOUSE[key]()
        return {"title": texts.one_line(texts.fill(title, values)), "blocks": texts.blocks(texts.fill(body, values))}

    def variables(self, act: dict[str, Any], before: CaseState) -> dict[str, str]:
        """What the texts of the procedure may name, for the case as it stands after an act."""
        document, case, names, house = self.document, self.case, commune_names(), territory()
        told: dict[str, str] = dict.fromkeys([*NOTICE_VARIABLES, *document.by_id], "")
        for answers in (case.answers, case.agent_answers):
            for key, value in answers.items():
                if (one := document.by_id.get(key)) is not None and not one.sensitive:
                    told[key] = display(one, value, communes=names)
        announced, silence = case.deadline("announced"), case.deadline("silence")
        correction = case.correction or before.correction
        return told | {
            "reference": REFERENCE,
            "name": self.person(),
            "procedure": document.title,
            "received_on": french_date(case.received_on or self.day),
            "announced_on": french_date(announced.due_on) if announced else "",
            "legal_notice": silence_told(document, silence, answer_by=correction.due_on if correction else None),
            "acknowledgement": acknowledged(
                document,
                letterhead(None),
                services().get(document.service, ""),
                case.received_on,
                case.missing,
                answer_by=case.correction.due_on if case.correction else None,
            ),
            "message": correction.message if correction else "",
            "fields": ", ".join(
                document.by_id[k].label for k in (correction.fields if correction else ()) if k in document.by_id
            ),
            "due_on": french_date(correction.due_on) if correction else "",
            "reason": case.decision.reason if case.decision else str(act.get("reason", "")),
            "legal_date": french_date(case.decision.legal_date if case.decision else self.day),
            "remedies": remedies_of(document),
            "phone": french_phone(house.phone),
            "territory": house.name,
        }

    def person(self) -> str:
        """The name that was typed; a stand-in when the form asks none."""
        found = []
        for role in ("given_names", "usual_name", "birth_name"):
            asked = self.document.with_role(role)  # type: ignore[arg-type]
            value = self.case.answers.get(asked.id) if asked else None
            if value and not (role == "birth_name" and len(found) > 1):
                found.append(str(value))
        return " ".join(found) or _("Camille Exemple")

    def facts(self, *, agents: bool = False) -> list[dict[str, Any]]:
        """The answers, by step, as people read them."""
        form, names, parts = self.form(), commune_names(), []
        for step in self.document.steps if agents else form.steps:
            shown = [
                one for one in step.fields if one.id in form.visible and one.kind != "note" and one.agent == agents
            ]
            facts = [
                {"label": one.label, "value": display(one, form.values.get(one.id), communes=names)} for one in shown
            ]
            if facts:
                parts.append({"title": step.title, "facts": facts})
        return parts

    def dates(self) -> list[dict[str, str]]:
        """The dates to keep."""
        return [
            {
                "label": telling.deadline(one.kind),
                "value": french_date(one.due_on) + (_(" (suspendue)") if one.suspended_on else ""),
            }
            for one in self.case.deadlines
            if not one.closed
        ]

    def to_settle(self) -> list[FormField]:
        """The appointments and the payments that were asked for."""
        asked = [self.document.by_id[key] for key in self.case.answers if key in self.document.by_id]
        return [one for one in asked if one.kind in PORTS] if self._runs() else []

    def to_sign(self) -> list[FormField]:
        """The fields that somebody named has not signed."""
        waiting = {key for key, row in signers(self.document, self.case.answers) if "signed_at" not in row}
        return [self.document.by_id[key] for key in sorted(waiting)] if self._runs() else []

    def _runs(self) -> bool:
        return not self.case.is_draft and not self.document.workflow.state(self.case.state).final

    def correctable(self) -> list[FormField]:
        """The fields that a correction may ask for, or asks for."""
        form = self.form()
        return [
            one for step in form.steps for one in step.fields if one.id in form.visible and one.asks and not one.agent
        ]
