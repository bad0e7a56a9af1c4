"""Reductions of the lake: a few small tables per run, as Ibis expressions over derived columns. Text is never read.

The exchanges are an Ibis table with the lake's columns, the accounts one with account_id and whatever else is known. Time
arithmetic is on integer microseconds, since engines disagree about timestamps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from detection.analysis.scratch import met_again, stored

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
ACCOUNT_COLUMNS = [
    "organisation",
    "verified",
    "created_at_us",
    "plan",
    "country",
    "email_domain",
    "email_pattern",
    "payment_fp",
    "phone_fp",
    "device_fp",
    "declared_use",
    "status",
    "closed_at_us",
    "close_reason",
]
REFUSED = (401, 403)


@dataclass(frozen=True)
class Log:
    """The reduced log. Accounts stand in an order made of their behaviour, so that renaming ids changes no draw."""

    accounts: pd.DataFrame
    """One row per account: id, party, sums over the window, and its record."""
    networks: pd.DataFrame
    """account (row number), ip24, n."""
    activity: pd.DataFrame
    """account (row number), hour (hours since the epoch, UTC), n."""
    settings: pd.DataFrame
    """account (row number), agent (the client program's name), settings (temperature, token limit, endpoint), n."""
    n_exchanges: int
    start_us: int | None
    end_us: int | None
    known: frozenset[str]
    """Account columns that hold at least one value; what depends on the others is not calculable."""

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        """Account ids by row number."""
        return self.accounts["account_id"].to_numpy(dtype=object)

    @property
    def party(self) -> NDArray[np.int64]:
        """Declared customer of each account, by row number."""
        return self.accounts["party"].to_numpy(dtype=np.int64)

    @cached_property
    def awake(self) -> NDArray[np.int64]:
        """Accounts active in each hour of the window, from the first hour of its first day (UTC) to the end of its last."""
        start_h = (self.start_us or 0) // HOUR_US // 24 * 24
        days = ((self.end_us or 0) // HOUR_US - start_h) // 24 + 1
        return np.bincount(self.activity["hour"].to_numpy(dtype=np.int64) - start_h, minlength=days * 24)

    @cached_property
    def _hours(self) -> sp.csr_matrix:
        """Accounts x hours from the first hour of the first day (UTC), 1 where active."""
        account = self.activity["account"].to_numpy(dtype=np.int64)
        hour = self.activity["hour"].to_numpy(dtype=np.int64) - (self.start_us or 0) // HOUR_US // 24 * 24
        shape = (len(self.accounts), len(self.awake))
        return sp.csr_matrix((np.ones(len(account), dtype=np.int32), (account, hour)), shape=shape)

    def awake_among(self, accounts: NDArray[np.int64]) -> NDArray[np.int64]:
        """`awake` of some accounts alone, by row number."""
        return np.asarray(self._hours[accounts].sum(axis=0), dtype=np.int64).ravel()

    @cached_property
    def network_numbers(self) -> NDArray[np.int64]:
        """A number for the network of each row of `networks`, the same for the same network."""
        return np.asarray(pd.factorize(self.networks["ip24"])[0], dtype=np.int64)

    @cached_property
    def accounts_per_network(self) -> NDArray[np.int64]:
        """Accounts seen on each network, by its number: counted once a run."""
        return np.bincount(self.network_numbers)

    def column(self, name: str) -> NDArray[np.float64]:
        """A numeric column as floats, by row number."""
        return self.accounts[name].to_numpy(dtype=np.float64)


HASH_COLUMNS = [
    "skeleton_h",
    "system_h",
    "n_words",
    "pre8",
    "pre16",
    "pre32",
    "pre64",
    "suf8",
    "suf16",
    "suf32",
    "suf64",
]


MEASURES = (
    "fresh",
    "tagged",
    "elicited",
    "elicited_tokens",
    "n_input_tokens",
    "n_output_tokens",
    "counted_output",
    "counted_tokens",
    "limited",
    "capped",
    "unstreamed",
    "instructed",
    "prompted",
)
"""Sums of slim rows that signals read, by account and by member of a unit."""
FRACTIONS = ["fresh", "elicited", "elicited_tokens"]


def sums_of(t: ir.Table) -> dict[str, ir.Value]:
    """Aggregates of slim rows: exchanges, first and last time, and every measure."""
    plain: dict[str, ir.Value] = {"n": t.count(), "first_us": t.ts_us.min(), "last_us": t.ts_us.max()}
    return plain | {name: t[name].sum() for name in MEASURES}


SKETCH_COLUMNS = ("near_h", "sim12", "sketch")


def account_numbers(exchanges: ir.Table, elicitation_mask: int) -> ir.Table:
    """Every account with its row number (account_id, account), in an order made of behaviour so that names decide no draw."""
    t = exchanges
    sums = t.group_by("account_id").agg(
        first_us=t.ts_us.min(), last_us=t.ts_us.max(), n=t.count(), tagged=_tagged(t, elicitation_mask).sum()
    )
    frame = sums.to_pandas()
    frame = frame.sort_values(["first_us", "last_us", "n", "tagged", "account_id"], kind="stable")
    return ibis.memtable(pd.DataFrame({"account_id": frame["account_id"], "account": np.arange(len(frame))}))


def slim(exchanges: ir.Table, numbers: ir.Table, elicitation_mask: int, sketches: ir.Table | None = None) -> ir.Table:
    """The columns that scoring needs, all of them numbers, computed once for the whole run.

    `account` is the row number, `fresh` 1 / (times that this prompt occurs in the window), `again` the prompt's hash where it
    occurs more than once. Openings and endings that occur once are left out: nobody shares them, nor any longer one.
    """
    t = exchanges
    for name, column in (("prompt", "prompt_h"), ("pre", "pre8"), ("suf", "suf8")):
        found = met_again(exchanges, column).rename({f"{name}_value": "value", f"{name}_times": "times"})
        t = t.left_join(found, t[column] == found[f"{name}_value"])
    if sketches is None:
        t = t.mutate(near_h=ibis.null("int64"), sim12=ibis.null("int16"), sketch=ibis.null("int64"))
    else:
        t = t.left_join(sketches.rename(sketched_h="skeleton_h"), t.skeleton_h == sketches.skeleton_h)
    t = t.inner_join(numbers, t.account_id == numbers.account_id)
    elicited = _tagged(t, elicitation_mask) / t.prompt_times.fill_null(1).cast("float64")
    t = t.select(
        *(t[name] for name in ("skeleton_h", "system_h", "n_words")),
        *(t[name] for name in SKETCH_COLUMNS),
        account=t.account.cast("int32"),
        ts_us=t.ts_us,
        hour=(t.ts_us // HOUR_US).cast("int32"),
        again=t.prompt_value,
        fresh=1.0 / t.prompt_times.fill_null(1).cast("float64"),
        tagged=_tagged(t, elicitation_mask).cast("int8"),
        elicited=elicited,
        elicited_tokens=elicited * t.n_output_tokens.fill_null(0),
        n_input_tokens=t.n_input_tokens.fill_null(0).cast("int32"),
        n_output_tokens=t.n_output_tokens.fill_null(0).cast("int32"),
        counted_output=_counted(t, t.n_output_tokens),
        counted_tokens=_counted(t, t.n_input_tokens.cast("int64") + t.n_output_tokens),
        limited=t.max_tokens.notnull().cast("int8"),
        capped=(t.n_output_tokens >= t.max_tokens).fill_null(False).cast("int8"),
        unstreamed=(~t.stream).fill_null(False).cast("int8"),
        instructed=t.system_h.notnull().cast("int8"),
        prompted=t.prompt_h.notnull().cast("int8"),
        tags=t.task_tags.fill_null(0).cast("int32"),
        refused=t.status.isin(list(REFUSED)).fill_null(False),
        **{c: _shared(t, c) for c in HASH_COLUMNS if c.startswith(("pre", "suf"))},
    )
    return stored(t, int(exchanges.count().execute()))


def _shared(t: ir.Table, column: str) -> ir.Value:
    """An opening or ending where its first or last eight words occur more than once."""
    return ibis.ifelse(t[f"{column[:3]}_value"].notnull(), t[column], ibis.null("int64"))


def _counted(t: ir.Table, value: ir.Value) -> ir.Value:
    """The value where both token counts of the exchange are known, else 0: a share of tokens must not mix in what is missing."""
    both = t.n_input_tokens.notnull() & t.n_output_tokens.notnull()
    return ibis.ifelse(both, value, 0).cast("int32")


def _tagged(t: ir.Table, elicitation_mask: int) -> ir.IntegerColumn:
    return ((t.task_tags.cast("int64") & ibis.literal(elicitation_mask, "int64")) != 0).cast("int64")


def account_sums(t: ir.Table) -> ir.Table:
    """Per account: exchanges, first and last time, every measure, last accepted and last refused request."""
    return t.group_by("account").agg(
        **sums_of(t),
        accepted_us=t.ts_us.max(where=~t.refused),
        refused_us=t.ts_us.max(where=t.refused),
        n_refused=t.refused.cast("int64").sum(),
    )


def reduce_log(exchanges: ir.Table, rows: ir.Table, numbers: ir.Table, accounts: ir.Table | None) -> Log:
    """The reduced log of some exchanges, of the same as slim rows, and of the accounts' row numbers.

    Parties are still one per account; clustering.parties fills them in.
    """
    sums = account_sums(rows).to_pandas().sort_values("account", ignore_index=True).drop(columns="account")
    # Threads add in any order: without rounding the last bit would decide ties between accounts.
    sums[FRACTIONS] = sums[FRACTIONS].round(6)
    sums.insert(0, "account_id", numbers.to_pandas().sort_values("account")["account_id"].to_numpy(dtype=object))
    records, known = _account_records(accounts)
    frame = sums.merge(records, on="account_id", how="left") if records is not None else sums
    for column in ACCOUNT_COLUMNS:
        if column not in frame:
            frame[column] = None
    frame["party"] = np.arange(len(frame), dtype=np.int64)
    row = pd.Series(frame.index.to_numpy(dtype=np.int64), index=frame["account_id"])
    return Log(
        accounts=frame,
        networks=_networks(exchanges, row),
        activity=_activity(rows),
        settings=_settings(exchanges, row),
        n_exchanges=int(sums["n"].sum()),
        start_us=int(sums["first_us"].min()) if len(sums) else None,
        end_us=int(sums["last_us"].max()) if len(sums) else None,
        known=known,
    )


def _account_records(accounts: ir.Table | None) -> tuple[pd.DataFrame | None, frozenset[str]]:
    if accounts is None:
        return None, frozenset()
    present = [name for name in ACCOUNT_COLUMNS if name in accounts.columns]
    frame = accounts.select("account_id", *present).to_pandas().drop_duplicates("account_id")
    for name in present:
        frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
        frame[name] = frame[name].map(lambda value: None if value == "" else value)
    known = frozenset(name for name in present if frame[name].notna().any())
    return frame, known


def _networks(exchanges: ir.Table, row: pd.Series) -> pd.DataFrame:
    seen = exchanges.filter(exchanges.ip24.notnull()).group_by("account_id", "ip24").agg(n=lambda t: t.count())
    frame = seen.to_pandas()
    frame["account"] = frame["account_id"].map(row).astype("int64")
    return frame[["account", "ip24", "n"]].sort_values(["account", "n", "ip24"], kind="stable").reset_index(drop=True)


def _activity(t: ir.Table) -> pd.DataFrame:
    frame = t.group_by("account", "hour").agg(n=t.count()).to_pandas().astype("int64")
    return frame.sort_values(["account", "hour"], kind="stable", ignore_index=True)


SETTINGS = ("temperature", "max_tokens", "endpoint")


def _settings(exchanges: ir.Table, row: pd.Series) -> pd.DataFrame:
    """How each account sets up its requests: one operator's program leaves the same options in all of its accounts."""
    t = exchanges
    distinct = t.group_by("account_id", *SETTINGS, agent=t.user_agent.fill_null("")).agg(n=t.count())
    words = ibis.literal("")
    for name in SETTINGS:
        words = words + distinct[name].cast("string").fill_null("-") + "|"
    sums = distinct.group_by("account_id", "agent", settings=words).agg(n=distinct.n.sum())
    frame = sums.to_pandas()
    frame["account"] = frame["account_id"].map(row).astype("int64")
    order = ["account", "n", "settings", "agent"]
    ordered = frame.sort_values(order, ascending=[True, False, True, True], kind="stable")
    return ordered[["account", "agent", "settings", "n"]].reset_index(drop=True)
