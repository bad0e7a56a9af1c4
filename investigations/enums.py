"""Words for investigations, and the transition tables as data."""

from __future__ import annotations

from django.db import models

from accounts.enums import Status


class Verdict(models.TextChoices):
    """A person's word on a flag."""

    TRUE_POSITIVE = "true_positive", "true positive"
    BENIGN_POSITIVE = "benign_positive", "benign positive"
    FALSE_POSITIVE = "false_positive", "false positive"
    UNDETERMINED = "undetermined", "undetermined"


class CaseState(models.TextChoices):
    OPEN = "open", "open"
    CLOSED = "closed", "closed"


class DecisionAction(models.TextChoices):
    NO_ACTION = "no_action", "no action"
    WATCH = "watch", "watch"
    VERIFY_IDENTITY = "verify_identity", "verify identity"
    THROTTLE = "throttle", "throttle"
    RESTRICT = "restrict", "restrict"
    SUSPEND = "suspend", "suspend"
    TERMINATE = "terminate", "terminate"
    ESCALATE_LEGAL = "escalate_legal", "escalate to legal"
    SHARE_INDICATOR = "share_indicator", "share indicator"


# The status that an enforced action gives an account. Actions that are not here are recorded, not enforced.
ENFORCED_STATUS: dict[str, Status] = {
    DecisionAction.VERIFY_IDENTITY: Status.VERIFYING,
    DecisionAction.THROTTLE: Status.THROTTLED,
    DecisionAction.RESTRICT: Status.RESTRICTED,
    DecisionAction.SUSPEND: Status.SUSPENDED,
    DecisionAction.TERMINATE: Status.TERMINATED,
}


# Actions that take something from a customer: each account is owed a statement of reasons.
RESTRICTING = frozenset(
    {DecisionAction.THROTTLE, DecisionAction.RESTRICT, DecisionAction.SUSPEND, DecisionAction.TERMINATE}
)

# Decisions that exclude each other on one account: one of them at a time may be under way.
CONTENDING = frozenset({*ENFORCED_STATUS, DecisionAction.NO_ACTION})


class SelectionSource(models.TextChoices):
    """The page on which accounts were chosen."""

    QUEUE = "queue", "the queue"
    SEARCH = "search", "search"
    CAMPAIGN = "campaign", "a campaign"
    ACCOUNTS = "accounts", "the list of accounts"
    CASE = "case", "a case"
    DECISION = "decision", "an earlier decision"
    ADMIN = "admin", "the admin"


class ProtectionGround(models.TextChoices):
    """Why an account or organisation is on the protected list."""

    CONTRACT = "contract", "contract"
    STAFF = "staff", "staff or test account"
    VERIFIED = "verified", "verified by us"
    OTHER = "other", "other"


class DecisionState(models.TextChoices):
    PROPOSED = "proposed", "waiting for approval"
    REFUSED = "refused", "refused"
    WITHDRAWN = "withdrawn", "withdrawn"
    SCHEDULED = "scheduled", "approved, can still be cancelled"
    CANCELLED = "cancelled", "cancelled before it was enforced"
    APPROVED = "approved", "approved, enforcement under way"
    RECORDED = "recorded", "recorded, not enforced"
    ENFORCED = "enforced", "enforced"
    PARTLY_ENFORCED = "partly_enforced", "enforced in part"
    DRY_RUN = "dry_run", "dry run, nothing was sent"
    REVERSED = "reversed", "reversed"


S = DecisionState

DECISION_TRANSITIONS: dict[str, frozenset[str]] = {
    S.PROPOSED: frozenset({S.REFUSED, S.WITHDRAWN, S.SCHEDULED, S.APPROVED, S.RECORDED}),
    S.SCHEDULED: frozenset({S.CANCELLED, S.APPROVED, S.RECORDED}),
    S.APPROVED: frozenset({S.ENFORCED, S.PARTLY_ENFORCED, S.DRY_RUN, S.CANCELLED}),
    S.PARTLY_ENFORCED: frozenset({S.APPROVED, S.ENFORCED, S.REVERSED}),
    S.ENFORCED: frozenset({S.REVERSED}),
    S.RECORDED: frozenset({S.APPROVED, S.REVERSED}),
    S.DRY_RUN: frozenset(),
    S.REFUSED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.CANCELLED: frozenset(),
    S.REVERSED: frozenset(),
}

# A decision in one of these holds its accounts: no other that contends with it is proposed on them.
UNDER_WAY = (S.PROPOSED, S.SCHEDULED, S.APPROVED)
# A reversal in one of these was never carried out; another may be proposed.
DEAD = (S.REFUSED, S.WITHDRAWN, S.CANCELLED)

CASE_TRANSITIONS: dict[str, frozenset[str]] = {
    CaseState.OPEN: frozenset({CaseState.CLOSED}),
    CaseState.CLOSED: frozenset({CaseState.OPEN}),
}


class ItemState(models.TextChoices):
    """One account of a decision."""

    WAITING = "waiting", "waiting"
    DONE = "done", "enforced"
    FAILED = "failed", "failed"
    NOT_ENFORCED = "not_enforced", "recorded, not enforced"
    DRY_RUN = "dry_run", "dry run, not sent"
    CANCELLED = "cancelled", "stopped before it was sent"
    REVERSED = "reversed", "reversed"


