"""What detection is compared with: request volume, an isolation forest on single accounts, MinHash clusters of prompts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

HOUR_US = 3_600_000_000
SHINGLE_WORDS = 3
PERMUTATIONS = 64
THRESHOLD = 0.5
MIN_ACCOUNTS = 5
CROWD = 32
SEED = 20260601


@dataclass(frozen=True, slots=True)
class Ranking:
    """Accounts with a score, higher is more suspect; which are flagged; clusters of them where the method makes any."""

    scores: dict[str, float]
    flagged: frozenset[str] = frozenset()
    clusters: tuple[frozenset[str], ...] = ()


def by_volume(exchanges: ir.Table) -> Ranking:
    """Requests per account."""
    counts = exchanges.group_by("account_id").agg(n=exchanges.count()).to_pandas()
    return Ranking({str(a): float(n) for a, n in zip(counts["account_id"], counts["n"], strict=True)})


def features(exchanges: ir.Table) -> pd.DataFrame:
    """One row an account of what can be said of it alone: volume, days, hours, lengths, repetition, networks, clients."""
    wanted = ["account_id", "ts_us", "prompt_h", "n_input_tokens", "n_output_tokens", "n_words", "ip24", "user_agent"]
    wanted += ["stream", "temperature", "status"]
    frame = exchanges.select(wanted).to_pandas().sort_values(["account_id", "ts_us"])
    frame["hour"] = frame["ts_us"] // HOUR_US
    frame["gap_s"] = frame.groupby("account_id")["ts_us"].diff() / 1e6
    grouped = frame.groupby("account_id")
    n = grouped.size()
    days = frame.assign(day=frame["hour"] // 24).groupby("account_id")["day"].nunique()
    found = pd.DataFrame(
        {
            "log_n": np.log1p(n),
            "days": days,
            "a_day": n / days,
            "hours": grouped["hour"].nunique() / n,
            "hour_entropy": frame.groupby("account_id")["hour"].agg(lambda hours: entropy(hours % 24)),
            "gap_cv": grouped["gap_s"].std() / grouped["gap_s"].mean(),
            "gap_median": np.log1p(grouped["gap_s"].median()),
            "fresh": grouped["prompt_h"].nunique() / n,
            "in_tokens": np.log1p(grouped["n_input_tokens"].median()),
            "out_tokens": np.log1p(grouped["n_output_tokens"].median()),
            "out_spread": grouped["n_output_tokens"].std() / grouped["n_output_tokens"].mean(),
            "words": np.log1p(grouped["n_words"].median()),
            "networks": grouped["ip24"].nunique(),
            "clients": grouped["user_agent"].nunique(),
            "stream": frame.assign(stream=frame["stream"].astype(float)).groupby("account_id")["stream"].mean(),
            "temperature": grouped["temperature"].mean(),
            "failed": frame.assign(failed=frame["status"] != 200).groupby("account_id")["failed"].mean(),
        }
    )
    return found.astype(float).replace([np.inf, -np.inf], np.nan).pipe(lambda f: f.fillna(f.median())).fillna(0.0)


def entropy(hours: pd.Series) -> float:
    """Of the hours of day, in bits.

    >>> entropy(pd.Series([1, 2, 1, 2]))
    1.0
    """
    shares = hours.value_counts(normalize=True).to_numpy()
    return float(-(shares * np.log2(shares)).sum())


def isolation_forest(exchanges: ir.Table) -> Ranking:
    """Anomaly of each account among the others (Liu, Ting and Zhou 2008), 300 trees, seeded."""
    from sklearn.ensemble import IsolationForest  # type: ignore[import-untyped]

    table = features(exchanges)
    forest = IsolationForest(n_estimators=300, random_state=SEED, n_jobs=1).fit(table.to_numpy())
    scores = -forest.score_samples(table.to_numpy())
    return Ranking({str(a): float(s) for a, s in zip(table.index, scores, strict=True)})


def shingles(text: str) -> list[str]:
    """Runs of three words, lower case.

    >>> shingles("The cat sat down")
    ['the cat sat', 'cat sat down']
    """
    words = text.lower().split()
    return [" ".join(words[i : i + SHINGLE_WORDS]) for i in range(max(1, len(words) - SHINGLE_WORDS + 1))]


def minhash_clusters(source: Path) -> Ranking:
    """Near-duplicate prompts alone: an account's score is how many of its requests lie in clusters that five accounts share.

    Every account in such a cluster is flagged; accounts of one cluster are one suspected campaign.
    """
    from rensa import RMinHash, RMinHashLSH

    table = pq.read_table(source, columns=["account_id", "prompt"]).to_pandas().dropna()
    texts, where = np.unique(table["prompt"].to_numpy(dtype=object).astype(str), return_inverse=True)
    sketches = []
    for text in texts:
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
        sketch.update(shingles(str(text)))
        sketches.append(sketch)
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=PERMUTATIONS // 4)
    labels = _joined(_pairs(sketches, index), len(texts))[where]
    return _shared(table["account_id"].to_numpy(dtype=object), labels)


def _pairs(sketches: list[Any], index: Any) -> Iterator[tuple[int, int]]:
    """Near-duplicates among the texts before each that share a band; of a crowd its first ones stand for all."""
    for number, sketch in enumerate(sketches):
        for other in sorted(index.query(sketch))[:CROWD]:
            if sketches[other].jaccard(sketch) >= THRESHOLD:
                yield number, other
        index.insert(number, sketch)


def _joined(pairs: Iterator[tuple[int, int]], size: int) -> NDArray[np.int32]:
    edges = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    graph = sp.coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1])


def _shared(accounts: NDArray[np.object_], labels: NDArray[np.int32]) -> Ranking:
    frame = pd.DataFrame({"account": accounts, "cluster": labels})
    users = frame.groupby("cluster")["account"].transform("nunique")
    shared = frame[users >= MIN_ACCOUNTS]
    scores = dict.fromkeys(map(str, np.unique(accounts.astype(str))), 0.0)
    scores |= {str(a): float(n) for a, n in shared.groupby("account").size().items()}
    clusters = tuple(frozenset(map(str, ids)) for _, ids in shared.groupby("cluster")["account"].unique().items())
    return Ranking(scores, frozenset(a for a, score in scores.items() if score > 0), clusters)
