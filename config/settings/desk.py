"""Deciding and enforcing: approvals, cancel windows, bulk actions, claims, second reviews."""

from __future__ import annotations

from config.settings.environment import env, within

# Where decisions are enforced: the provider's own control plane. Empty means decisions are recorded, not enforced.
ENFORCEMENT_WEBHOOK_URL = env.str("ENFORCEMENT_WEBHOOK_URL", default="")
ENFORCEMENT_WEBHOOK_SECRET = env.str("ENFORCEMENT_WEBHOOK_SECRET", default="")
ENFORCEMENT_TIMEOUT_S = env.float("ENFORCEMENT_TIMEOUT_S", default=10.0)
ENFORCEMENT_MAX_ATTEMPTS = env.int("ENFORCEMENT_MAX_ATTEMPTS", default=8)
ENFORCEMENT_BACKOFF_S = env.float("ENFORCEMENT_BACKOFF_S", default=5.0)
ENFORCEMENT_SPREAD_S = env.int("ENFORCEMENT_SPREAD_S", default=900)  # calls are spread over so long, drawn for each
# An approved decision can be cancelled for so long before anything is sent. Reversals start at once.
CANCEL_WINDOW_S = env.int("CANCEL_WINDOW_S", default=600)
# From so many on, whose approval a decision needs (docs/concepts/decisions.md).
APPROVAL_LEAD_ACCOUNTS = env.int("APPROVAL_LEAD_ACCOUNTS", default=2)
APPROVAL_LEAD_CERTIFIED_ACCOUNTS = env.int("APPROVAL_LEAD_CERTIFIED_ACCOUNTS", default=25)
APPROVAL_LEAD_PAYING = env.int("APPROVAL_LEAD_PAYING", default=10)
APPROVAL_SECOND_ACCOUNTS = env.int("APPROVAL_SECOND_ACCOUNTS", default=1_000)
APPROVAL_SECOND_PAYING = env.int("APPROVAL_SECOND_PAYING", default=200)
# What a statement of reasons says of redress; {decision} is the decision's code.
APPEAL_WORDS = env.str(
    "APPEAL_WORDS",
    default="you can appeal within six months by answering this notice and quoting {decision}. A person who took no part "
    "in this decision will look at it again. You can also turn to a court or an out-of-court body that settles disputes.",
)
# Plans that nobody pays for; an account whose plan is not known counts as paying.
FREE_PLANS = env.list("FREE_PLANS", default=["free", "trial"])
# From so many accounts a bulk decision is confirmed by typing what it does; one selection holds at most so many.
TYPED_CONFIRMATION_ACCOUNTS = env.int("TYPED_CONFIRMATION_ACCOUNTS", default=100)
SELECTION_MOST_ACCOUNTS = env.int("SELECTION_MOST_ACCOUNTS", default=25_000)
# Of the verdicts given, so many are drawn for a blind second review.
SECOND_REVIEW_SHARE = env.float("SECOND_REVIEW_SHARE", default=0.1)
within("SECOND_REVIEW_SHARE", SECOND_REVIEW_SHARE, 0, 1)
# A claim in the queue runs out after so many hours; what a lead gives somebody does not.
CLAIM_HOURS = env.int("CLAIM_HOURS", default=8)
within("CLAIM_HOURS", CLAIM_HOURS, 1, 720, " hours")