I = ItemState

ITEM_TRANSITIONS: dict[str, frozenset[str]] = {
    I.WAITING: frozenset({I.DONE, I.FAILED, I.NOT_ENFORCED, I.DRY_RUN, I.CANCELLED}),
    I.FAILED: frozenset({I.WAITING}),
    I.NOT_ENFORCED: frozenset({I.WAITING, I.REVERSED}),
    I.DONE: frozenset({I.REVERSED}),
    I.DRY_RUN: frozenset(),
    I.CANCELLED: frozenset(),
    I.REVERSED: frozenset(),
}


class DeliveryOutcome(models.TextChoices):
    """What became of one attempt."""

    TAKEN = "taken", "taken"
    AGAIN = "again", "to be tried again"
    REFUSED = "refused", "refused for good"
    DRY_RUN = "dry_run", "dry run, not sent"


class AppealState(models.TextChoices):
    """What became of a customer's appeal."""

    OPEN = "open", "open"
    UPHELD = "upheld", "decision upheld"
    OVERTURNED = "overturned", "decision overturned"


APPEAL_TRANSITIONS: dict[str, frozenset[str]] = {
    AppealState.OPEN: frozenset({AppealState.UPHELD, AppealState.OVERTURNED}),
    AppealState.UPHELD: frozenset(),
    AppealState.OVERTURNED: frozenset(),
}


class SearchState(models.TextChoices):
    """A search of the texts in the lake."""

    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    FINISHED = "finished", "finished"
    CANCELLED = "cancelled", "cancelled"
    FAILED = "failed", "failed"


class ExportState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "being written"
    READY = "ready", "ready"
    FAILED = "failed", "failed"


class ExhibitKind(models.TextChoices):
    CAMPAIGN = "campaign", "campaign"
    SESSION = "session", "flagged session"
    SAMPLE = "sample", "sample prompt"
    ACCOUNT = "account", "account"
    TEMPLATE = "template", "template"
    READING = "reading", "signal reading"
    EXCHANGE = "exchange", "exchange"
    CHART = "chart", "chart"
    LINK = "link", "link between accounts"


class Privilege(models.TextChoices):
    """Why a note is kept from the other side."""

    COMMUNICATION = "communication", "attorney-client communication"
    WORK_PRODUCT = "work_product", "attorney work product"
    COMMON_INTEREST = "common_interest", "common interest"


class RedactionReason(models.TextChoices):
    """Why something is taken out of a produced form; the code stands in its log."""

    PERSONAL_DATA = "personal_data", "personal data of a third person"
    SECRET = "secret", "secret or credential"
    PRIVILEGED = "privileged", "privileged"
    TRADE_SECRET = "trade_secret", "trade secret"
    UNRELATED_CUSTOMER = "unrelated_customer", "customer who is no party"
    OTHER = "other", "other, as stated"


# What stands for a person or a customer keeps its likeness within the case; everything else is only marked as gone.
PSEUDONYMS: dict[str, str] = {
    RedactionReason.PERSONAL_DATA: "PERSON",
    RedactionReason.UNRELATED_CUSTOMER: "CUSTOMER",
}


class RedactionState(models.TextChoices):
    PROPOSED = "proposed", "waits for a person"
    ACCEPTED = "accepted", "accepted"
    REJECTED = "rejected", "rejected"


REDACTION_TRANSITIONS: dict[str, frozenset[str]] = {
    RedactionState.PROPOSED: frozenset({RedactionState.ACCEPTED, RedactionState.REJECTED}),
    RedactionState.ACCEPTED: frozenset({RedactionState.REJECTED}),
    RedactionState.REJECTED: frozenset({RedactionState.ACCEPTED}),
}


class WorkState(models.TextChoices):
    """A piece of work that a worker does for the page for legal."""

    WAITING = "waiting", "waiting"
    RUNNING = "running", "under way"
    DONE = "done", "done"
    FAILED = "failed", "failed"


class ExportForm(models.TextChoices):
    SEALED = "sealed", "sealed form"
    PRODUCED = "produced", "produced form"


class Channel(models.TextChoices):
    """By what road a copy went."""

    E_MAIL = "e_mail", "e-mail, encrypted"
    PORTAL = "portal", "court or party portal"
    CARRIER = "carrier", "medium by carrier"
    IN_PERSON = "in_person", "in person"
    OTHER = "other", "another road"


class ItemKind(models.TextChoices):
    """What waits in the queue."""

    CAMPAIGN = "campaign", "campaign"
    ACCOUNT = "account", "account in a campaign"
    LEAD = "lead", "lead"
    APPROVAL = "approval", "approval"


class SnoozePattern(models.TextChoices):
    """By what a pattern that is known to be benign is recognised."""

    ACCOUNT = "account", "account"
    ORGANISATION = "organisation", "organisation"
    CAMPAIGN = "campaign", "campaign"
    TEMPLATE = "template", "template"
    NETWORK = "network", "network"
    RULE = "rule", "rule"
