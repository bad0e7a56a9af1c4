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
    """A share between 0 and 1 in %, with one decimal below 10 % and above 99 %; only none is 0 and only all is 100.

    >>> percent(1.0), percent(0.557), percent(0.0417), percent(0.0)
    ('100 %', '56 %', '4.2 %', '0 %')
    >>> percent(0.9962), percent(0.99999), percent(0.0002)
    ('99.6 %', 'over 99.9 %', 'under 0.1 %')
    """
    value = 100 * share
    if 0 < value < 0.05:
        return "under 0.1 %"
    if 99.5 <= value < 100:
        return f"{value:.1f} %" if value < 99.95 else "over 99.9 %"
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
    """A length of time in the units that a reader thinks in, no finer than anybody acts on.

    >>> duration(45), duration(2_700), duration(35_172), duration(183_600), duration(86_400 * 45.3), duration(None)
    ('45 s', '45 min', '9 h 46 min', '2 d 3 h', '45 d', '—')
    """
    if seconds is None:
        return "—"
    if seconds < 119.5:
        return f"{seconds:.0f} s" if seconds >= 9.95 or seconds == round(seconds) else f"{seconds:.1f} s"
    minutes, hours = round(seconds / 60), round(seconds / 3_600)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    if hours < 30 * 24:
        return f"{hours // 24} d {hours % 24} h" if hours % 24 else f"{hours // 24} d"
    return f"{seconds / 86_400:,.0f} d"


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


def expected(value: float) -> str:
    """How many are expected, which is seldom a whole number.

    >>> expected(0.444), expected(1.55), expected(240.0)
    ('0.44', '1.6', '240')
    """
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"


def counted(n: int, word: str) -> str:
    """A number with its noun.

    >>> counted(1, "closure"), counted(1_200, "account")
    ('1 closure', '1,200 accounts')
    """
    return f"{n:,} {word}{'' if n == 1 else 's'}"
