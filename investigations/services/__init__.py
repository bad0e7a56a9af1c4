"""Everything that changes something here: pages, admin actions, API and tasks call these."""

from investigations.services.approval import approve_decision, enforce_recorded_decision, retry_failed
from investigations.services.case_tasks import add_task, assign_task, finish_task, reopen_task, set_due
from investigations.services.cases import (
    add_accounts,
    add_note,
    close_case,
    open_case,
    record_case_view,
    remove_accounts,
    reopen_case,
)
from investigations.services.claims import (
    assign_campaign,
    assign_sessions,
    claim_campaign,
    claim_item,
    claim_sessions,
    end_expired_claims,
    pass_item,
    release_campaign,
    release_item,
    release_sessions,
)
from investigations.services.decisions import propose_decision, refuse_decision, withdraw_decision
from investigations.services.due_dates import set_item_due, set_review_target
from investigations.services.enforcement import enforce_decision, resume_enforcement
from investigations.services.exhibits import pin_exhibit
from investigations.services.flagging import flag_finished_runs
from investigations.services.merging import merge_cases, split_case
from investigations.services.opening import open_campaign_case, open_session_case
from investigations.services.privilege import read_counsel_notes, write_counsel_note
from investigations.services.revealing import reveal_exchange, reveal_sample
from investigations.services.reversal import reverse_decision
from investigations.services.review import (
    set_campaign_verdict,
    set_group_verdict,
    set_verdict,
    set_verdict_many,
    tag_sessions,
)
from investigations.services.sampling import sample_sessions
from investigations.services.saved_views import choose_default_view, delete_view, save_view
from investigations.services.scheduling import cancel_decision
from investigations.services.skipping import skip_item, unskip_item
from investigations.services.snoozing import end_expired_snoozes, lift_snooze, make_snooze, renew_snoozes

__all__ = [
    "add_accounts",
    "add_note",
    "add_task",
    "approve_decision",
    "assign_campaign",
    "assign_sessions",
    "assign_task",
    "cancel_decision",
    "choose_default_view",
    "claim_campaign",
    "claim_item",
    "claim_sessions",
    "close_case",
    "delete_view",
    "end_expired_claims",
    "end_expired_snoozes",
    "enforce_decision",
    "enforce_recorded_decision",
    "finish_task",
    "flag_finished_runs",
    "lift_snooze",
    "make_snooze",
    "merge_cases",
    "open_campaign_case",
    "open_case",
    "open_session_case",
    "pass_item",
    "pin_exhibit",
    "propose_decision",
    "read_counsel_notes",
    "record_case_view",
    "refuse_decision",
    "release_campaign",
    "release_item",
    "release_sessions",
    "remove_accounts",
    "renew_snoozes",
    "reopen_case",
    "reopen_task",
    "resume_enforcement",
    "retry_failed",
    "reveal_exchange",
    "reveal_sample",
    "reverse_decision",
    "sample_sessions",
    "save_view",
    "set_campaign_verdict",
    "set_due",
    "set_group_verdict",
    "set_item_due",
    "set_review_target",
    "set_verdict",
    "set_verdict_many",
    "skip_item",
    "split_case",
    "tag_sessions",
    "unskip_item",
    "withdraw_decision",
    "write_counsel_note",
]
