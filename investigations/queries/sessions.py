"""One flagged session: its exchanges from the lake, its samples from Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Length

from core.errors import NotFound
from investigations.lake import reading as lake_reading
from investigations.models import FlaggedSession, SamplePrompt

SHOWN = 200


@dataclass(frozen=True, slots=True)
class SessionExchanges:
    """The session's exchanges in order, without their text; `total` may exceed what is shown."""

    rows: tuple[dict[str, Any], ...]
    total: int


def get_session(number: int) -> FlaggedSession:
    """One flagged session with its account, campaign and people. Raises NotFound."""
    related = ("account__organisation", "campaign", "assignee", "verdict_by", "run")
    found = FlaggedSession.objects.select_related(*related).filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no flagged session S-{number:06d}.")
    return found


def get_sample(pk: int) -> SamplePrompt:
    """One sample with its text, for a service that asks why it is read. Raises NotFound."""
    found = masked().defer(None).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no sample {pk}.")
    return found


def masked() -> QuerySet[SamplePrompt]:
    """Samples with the lengths of their texts; the texts themselves stay in the database."""
    lengths = {f"{name}_chars": Length(name) for name in ("system_prompt", "prompt", "response")}
    return SamplePrompt.objects.annotate(**lengths).defer("system_prompt", "prompt", "response")


def session_context(session: FlaggedSession) -> dict[str, object]:
    """All that the session page shows but its forms. Four queries and one reading of the lake."""
    samples = list(masked().filter(session=session))
    flags = FlaggedSession.objects.filter(account=session.account)
    return {
        "exchanges": session_exchanges(session),
        "samples": samples,
        "method": samples[0].method if samples else None,
        "n_account_flags": flags.count(),
        "cleared_members": session.campaign.n_bystander if session.campaign else 0,
    }


def session_exchanges(session: FlaggedSession) -> SessionExchanges:
    """The exchanges of one session from the lake, each with whether a unit of the campaign holds it.

    The session is recognised in the window of the run that flagged it, since that is where it was cut.
    """
    end = session.ended_at + timedelta(microseconds=1)
    window = (session.run.window_start, session.run.window_end) if session.run else (session.started_at, end)
    selectors = lake_reading.selectors_of(session.campaign_id, session.run_id)
    account = session.account.account_id
    table = lake_reading.one_session(account, session.session_key, selectors, start=window[0], end=window[1])
    if not table.num_rows:  # an outside score's session was cut in another window
        table = lake_reading.one_session(account, None, selectors, start=session.started_at, end=session.ended_at)
    return SessionExchanges(tuple(table.slice(0, SHOWN).to_pylist()), table.num_rows)
