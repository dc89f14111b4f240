"""Every write of identity, as verbs. Each is one short transaction with its event in the journal."""

from bocage.identity.operations.accounts import (
    AlreadyAttached,
    attach_account,
    change_account_name,
    close_account,
    create_account,
    create_admin,
    demo_account,
    label_demo_account,
    reopen_account,
    sign_up,
)
from bocage.identity.operations.agents import invite_agent, send_invitation
from bocage.identity.operations.federated import (
    NotLinked,
    Opened,
    open_with_franceconnect,
    open_with_proconnect,
    unlink,
)
from bocage.identity.operations.homes import add_member, add_organisation_member, leave, open_household
from bocage.identity.operations.mandates import give_mandate, revoke_mandate
from bocage.identity.operations.people import (
    MergeImpossible,
    PersonFields,
    create_person,
    erase_person,
    index_people,
    merge_people,
    update_person,
)
from bocage.identity.operations.posts import (
    LastAdministrator,
    end_absence,
    end_post,
    grant_post,
    role_group,
    set_absence,
    sync_groups,
)

__all__ = [
    "AlreadyAttached",
    "LastAdministrator",
    "MergeImpossible",
    "NotLinked",
    "Opened",
    "PersonFields",
    "add_member",
    "add_organisation_member",
    "attach_account",
    "change_account_name",
    "close_account",
    "create_account",
    "create_admin",
    "create_person",
    "demo_account",
    "end_absence",
    "end_post",
    "erase_person",
    "give_mandate",
    "grant_post",
    "index_people",
    "invite_agent",
    "label_demo_account",
    "leave",
    "merge_people",
    "open_household",
    "open_with_franceconnect",
    "open_with_proconnect",
    "reopen_account",
    "revoke_mandate",
    "role_group",
    "send_invitation",
    "set_absence",
    "sign_up",
    "sync_groups",
    "unlink",
    "update_person",
]
