"""Flagged sessions and their exchanges, text left out until it is revealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.clock import to_us
from core.errors import NotFound
from investigations.models import FlaggedSession, SamplePrompt
from traffic.lake import Lake

SHOWN = 200
COLUMNS = ("exchange_id", "ts_us", "model", "endpoint", "n_input_tokens", "n_output_tokens", "status", "prompt_chars")


@dataclass(frozen=True, slots=True)
class SessionView:
    """A flagged session with its samples (no text in them) and its exchanges (no text either)."""

    session: FlaggedSession
    samples: list[SamplePrompt]
    exchanges: list[dict[str, Any]]
    lake_says: str


def get_session(number: int) -> FlaggedSession:
    """One flagged session. Raises NotFound."""
    rows = FlaggedSession.objects.select_related("account__organisation", "campaign", "assignee", "verdict_by", "run")
    session = rows.filter(pk=number).first()
    if session is None:
        raise NotFound(f"There is no flagged session S-{number:06d}.")
    return session


def get_sample(number: int) -> SamplePrompt:
    """One sample prompt with its session. Raises NotFound."""
    sample = SamplePrompt.objects.select_related("session__account").filter(pk=number).first()
    if sample is None:
        raise NotFound(f"There is no sample {number}.")
    return sample


def session_view(session: FlaggedSession) -> SessionView:
    """Samples and exchanges in order. Two queries and one look into the lake; sample text is not loaded."""
    samples = session.samples.defer("system_prompt", "prompt", "response")
    rows = session_exchanges(session)
    says = "" if rows else "The lake holds no exchange of this account in the time of this session."
    return SessionView(session, list(samples), rows, says)


def session_exchanges(session: FlaggedSession) -> list[dict[str, Any]]:
    """The account's exchanges in the session's time, oldest first, at most 200, without their text."""
    start, end = session.started_at, session.ended_at + timedelta(seconds=1)
    table = Lake().account_exchanges([session.account.account_id], start=start, end=end)
    table = table.filter(table.ts_us <= to_us(session.ended_at)).select(*COLUMNS)
    frame = table.order_by("ts_us", "exchange_id").limit(SHOWN).to_pandas()
    frame = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
