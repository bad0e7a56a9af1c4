"""Template mining over hashes: which fixed openings, endings, whole skeletons and system prompts several customers share.

A candidate is a value of one hash column (whole skeleton, first or last n words of it, system prompt). Nested candidates are
subsumed: where a longer opening covers 95 % of a shorter one's exchanges, the longer one stands (longest informative wins).
Openings under eight words are language, not templates: unrelated people share "I would like to" without any common source.
"""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from detection.analysis.scratch import stored

LENGTHS = (64, 32, 16, 8)
COLUMNS = tuple(f"{end}{length}" for length in LENGTHS for end in ("pre", "suf"))
MASK = 0x7FFFFFFF


def column_words(column: str) -> int:
    """How many fixed words a candidate of this column has at least; whole skeletons and system prompts count as 8.

    >>> column_words("pre32"), column_words("skeleton_h")
    (32, 8)
    """
    return int(column[3:]) if column in COLUMNS else 8


def candidates(rows: ir.Table, *, min_words: int, trivial_system: Iterable[int]) -> pd.DataFrame:
    """Every hash that at least two accounts share, by account: column, value, account, n, mark, parent, example.

    `mark` is the same for two candidates only if they pick the same skeletons; `parent` is the next shorter opening.
    Who shares a longer opening or a whole skeleton shares its first eight words, so only rows with a shared one are searched
    further: in free text that leaves few.
    """
    columns = ["account", "skeleton_h", "n_words"]
    most = int(rows.count().execute())
    openings = stored(_kept(rows, "pre8").select(*columns, *(f"pre{n}" for n in LENGTHS)), most)
    endings = stored(_kept(rows, "suf8").select(*columns, *(f"suf{n}" for n in LENGTHS)), most)
    frames = [_shared(openings if c.startswith("pre") else endings, c, parent) for c, parent in _columns(min_words)]
    whole = openings if min_words >= min(LENGTHS) else rows
    frames.append(_shared(whole.filter(whole.n_words >= min_words), "skeleton_h", None))
    frames.append(_shared(rows.filter(rows.near_h.notnull()), "near_h", None))
    trivial = sorted(trivial_system)
    frames.append(_shared(rows.filter(~rows.system_h.isin(trivial)) if trivial else rows, "system_h", None))
    return pd.concat(frames, ignore_index=True)


def _columns(min_words: int) -> list[tuple[str, str | None]]:
    kept = [length for length in LENGTHS if length >= min_words]
    parents = dict(zip(kept, [*kept[1:], None], strict=True))
    return [(f"{end}{n}", f"{end}{parents[n]}" if parents[n] else None) for n in kept for end in ("pre", "suf")]


def _kept(t: ir.Table, column: str) -> ir.Table:
    """The rows whose value in this column several accounts have."""
    t = t.filter(t[column].notnull())
    seen = t.group_by(value=t[column]).agg(low=t.account.min(), high=t.account.max())
    several = seen.filter(seen.low < seen.high)
    return t.semi_join(several, t[column] == several["value"])


def _shared(t: ir.Table, column: str, parent: str | None) -> pd.DataFrame:
    t = _kept(t, column)
    by_account = t.group_by(value=t[column], account=t.account).agg(
        n=t.count(),
        mark=(t.skeleton_h.fill_null(0) & ibis.literal(MASK, "int64")).sum(),
        parent=t[parent].min() if parent else ibis.null("int64"),
        example=t.skeleton_h.min(),
    )
    frame = by_account.to_pandas()
    frame["parent"] = frame["parent"].astype("Int64")
    frame.insert(0, "column", column)
    return frame


def subsume(found: pd.DataFrame) -> pd.DataFrame:
    """The candidates that stand: one row each (column, value, words, n, accounts, mark, example), nested ones removed."""
    grouped = found.astype({"parent": "Int64"}).groupby(["column", "value"], sort=True)
    table = grouped.agg(
        n=("n", "sum"),
        accounts=("account", "nunique"),
        mark=("mark", "sum"),
        parent=("parent", "min"),
        example=("example", "min"),
    ).reset_index()
    table["words"] = table["column"].map(column_words)
    # The system prompt first: it is the wrapper itself. Then the whole skeleton, then the longest opening.
    order = {"system_h": 0, "skeleton_h": 1, "near_h": 2, **{column: i + 3 for i, column in enumerate(COLUMNS)}}
    table["order"] = table["column"].map(order)
    table = table.sort_values(["order", "value"], kind="stable")
    covered = table.loc[table["parent"].notna()].copy()
    covered["of"] = covered["column"].map(_parent_column)
    biggest = covered.groupby(["of", "parent"])["n"].max()
    keys = pd.MultiIndex.from_arrays([table["column"], table["value"]])
    child = biggest.reindex(keys).to_numpy(dtype=np.float64)
    table = table.loc[~(child >= 0.95 * table["n"].to_numpy())]
    table = table.drop_duplicates(["n", "accounts", "mark"], keep="first")
    return table.drop(columns=["order", "parent"]).reset_index(drop=True)


def _parent_column(column: str) -> str | None:
    if column not in COLUMNS:
        return None
    shorter = [length for length in LENGTHS if length < int(column[3:])]
    return f"{column[:3]}{shorter[0]}" if shorter else None
