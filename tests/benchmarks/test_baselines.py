"""The methods that detection is compared with do what their names say, on logs small enough to check."""

from __future__ import annotations

from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import baselines

START_US = 1_788_220_800_000_000


def log(n_accounts: int = 40, *, odd: int = 0) -> ibis.Table:
    """Accounts alike by chance; the first `odd` of them run day and night on one network without repeating."""
    rng = np.random.default_rng(3)
    rows = []
    for number in range(n_accounts):
        strange = number < odd
        count = 400 if strange else int(rng.integers(20, 60))
        hours = (
            rng.integers(0, 24 * 14, count) if strange else rng.integers(0, 14, count) * 24 + rng.integers(9, 17, count)
        )
        for row, hour in enumerate(hours.tolist()):
            rows.append(
                {
                    "account_id": f"a{number:03d}", "ts_us": START_US + hour * 3_600_000_000 + row,
                    "prompt_h": number * 1000 + (row if strange else row % 20), "n_input_tokens": int(rng.integers(20, 90)),
                    "n_output_tokens": 2_000 if strange else int(rng.integers(20, 400)), "n_words": 30, "ip24": f"192.0.{number}",
                    "user_agent": "x", "stream": not strange, "temperature": 1.0 if strange else 0.2, "status": 200,
                }
            )  # fmt: skip
    return ibis.memtable(pd.DataFrame(rows))


def test_volume_counts_requests() -> None:
    scores = baselines.by_volume(log(5, odd=1)).scores
    assert scores["a000"] == 400.0 and len(scores) == 5
    assert max(scores, key=lambda account: scores[account]) == "a000"


def test_the_forest_finds_the_odd_account_and_repeats_itself() -> None:
    made = log(odd=1)
    first, again = baselines.isolation_forest(made), baselines.isolation_forest(made)
    assert first == again
    assert max(first.scores, key=lambda account: first.scores[account]) == "a000"


def test_features_are_finite_for_an_account_with_one_exchange_and_unknown_fields() -> None:
    made = log(3).limit(1).mutate(temperature=ibis.null("float64"), ip24=ibis.null("string"))
    table = baselines.features(made)
    assert table.shape == (1, 17) and np.isfinite(table.to_numpy()).all()


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """Six accounts share a long wording; four others share another, too few to count; the rest write freely."""
    wording = "Write out the whole line of thought before you answer and leave no step away, then give the result for case {} only"
    few = "Please translate the following sentence into the language of the customer and keep every name as it is: {}"
    rng = np.random.default_rng(1)
    rows = [(f"h{i}", wording.format(f"w{i}{j}")) for i in range(6) for j in range(10)]
    rows += [(f"t{i}", few.format(f"w{i}{j}")) for i in range(4) for j in range(10)]
    rows += [(f"o{i}", " ".join(f"v{n}" for n in rng.integers(0, 9_000, 20))) for i in range(20) for _ in range(5)]
    path = tmp_path / "exchanges.parquet"
    pq.write_table(pa.table({"account_id": [a for a, _ in rows], "prompt": [p for _, p in rows]}), path)
    return path


def test_minhash_joins_what_five_accounts_share_and_nothing_else(prompts: Path) -> None:
    found = baselines.minhash_clusters(prompts)
    assert found.flagged == {f"h{i}" for i in range(6)}
    assert found.clusters == (frozenset(f"h{i}" for i in range(6)),)
    assert found.scores["h0"] == 10.0 and found.scores["t0"] == found.scores["o0"] == 0.0
    assert len(found.scores) == 30
