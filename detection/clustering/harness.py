"""Accounts of different customers that are set up alike and were signed up together: the trace of a farm.

Set-up: temperature, token limit, endpoint, whether a system prompt is sent, and the size of a request to a power of four; client
programs are left out, since farms rotate them. Among the customers who share one, a stretch of sign-ups denser than the rest of
the log's explains forms a cluster (binomial scan; Kulldorff, Communications in Statistics 26 (1997) 1481). Users of one
tutorial leave the same trace, so this forms a cluster and confirms nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import gammaln

from detection.analysis.statistics import Floats, Ints
from detection.analysis.tables import Log
from detection.clustering.units import Cluster

MOSTLY = 0.5
WIDEST = 0.25
"""Widest stretch of the sign-up clock that can be a cluster, as a share of all other sign-ups."""


def harness_clusters(log: Log, *, min_accounts: int, alpha: float) -> list[Cluster]:
    """Clusters of accounts of one set-up whose sign-ups crowd; `alpha` pays for every stretch that was looked at in the log."""
    created = log.accounts["created_at_us"].astype("float64").to_numpy(dtype=np.float64)
    usual = usual_set_up(log)
    usual = usual[~np.isnan(created[usual.index.to_numpy(dtype=np.int64)])]
    clock = np.sort(created[~np.isnan(created)])
    groups = [rows.index.to_numpy(dtype=np.int64) for _, rows in usual.groupby(usual, sort=True)]
    groups = [rows for rows in groups if len(rows) >= min_accounts]
    looked_at = sum(len(rows) * (len(rows) - 1) // 2 for rows in groups)
    found = []
    for rows in groups:
        for crowd in _crowds(rows, created, clock, min_accounts, alpha / max(looked_at, 1)):
            parties = np.unique(log.party[crowd])
            if len(parties) >= 3:
                words = "one set-up of requests and crowded sign-ups"
                found.append(Cluster(parties, ("I3", "X1"), words, np.sort(crowd)))
    return found


def _crowds(rows: Ints, created: Floats, clock: Floats, least: int, alpha: float) -> list[Ints]:
    """Stretches of sign-ups that hold too many of the rows, the least likely first, each row in one at most."""
    left, found = rows[np.argsort(created[rows], kind="stable")], []
    factorial = gammaln(np.arange(len(rows) + 1, dtype=np.float64) + 1)
    while len(left) >= least:
        inside = np.searchsorted(clock, created[left], side="right")
        before = np.searchsorted(clock, created[left], side="left")
        best: tuple[float, int, int] | None = None
        limit = np.log(alpha)
        for first in range(len(left) - least + 1):
            lasts = np.arange(first + least - 1, len(left))
            own = lasts - first + 1
            others = (inside[lasts] - before[first]) - own
            share = np.maximum(others, 1) / max(len(clock) - len(left), 1)
            # A tail is no lighter than its first term: most stretches are out without summing theirs.
            term = factorial[len(left)] - factorial[own] - factorial[len(left) - own]
            term = term + own * np.log(share) + (len(left) - own) * np.log1p(-np.minimum(share, WIDEST))
            near = np.flatnonzero((share <= WIDEST) & (term <= limit + 1e-6))
            if not len(near):
                continue
            tail = stats.binom.logsf(own[near] - 1, len(left), share[near])
            at = int(np.argmin(tail))
            if best is None or float(tail[at]) < best[0]:
                best = (float(tail[at]), first, int(lasts[near[at]]))
        if best is None or best[0] > limit:
            break
        found.append(left[best[1] : best[2] + 1])
        left = np.delete(left, np.arange(best[1], best[2] + 1))
    return found


def usual_set_up(log: Log) -> pd.Series:
    """The set-up of most of each account's requests, by row number; accounts without one are left out."""
    sums = log.settings.groupby(["account", "settings"], sort=True)["n"].sum().reset_index()
    top = sums.sort_values(["account", "n", "settings"], ascending=[True, False, True], kind="stable")
    top = top.drop_duplicates("account")
    total = sums.groupby("account")["n"].sum()
    top = top[top["n"].to_numpy() > MOSTLY * total.reindex(top["account"]).to_numpy()]
    rows = top["account"].to_numpy(dtype=np.int64)
    system = np.where(log.column("instructed")[rows] > MOSTLY * log.column("n")[rows], "system prompt", "none")
    words = top["settings"].to_numpy(dtype=object) + system + "|" + _size(log, rows).astype(str)
    return pd.Series(words, index=rows).sort_index()


def _size(log: Log, rows: Ints) -> Ints:
    mean = log.column("n_input_tokens")[rows] / np.maximum(log.column("n")[rows], 1)
    return np.floor(np.log2(np.maximum(mean, 1.0)) / 2).astype(np.int64)
