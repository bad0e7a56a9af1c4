"""What the desk's pages and the API read: querysets and frozen dataclasses, each with a constant number of queries."""

from investigations.queries.access import get_restricted, restricted_cases
from investigations.queries.account_reading import account_exchanges, account_links, population
from investigations.queries.accounts import account_context, accounts, get_account
from investigations.queries.campaigns import (
    MemberFilter,
    accused_matching,
    campaign_facts,
    campaigns,
    get_campaign,
    members,
)
from investigations.queries.cases import (
    accounts_of,
    case_context,
    case_counts,
    case_facts,
    cases,
    exports_context,
    get_case,
    get_export,
    get_task,
    readers_of,
)
from investigations.queries.charts import campaign_chart
from investigations.queries.decisions import (
    approvals_for,
    decision_context,
    decision_counts,
    decision_progress,
    decisions,
    deliveries,
    get_decision,
    grounds_for,
)
from investigations.queries.due import own_work
from investigations.queries.failover import campaign_failover
from investigations.queries.harvest import campaign_harvest
from investigations.queries.legal import legal_context
from investigations.queries.more_charts import account_chart, template_chart
from investigations.queries.queue import (
    ORDERS,
    QueueFilter,
    bar_item,
    find_item,
    get_item,
    items,
    my_items,
    next_item,
    open_sessions,
    others,
    queue_counts,
    votable_by,
)
from investigations.queries.queue_item import item_context
from investigations.queries.rail import rail_counts
from investigations.queries.reading import account_templates, session_templates, shown_to
from investigations.queries.review_targets import review_targets
from investigations.queries.saved_views import default_view, get_view, saved_views
from investigations.queries.search import matches, target
from investigations.queries.selections import (
    get_protection,
    get_selection,
    member_accounts,
    protections,
    selection_context,
)
from investigations.queries.sessions import get_sample, get_session, session_context, session_exchanges
from investigations.queries.sessions_list import SessionFilter, next_session, standing
from investigations.queries.snoozes import get_snooze, pattern_choices, snoozes

# Bound last: importing the submodule `sessions` would otherwise hide the function of the same name.
from investigations.queries.sessions_list import sessions  # isort: skip

__all__ = [
    "ORDERS",
    "MemberFilter",
    "QueueFilter",
    "SessionFilter",
    "account_chart",
    "account_context",
    "account_exchanges",
    "account_links",
    "account_templates",
    "accounts",
    "accounts_of",
    "accused_matching",
    "approvals_for",
    "bar_item",
    "campaign_chart",
    "campaign_facts",
    "campaign_failover",
    "campaign_harvest",
    "campaigns",
    "case_context",
    "case_counts",
    "case_facts",
    "cases",
    "decision_context",
    "decision_counts",
    "decision_progress",
    "decisions",
    "default_view",
    "deliveries",
    "exports_context",
    "find_item",
    "get_account",
    "get_campaign",
    "get_case",
    "get_decision",
    "get_export",
    "get_item",
    "get_protection",
    "get_restricted",
    "get_sample",
    "get_selection",
    "get_session",
    "get_snooze",
    "get_task",
    "get_view",
    "grounds_for",
    "item_context",
    "items",
    "legal_context",
    "matches",
    "member_accounts",
    "members",
    "my_items",
    "next_item",
    "next_session",
    "open_sessions",
    "others",
    "own_work",
    "pattern_choices",
    "population",
    "protections",
    "queue_counts",
    "rail_counts",
    "readers_of",
    "restricted_cases",
    "review_targets",
    "saved_views",
    "selection_context",
    "session_context",
    "session_exchanges",
    "session_templates",
    "sessions",
    "shown_to",
    "snoozes",
    "standing",
    "target",
    "template_chart",
    "votable_by",
]
