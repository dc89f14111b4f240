"""Every write of privacy, as verbs."""

from bocage.privacy.operations.breaches import authority_told, close_breach, open_breach, record_breach_read
from bocage.privacy.operations.copies import CopyWaiting, ask_copy, record_download, remove_copy
from bocage.privacy.operations.erasing import Blocked, ask_erasure, withdraw_erasure
from bocage.privacy.operations.retention import start_retention

__all__ = [
    "Blocked",
    "CopyWaiting",
    "ask_copy",
    "ask_erasure",
    "authority_told",
    "close_breach",
    "open_breach",
    "record_breach_read",
    "record_download",
    "remove_copy",
    "start_retention",
    "withdraw_erasure",
]
