"""When each account of a decision is told: drawn within a window, so that the moment of a ban says nothing of the rule. Pure."""

from __future__ import annotations

import hashlib


def drawn_delay(seed: str, account_id: str, spread_s: int) -> int:
    """Seconds that one account's call waits within the window: drawn once, the same whenever it is asked.

    >>> drawn_delay("seed", "acct-1", 0)
    0
    >>> 0 <= drawn_delay("seed", "acct-1", 900) <= 900
    True
    """
    return int(hashlib.sha256(f"{seed}\n{account_id}".encode()).hexdigest()[:12], 16) % (spread_s + 1)
