"""The demo log as tables in memory: what calibration and tests read without any file or database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from traffic.demo.generate import EVERYONE, generate
from traffic.demo.tokens import usage
from traffic.demo.world import DEFAULT_DAYS, DEFAULT_START, Account, Exchange

ENDPOINT = "/v1/chat/completions"
ERRORS = {400: "BadRequestError", 401: "AuthenticationError", 403: "PermissionDeniedError", 429: "RateLimitError",
          500: "InternalServerError", 503: "ServiceUnavailableError"}  # fmt: skip
_UTC = pa.timestamp("us", tz="UTC")
EXCHANGES = pa.schema(
    [
        ("exchange_id", pa.string()), ("account_id", pa.string()), ("key_id", pa.string()), ("org_ref", pa.string()),
        ("session_id", pa.string()), ("ts", _UTC), ("model", pa.string()), ("endpoint", pa.string()), ("operation", pa.string()),
        ("prompt", pa.string()), ("response", pa.string()), ("system_prompt", pa.string()), ("n_input_tokens", pa.int32()),
        ("n_output_tokens", pa.int32()), ("cached_input_tokens", pa.int32()), ("reasoning_tokens", pa.int32()),
        ("temperature", pa.float32()), ("max_tokens", pa.int32()), ("stream", pa.bool_()), ("status", pa.int16()),
        ("error_class", pa.string()), ("cost_usd", pa.float64()), ("ip", pa.string()), ("user_agent", pa.string()),
        ("history_turns", pa.int16()), ("end_user", pa.string()),
    ]
)  # fmt: skip
ACCOUNTS = pa.schema(
    [
        ("account_id", pa.string()), ("created_at", _UTC), ("organisation", pa.string()), ("verified", pa.bool_()),
        ("email_domain", pa.string()), ("payment_fp", pa.string()), ("country", pa.string()), ("plan", pa.string()),
        ("declared_use", pa.string()), ("status", pa.string()), ("closed_at", _UTC), ("close_reason", pa.string()),
        ("device_fp", pa.string()), ("phone_fp", pa.string()),
    ]
)  # fmt: skip


def exchange_row(exchange: Exchange) -> dict[str, Any]:
    """One exchange under the names of the common record."""
    tokens = usage(exchange)
    ok = exchange.status == 200
    return {
        "exchange_id": exchange.exchange_id, "account_id": exchange.account.account_id, "key_id": exchange.key,
        "org_ref": exchange.account.org_ref, "session_id": exchange.session, "ts": exchange.ts_us, "model": exchange.model,
        "endpoint": ENDPOINT, "operation": "chat", "prompt": exchange.prompt, "response": exchange.response,
        "system_prompt": exchange.system_prompt, "n_input_tokens": tokens.input_tokens if ok else None,
        "n_output_tokens": tokens.output_tokens if ok else None, "cached_input_tokens": tokens.cached_tokens if ok else None,
        "reasoning_tokens": tokens.reasoning_tokens if ok else None, "temperature": exchange.temperature,
        "max_tokens": exchange.max_tokens, "stream": exchange.stream, "status": exchange.status,
        "error_class": ERRORS.get(exchange.status), "cost_usd": tokens.input_usd + tokens.output_usd if ok else None,
        "ip": exchange.ip, "user_agent": exchange.agent, "history_turns": len(exchange.history) // 2, "end_user": exchange.end_user,
    }  # fmt: skip


def account_row(account: Account) -> dict[str, Any]:
    """One account as the provider's identity system would hand it over; devices and phones only where it has them."""
    seen = {name: value for name in ("device_fp", "phone_fp") if (value := getattr(account, name)) is not None}
    return seen | {
        "account_id": account.account_id, "created_at": account.created_us, "organisation": account.organisation,
        "verified": account.verified, "email_domain": account.email_domain, "payment_fp": account.payment_fp,
        "country": account.country, "plan": account.plan, "declared_use": account.declared_use, "status": account.status,
        "closed_at": account.closed_us, "close_reason": account.close_reason,
    }  # fmt: skip


def generate_tables(
    seed: int = 7,
    scale: float = 1.0,
    include: tuple[str, ...] = EVERYONE,
    *,
    start: date = DEFAULT_START,
    days: int = DEFAULT_DAYS,
) -> tuple[pa.Table, pa.Table, dict[str, dict[str, str | None]]]:
    """Exchanges (by time), accounts (by id) and the truth: account id -> actor, campaign (None: honest), role."""
    log = generate(seed, scale, include, start=start, days=days)
    rows = [exchange_row(exchange) for exchange in log.exchanges]
    exchanges = pa.table({name: [row[name] for row in rows] for name in EXCHANGES.names}, schema=EXCHANGES)
    accounts = pa.Table.from_pylist([account_row(account) for account in log.accounts], schema=ACCOUNTS)
    return exchanges, accounts, log.truth
