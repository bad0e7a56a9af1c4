"""How numbers are written: the same on pages, in the API's sentences and in case files."""

from __future__ import annotations

import math

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def p_value(value: float | None) -> str:
    """A p-value as people write it.

    >>> p_value(2.1e-9), p_value(0.034), p_value(None)
    ('2·10⁻⁹', '0.034', 'no p')
    """
    if value is None:
        return "no p"
    if not 0 <= value <= 1:
        raise ValueError(f"p: {value} is not allowed; a p-value lies in [0, 1]")
    if value == 0:
        return "< 10⁻³⁰⁰"
    if value >= 0.001:
        return f"{value:.2g}"
    exponent = math.floor(math.log10(value))
    return f"{value / 10**exponent:.0f}·10{str(exponent).translate(_SUPERSCRIPT)}"


def percent(share: float) -> str:
    """A share between 0 and 1 in %, with one decimal below 10 %.

    >>> percent(1.0), percent(0.557), percent(0.0417), percent(0.0)
    ('100 %', '56 %', '4.2 %', '0 %')
    """
    value = 100 * share
    return f"{value:.0f} %" if value >= 9.95 or value == 0 else f"{value:.1f} %"


def share(part: float | None, whole: float | None) -> str:
    """A share in % with its n.

    >>> share(43, 50), share(1, 0)
    ('86 % of 50', 'none of 0')
    """
    if part is None or not whole:
        return "none of 0"
    return f"{percent(part / whole)} of {whole:,.0f}"


def duration(seconds: float | None) -> str:
    """A length of time in the unit that a reader thinks in.

    >>> duration(45), duration(5_400), duration(200_000), duration(None)
    ('45 s', '1.5 h', '2.31 d', '—')
    """
    if seconds is None:
        return "—"
    for limit, size, unit in ((120, 1, "s"), (7_200 / 2, 60, "min"), (172_800, 3_600, "h")):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 86_400:.3g} d" if seconds < 86_400_000 else f"{seconds / 86_400:,.0f} d"


def compact(value: float | None) -> str:
    """A count a reader takes in at a glance.

    >>> compact(950), compact(41902), compact(38_600_000)
    ('950', '41,902', '38.6 M')
    """
    if value is None:
        return "—"
    for limit, unit in ((1e9, "G"), (1e6, "M")):
        if abs(value) >= limit:
            return f"{value / limit:.1f} {unit}"
    return f"{value:,.0f}"


def counted(n: int, word: str) -> str:
    """A number with its noun.

    >>> counted(1, "closure"), counted(1_200, "account")
    ('1 closure', '1,200 accounts')
    """
    return f"{n:,} {word}{'' if n == 1 else 's'}"
