"""Accounts of different customers whose requests are set up alike: the trace of one program run with one configuration.

Client program, temperature, token limit, endpoint, whether a system prompt is sent, and the size of a request to a power of four.
Settings of many customers (a library's defaults) join nothing. Like a shared wording this forms a cluster and confirms nothing: users
of one tool leave the same trace, so its members must be tied by something that strangers do not share.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from detection.clustering.units import Cluster
from detection.statistics import Ints
from detection.tables import Log

MOSTLY = 0.5


def harness_clusters(log: Log, *, min_accounts: int, max_share: float) -> list[Cluster]:
    """Parties that usually send with the same uncommon set-up; `max_share` of all parties is the most that may share one.

    An account counts under the set-up of most of its requests, and under none where no set-up has a majority.
    """
    usual = usual_set_up(log)
    n_parties = max(len(np.unique(log.party)), 1)
    found = []
    for _, rows in usual.groupby(usual, sort=True):
        accounts = rows.index.to_numpy(dtype=np.int64)
        parties = np.unique(log.party[accounts])
        if len(accounts) >= min_accounts and 3 <= len(parties) <= max(max_share * n_parties, min_accounts):
            found.append(Cluster(parties, ("X1",), "the same uncommon set-up of requests", accounts))
    return found


def usual_set_up(log: Log) -> pd.Series:
    """The set-up of most of each account's requests, by row number; accounts without one, or without known settings, are left out."""
    sums = log.settings.assign(words=log.settings["agent"] + "|" + log.settings["settings"])
    top = sums.sort_values(["account", "n", "words"], ascending=[True, False, True], kind="stable").drop_duplicates("account")
    total = sums.groupby("account")["n"].sum()
    top = top[(top["n"].to_numpy() > MOSTLY * total.reindex(top["account"]).to_numpy()) & (top["agent"] != "")]
    rows = top["account"].to_numpy(dtype=np.int64)
    n = log.column("n")[rows]
    system = np.where(log.column("instructed")[rows] > MOSTLY * n, "system prompt", "none")
    words = top["words"].to_numpy(dtype=object) + "|" + system + "|" + _size(log, rows).astype(str)
    return pd.Series(words, index=rows).sort_index()


def _size(log: Log, rows: Ints) -> Ints:
    mean = log.column("n_input_tokens")[rows] / np.maximum(log.column("n")[rows], 1)
    return np.floor(np.log2(np.maximum(mean, 1.0)) / 2).astype(np.int64)
