"""Small exact logs for detection tests: derived columns only, built from numbers."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd

from detection.analysis.parameters import Parameters
from detection.analysis.pipeline import Inputs
from detection.analysis.tables import DAY_US, HASH_COLUMNS, HOUR_US, MEASURES, Log
from detection.signals.base import Context, Unit, Usage

START_US = 1_788_220_800_000_000  # 2026-09-01T00:00Z
UNKNOWN = ("plan", "country", "verified", "created_at_us", "closed_at_us")
UNKNOWN += ("organisation", "email_domain", "payment_fp")
NO_NETWORKS = pd.DataFrame({"account": [], "ip24": [], "n": []}).astype(
    {"account": "int64", "ip24": "object", "n": "int64"}
)


def table(rows: list[dict[str, Any]]) -> ibis.Table:
    """Exchanges with every column that scoring reads; what a row leaves out is null or harmless."""
    frame = pd.DataFrame(rows)
    for name in HASH_COLUMNS:
        if name not in frame:
            frame[name] = pd.Series([None] * len(frame), dtype="Int64")
        frame[name] = frame[name].astype("Int64")
    defaults: dict[str, Any] = {"task_tags": 0, "n_output_tokens": 10, "status": 200, "model": "m-1", "ip24": None}
    defaults |= {"n_input_tokens": 20, "max_tokens": 512, "stream": False, "temperature": 0.7}
    defaults |= {"user_agent": "client/1", "endpoint": "/v1/chat/completions"}
    for name, value in defaults.items():
        if name not in frame:
            frame[name] = value
    frame["ip24"] = frame["ip24"].astype("string")
    if "exchange_id" not in frame:
        frame["exchange_id"] = [f"x{i:06d}" for i in range(len(frame))]
    if "prompt_h" not in frame:
        frame["prompt_h"] = np.arange(len(frame), dtype=np.int64) + 10_000
    return ibis.memtable(frame)


def log(n_accounts: int, *, seed: int = 1, days: int = 28, rate: float = 3.0) -> Log:
    """A reduced log of independent accounts, active at random hours."""
    rng = np.random.default_rng(seed)
    n = rng.integers(20, 400, n_accounts)
    hours = rng.random((n_accounts, days * 24)) < rate / 24
    account, hour = np.nonzero(hours)
    base = START_US // HOUR_US
    columns = {
        "account_id": [f"a{i:04d}" for i in range(n_accounts)],
        "n": n,
        "first_us": START_US + rng.integers(0, DAY_US, n_accounts),
        "last_us": START_US + days * DAY_US - rng.integers(1, DAY_US, n_accounts),
        "fresh": n * rng.uniform(0.2, 0.8, n_accounts),
        "tagged": rng.binomial(n, rng.uniform(0, 0.1, n_accounts)),
        "n_output_tokens": n * 10,
        "accepted_us": START_US + days * DAY_US - 1,
        "refused_us": np.nan,
        "n_refused": 0,
        "party": np.arange(n_accounts),
    }
    columns["elicited"] = columns["tagged"] * columns["fresh"] / n
    columns |= {name: 0 for name in MEASURES if name not in columns}
    columns |= {name: np.full(n_accounts, None, dtype=object) for name in UNKNOWN}
    frame = pd.DataFrame(columns)  # at once: a test of a null makes hundreds of logs
    activity = pd.DataFrame({"account": account, "hour": hour + base, "n": 1})
    settings = pd.DataFrame(
        {"account": np.arange(n_accounts), "agent": "client/1", "settings": "0.7|512|chat|", "n": n}
    )
    return Log(
        frame, NO_NETWORKS.copy(), activity, settings, int(n.sum()), START_US, START_US + days * DAY_US - 1, frozenset()
    )


def context(made: Log, **changed: Any) -> Context:
    """A context without templates and without cleared accounts."""
    import scipy.sparse as sp

    parameters = Parameters(**{"draws": 199, "draws_tail": 199, **changed})
    usage = Usage(sp.csr_matrix((len(made.accounts), 0)), np.array([]))
    return Context(made, usage, parameters, np.zeros(len(made.accounts), dtype=bool))


def unit(made: Log, members: list[int], *, forming: tuple[str, ...] = ("X1",), **changed: Any) -> Unit:
    """A unit of all exchanges of some accounts."""
    rows = made.accounts.iloc[members]
    values: dict[str, Any] = {
        "kind": "link",
        "key": "u",
        "title": "unit",
        "forming": forming,
        "sums": rows[["n", "first_us", "last_us", *MEASURES]],
        "hours": made.activity[made.activity["account"].isin(members)],
    }
    return Unit(**{**values, **changed})


def inputs(accounts: ibis.Table | None = None, **changed: Any) -> Inputs:
    """Inputs whose elicitation mask is bit 0."""
    return Inputs(**{"accounts": accounts, "elicitation_mask": 1, **changed})
