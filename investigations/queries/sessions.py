"""One flagged session: its exchanges from the lake, its samples from Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.errors import NotFound
from investigations.models import FlaggedSession
from traffic.lake import Lake

SHOWN = 200
COLUMNS = (
    "exchange_id", "ts_us", "model", "endpoint", "n_input_tokens", "n_output_tokens", "status", "prompt_chars",
    "response_chars", "ip24", "content_state",
)  # fmt: skip


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


def session_exchanges(session: FlaggedSession) -> SessionExchanges:
    """The exchanges of one session from the lake: one account, a narrow window, so little is read."""
    end = session.ended_at + timedelta(microseconds=1)
    table = Lake().account_exchanges([session.account.account_id], start=session.started_at, end=end)
    columns = [column for column in COLUMNS if column in table.columns]
    total = int(table.count().execute())
    rows = table.order_by("ts_us", "exchange_id").select(*columns).limit(SHOWN).to_pyarrow().to_pylist()
    return SessionExchanges(tuple(rows), total)
