"""Declared customers: accounts that openly present themselves as one customer with many keys are one party.

Links inside a party are declared, not concealed, and prove nothing. Accounts share a party when they name the same verified
organisation, or when they write from the same own e-mail domain: one that is no mail provider and is not used under several
organisation names.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

# Domains that anyone may sign up at; sharing one says nothing about who owns the account.
MAIL_PROVIDERS = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "msn.com",
        "yahoo.com",
        "ymail.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "aol.com",
        "proton.me",
        "protonmail.com",
        "pm.me",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "t-online.de",
        "mail.com",
        "mail.ru",
        "yandex.ru",
        "yandex.com",
        "qq.com",
        "163.com",
        "126.com",
        "sina.com",
        "sohu.com",
        "foxmail.com",
        "naver.com",
        "daum.net",
        "hanmail.net",
        "zoho.com",
        "fastmail.com",
        "tutanota.com",
        "orange.fr",
        "free.fr",
        "laposte.net",
        "libero.it",
        "wp.pl",
        "o2.pl",
        "seznam.cz",
        "rediffmail.com",
    ]
)


def declared_parties(accounts: pd.DataFrame) -> NDArray[np.int64]:
    """Party number of each account row; parties are numbered in the order of their first account.

    >>> frame = pd.DataFrame({"organisation": ["Ash", "Ash", None], "verified": [True, True, None],
    ...                       "email_domain": [None, None, "gmail.com"]})
    >>> declared_parties(frame).tolist()
    [0, 0, 1]
    """
    n = len(accounts)
    keys = [_verified_organisation(accounts), _own_domain(accounts)]
    rows: list[int] = []
    columns: list[int] = []
    for key in keys:
        for members in key.dropna().groupby(key.dropna()).groups.values():
            positions = sorted(int(i) for i in members)
            rows.extend(positions[:-1])
            columns.extend(positions[1:])
    graph = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    _, first = np.unique(labels, return_index=True)
    rank = {int(labels[i]): number for number, i in enumerate(sorted(first))}
    return np.array([rank[int(label)] for label in labels], dtype=np.int64)


def own_domains(accounts: pd.DataFrame) -> frozenset[str]:
    """E-mail domains that belong to one customer.

    No mail provider, at most one organisation name among its accounts, and no sign of separate customers: most accounts name
    the organisation, or they share cards (or nobody's card is known). Accounts that each pay with a card of their own under no
    name are strangers at a mail provider that is not on the list.
    """
    columns = [name for name in ("email_domain", "organisation", "payment_fp") if name in accounts]
    named = accounts.loc[accounts["email_domain"].notna(), columns]
    sums = named.groupby("email_domain").agg(
        accounts=("email_domain", "size"), names=("organisation", "nunique"), named=("organisation", "count")
    )
    cards = named.groupby("email_domain")["payment_fp"].agg(["nunique", "count"]) if "payment_fp" in named else None
    apart = (cards["nunique"] > 0.5 * cards["count"]) & (cards["count"] > 1) if cards is not None else False
    own = (sums["names"] <= 1) & ((sums["named"] > 0.5 * sums["accounts"]) | ~apart | (sums["accounts"] == 1))
    return frozenset(str(domain) for domain in sums.index[own] if str(domain).lower() not in MAIL_PROVIDERS)


def _verified_organisation(accounts: pd.DataFrame) -> pd.Series:
    verified = accounts["verified"].map(lambda value: value is True or value == 1)
    return accounts["organisation"].where(verified & accounts["organisation"].notna())


def _own_domain(accounts: pd.DataFrame) -> pd.Series:
    return accounts["email_domain"].where(accounts["email_domain"].isin(own_domains(accounts)))
