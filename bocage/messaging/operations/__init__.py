"""Every write of messaging, as verbs."""

from bocage.messaging.operations.letters import post_batch, print_batch, record_return, send_again
from bocage.messaging.operations.logos import keep_logo
from bocage.messaging.operations.notices import Signatory, mark, notify, unseal_notices
from bocage.messaging.operations.templates import current_version, load_templates, write_template
from bocage.messaging.recipients import BadRecipient, Recipient
from bocage.messaging.texts import BadText, Text

__all__ = [
    "BadRecipient",
    "BadText",
    "Recipient",
    "Signatory",
    "Text",
    "current_version",
    "keep_logo",
    "load_templates",
    "mark",
    "notify",
    "post_batch",
    "print_batch",
    "record_return",
    "send_again",
    "unseal_notices",
    "write_template",
]
