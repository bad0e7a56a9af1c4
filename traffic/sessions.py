"""One account's run of exchanges: by conversation id, else by pauses of 30 minutes."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

GAP_US = 30 * 60 * 1_000_000


def sessions(exchanges: ir.Table) -> ir.Table:
    """The exchanges with a `session_id` each, the same on every engine for the same exchanges.

    An account whose conversation ids are different for every one of two or more exchanges has none: some gateways write
    the call's own id there. Its sessions, and those of exchanges without an id, end at a pause of more than 30 minutes.
    A session that reaches over the edge of a window is named after the first exchange inside it.
    """
    account = ibis.window(group_by="account_id")
    given = exchanges.session_ref.count().over(account)
    distinct = exchanges.session_ref.nunique().over(account)
    usable = exchanges.session_ref.notnull() & ~((given >= 2) & (distinct == given))
    table = exchanges.mutate(_conversation=ibis.ifelse(usable, exchanges.session_ref, ibis.null(str)))
    table = table.mutate(_loose=table._conversation.isnull())
    run = ibis.window(group_by=["account_id", "_loose"], order_by=["ts_us", "exchange_id"])
    before = table.ts_us.lag().over(run)
    table = table.mutate(_starts=ibis.ifelse(before.isnull() | (table.ts_us - before > GAP_US), 1, 0))
    so_far = ibis.cumulative_window(group_by=["account_id", "_loose"], order_by=["ts_us", "exchange_id"])
    table = table.mutate(_number=table._starts.sum().over(so_far))
    first = table.ts_us.min().over(ibis.window(group_by=["account_id", "_loose", "_number"]))
    by_pause = table.account_id + "@" + first.cast(str)
    by_id = table.account_id + "#" + table._conversation
    table = table.mutate(session_id=ibis.ifelse(table._loose, by_pause, by_id))
    return table.drop("_conversation", "_loose", "_starts", "_number")
