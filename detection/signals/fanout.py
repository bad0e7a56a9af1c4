"""I2 proxy fan-out: how accounts spread over networks. Context only: it never opens the gate."""

from __future__ import annotations

from typing import Any

import numpy as np

from detection.results import Reading
from detection.signals.base import UNCALIBRATED, Context, Unit

BENIGN = "Travellers, corporate gateways, privacy-minded users and one campus network look the same; weak by itself."


def read(unit: Unit, context: Context) -> Reading:
    """Accounts of the unit per /24 network and networks per account, beside the whole log. No p: it is context."""
    networks = context.log.networks
    inside = networks[networks["account"].isin(unit.members)]
    common: dict[str, Any] = {
        "signal": "I2",
        "family": "I",
        "title": "Proxy fan-out",
        "benign": BENIGN,
        "counts": False,
    }
    if not len(inside):
        return Reading(sentence="No network addresses are known.", p_reason=UNCALIBRATED, **common)
    per_network = inside.groupby("ip24")["account"].nunique()
    per_account = inside.groupby("account")["ip24"].nunique()
    everyone = networks.groupby("ip24")["account"].nunique()
    value = float(per_network.mean())
    return Reading(
        sentence=f"{value:.1f} of its accounts to a network (all accounts: {everyone.mean():.1f}), up to "
        f"{int(per_network.max())}; {per_account.mean():.1f} networks to an account.",
        value=value,
        value_unit="accounts per /24 network",
        denominator=f"{len(per_network)} networks, {len(per_account)} accounts",
        effect=value / float(np.maximum(everyone.mean(), 1)),
        p_reason="context: no p, weight 0",
        accounts=unit.strongest(context.log),
        **common,
    )
