"""I2 proxy fan-out: how accounts spread over networks. Context only: it never opens the gate."""

from __future__ import annotations

from typing import Any

import numpy as np

from detection.analysis.results import Reading
from detection.signals.base import UNCALIBRATED, Context, Unit

BENIGN = "Travellers, corporate gateways, privacy-minded users and one campus network look the same; weak by itself."


def read(unit: Unit, context: Context) -> Reading:
    """Accounts of the unit per /24 network and networks per account, beside the whole log. No p: it is context."""
    log = context.log
    networks = log.networks
    here = np.isin(networks["account"].to_numpy(dtype=np.int64), unit.members)
    common: dict[str, Any] = {
        "signal": "I2",
        "family": "I",
        "title": "Proxy fan-out",
        "benign": BENIGN,
        "counts": False,
    }
    if not here.any():
        return Reading(sentence="No network addresses are known.", p_reason=UNCALIBRATED, **common)
    # A network and an account stand together in one row at most.
    per_network = np.bincount(log.network_numbers[here])
    per_network = per_network[per_network > 0]
    n_accounts = len(np.unique(networks["account"].to_numpy()[here]))
    everyone = float(log.accounts_per_network.mean())
    value = float(per_network.mean())
    return Reading(
        sentence=f"{value:.1f} of its accounts to a network (all accounts: {everyone:.1f}), up to "
        f"{int(per_network.max())}; {int(here.sum()) / n_accounts:.1f} networks to an account.",
        value=value,
        value_unit="accounts per /24 network",
        denominator=f"{len(per_network)} networks, {n_accounts} accounts",
        effect=value / float(np.maximum(everyone, 1)),
        p_reason="context: no p, weight 0",
        accounts=unit.strongest(context.log),
        **common,
    )
