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


def share(part: float | None, whole: float | None) -> str:
    """A share in % with its n.

    >>> share(43, 50), share(1, 0)
    ('86 % of 50', 'none of 0')
    """
    if part is None or not whole:
        return "none of 0"
    percent = 100 * part / whole
    shown = f"{percent:.0f}" if percent >= 10 or percent == 0 else f"{percent:.1f}"
    return f"{shown} % of {whole:,.0f}"


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
