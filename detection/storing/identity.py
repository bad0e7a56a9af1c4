"""Which earlier campaign a found one is: by the accounts that both hold. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

KEPT_BY = 0.5


@dataclass(frozen=True, slots=True)
class Earlier:
    """A campaign as its last run left it: core and associate accounts, and whether it was merged into another."""

    pk: int
    accounts: frozenset[str]
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Heir:
    """What a found campaign is among the earlier ones.

    `keeps`: whose id it has (None: a new one); `absorbs`: campaigns that are one with it now; `origin`: the campaign
    that it was a part of until now; `revived`: it was merged into another and stands apart again.
    """

    keeps: int | None = None
    absorbs: tuple[int, ...] = ()
    origin: int | None = None
    revived: bool = False


def heirs(found: Sequence[frozenset[str]], earlier: Sequence[Earlier]) -> list[Heir]:
    """One heir for each found campaign, in the same order.

    Two campaigns are linked when they share over half of the accounts of the smaller one. Every earlier campaign goes to
    the linked one with most of its accounts (a split: the larger part keeps the id); where several go to one, the oldest
    id stays (a join). A found campaign to which none goes is new, or an earlier merged one that stands apart again.

    >>> old = [Earlier(1, frozenset("abcde")), Earlier(2, frozenset("fgh"))]
    >>> heirs([frozenset("abcdefgh")], old)
    [Heir(keeps=1, absorbs=(2,), origin=None, revived=False)]
    >>> heirs([frozenset("abc"), frozenset("de")], old[:1])[1]
    Heir(keeps=None, absorbs=(), origin=1, revived=False)
    """
    links = _links(found, earlier)
    claims: dict[int, list[int]] = {}
    for past in earlier:
        if not past.merged and (goes_to := _best_found(past, links, found)) is not None:
            claims.setdefault(goes_to, []).append(past.pk)
    apart = [i for i in range(len(found)) if i not in claims]
    revived = _revived(apart, links, found, earlier)
    results = []
    for i in range(len(found)):
        if i in claims:
            first, *rest = sorted(claims[i])
            results.append(Heir(first, tuple(rest)))
        else:
            results.append(Heir(revived.get(i), (), _origin(i, links, earlier), i in revived))
    return results


def _links(found: Sequence[frozenset[str]], earlier: Sequence[Earlier]) -> dict[int, dict[int, int]]:
    """Common accounts of linked campaigns: by the earlier one's pk, then by the position of the found one."""
    holders: dict[str, list[int]] = {}
    for i, accounts in enumerate(found):
        for account in accounts:
            holders.setdefault(account, []).append(i)
    links: dict[int, dict[int, int]] = {}
    for past in earlier:
        common = Counter(i for account in past.accounts for i in holders.get(account, ()))
        links[past.pk] = {i: n for i, n in common.items() if n > KEPT_BY * min(len(past.accounts), len(found[i]))}
    return links


def _best_found(
    past: Earlier, links: dict[int, dict[int, int]], found: Sequence[frozenset[str]], among: Sequence[int] | None = None
) -> int | None:
    linked = [i for i in links[past.pk] if among is None or i in among]
    return max(linked, key=lambda i: (links[past.pk][i], len(found[i]), -i), default=None)


def _revived(
    apart: Sequence[int],
    links: dict[int, dict[int, int]],
    found: Sequence[frozenset[str]],
    earlier: Sequence[Earlier],
) -> dict[int, int]:
    """Earlier merged campaigns that stand apart again, by position; the oldest id where several would."""
    revived: dict[int, int] = {}
    for past in sorted(earlier, key=lambda e: e.pk):
        if past.merged and (i := _best_found(past, links, found, apart)) is not None:
            revived.setdefault(i, past.pk)
    return revived


def _origin(i: int, links: dict[int, dict[int, int]], earlier: Sequence[Earlier]) -> int | None:
    standing = [past for past in earlier if not past.merged and i in links[past.pk]]
    best = max(standing, key=lambda past: (links[past.pk][i], -past.pk), default=None)
    return best.pk if best is not None else None
