"""The words of a statement of reasons: a wording with fields, filled from facts. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.errors import InvalidInput
from investigations.enums import DecisionAction

FIELD = re.compile(r"\{([^{}]*)\}")
# Each must be in a wording: what, since when, facts, means, ground, redress.
REQUIRED = ("account", "action", "effective", "facts", "automated", "clause", "appeal")
OPTIONAL = ("decision", "date")
MEASURE: Mapping[str, str] = {
    DecisionAction.THROTTLE: "limited the rate of requests of your account {account}",
    DecisionAction.RESTRICT: "restricted what your account {account} can use",
    DecisionAction.SUSPEND: "suspended your account {account}",
    DecisionAction.TERMINATE: "ended our contract for your account {account} and closed it",
}
SHIPPED_BODY = """Statement of reasons {decision}, {date}

What we decided: we have {action}.

From when: {effective}

Facts: {facts}

Automated means: {automated}

Ground: our terms, {clause}. We hold that the use described above breaks this clause.

If you disagree: {appeal}
"""


@dataclass(frozen=True, slots=True)
class Activity:
    """What is known of one account: exchanges in the campaign's units of all, and from when to when."""

    k: int
    n: int
    first_at: datetime | None
    last_at: datetime | None


def check_wording(body: str) -> None:
    """Refuse a wording that leaves a required field out or names one that there is not."""
    named = set(FIELD.findall(body))
    unknown, missing = sorted(named - {*REQUIRED, *OPTIONAL}), [name for name in REQUIRED if name not in named]
    if unknown:
        raise InvalidInput("body", unknown, f"the fields are {', '.join((*REQUIRED, *OPTIONAL))}")
    if missing:
        raise InvalidInput("body", f"no {{{missing[0]}}}", f"each of these is in it: {', '.join(REQUIRED)}")


def fill(body: str, values: Mapping[str, str]) -> str:
    """The wording with its fields filled; a value is text alone and is never read for fields again.

    >>> fill("{a} and {b}", {"a": "{b}", "b": "2"})
    '{b} and 2'
    """
    return FIELD.sub(lambda found: values.get(found[1], found[0]), body)


def facts_sentence(activity: Activity | None, n_others: int) -> str:
    """What was seen of one account, without telling the rule by which it was found.

    >>> facts_sentence(Activity(40, 50, datetime(2026, 5, 1), datetime(2026, 5, 28)), 20)
    'from 1 May 2026 to 28 May 2026 (UTC), 40 of its 50 requests belonged to a collection of answers ...
    """
    if activity is None or not activity.k:
        return "a person reviewed how the account was used, and the records that are kept of it, before this decision."
    span = ""
    if activity.first_at and activity.last_at:
        span = f"from {activity.first_at:%-d %B %Y} to {activity.last_at:%-d %B %Y} (UTC), "
    others = f" that was spread over this and {n_others:,} other accounts" if n_others else ""
    return (
        f"{span}{activity.k:,} of its {activity.n:,} requests belonged to a collection of answers{others}. "
        "The requests were made to one pattern, and the times and the content of them fit a systematic harvest of our "
        "models' output rather than ordinary use."
    )


def automated_sentence(n_approvals: int) -> str:
    """Which part machines had, and which part people."""
    people = "another person" if n_approvals == 1 else f"{n_approvals} other people"
    return (
        "requests were compared by automated means to find such patterns. The evidence was then reviewed by a person, "
        f"who proposed this measure; {people} had to approve it. No account is restricted by a machine alone."
    )


def effective_sentence(start_at: datetime | None) -> str:
    """Since when and how long."""
    since = "from the moment when you receive this statement"
    if start_at is not None:
        since = f"from the moment when you receive this statement, not before {start_at:%-d %B %Y %H:%M} UTC"
    return f"{since}, until it is lifted."
