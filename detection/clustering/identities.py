"""Concealed identity links: who shares something rare though presenting itself as somebody else.

Each shared value weighs log2(1 / u) bits, u the share of parties (not accounts) that hold it, at most 8 bits a field and 20 in
total (Fellegi, Sunter, JASA 64 (1969) 1183; term-frequency form). Two parties are linked when the fields that they share are
worth at least log2(number of parties) bits together: the point where a true link is as likely as a chance one. No single
field reaches it in a log of more than 256 customers, so a shared proxy alone joins nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from detection.clustering.parties import MAIL_PROVIDERS, own_domains
from detection.statistics import Ints
from detection.tables import Log

FIELDS = ("payment_fp", "device_fp", "phone_fp", "email_pattern", "email_domain")
FIELD_WORDS = {
    "payment_fp": "payment fingerprint",
    "device_fp": "device fingerprint",
    "phone_fp": "phone fingerprint",
    "email_pattern": "e-mail pattern",
    "email_domain": "e-mail domain",
    "ip24": "network (/24)",
}


COMMON_BITS = 2.0


@dataclass(frozen=True)
class Identities:
    """Values that at least two parties hold, and who holds them."""

    values: pd.DataFrame
    """One row per value: field, value, parties (how many hold it), bits."""
    held: pd.DataFrame
    """account (row), party, value (row of `values`)."""
    n_parties: int
    fields: tuple[str, ...]

    def matrix(self) -> sp.csr_matrix:
        """Parties x values, 1 where held."""
        pairs = self.held[["party", "value"]].drop_duplicates()
        ones = np.ones(len(pairs))
        return sp.csr_matrix((ones, (pairs["party"], pairs["value"])), shape=(self.n_parties, len(self.values)))


def shared_identities(log: Log, *, bits_per_field: float) -> Identities:
    """Every identifier value that two or more parties share, with its rarity among the parties that have the field."""
    frames = [_field(log, name) for name in FIELDS if name in log.known]
    if len(log.networks):
        networks = log.networks.rename(columns={"ip24": "text"})[["account", "text"]].assign(field="ip24")
        frames.append(networks)
    if not frames:
        empty = pd.DataFrame({"field": [], "text": [], "parties": [], "bits": []})
        return Identities(
            empty, pd.DataFrame({"account": [], "party": [], "value": []}, dtype="int64"), len(log.accounts), ()
        )
    held = pd.concat(frames, ignore_index=True)
    held["party"] = log.party[held["account"].to_numpy(dtype=np.int64)]
    having = held.groupby("field")["party"].nunique()
    values = held.groupby(["field", "text"], sort=True)["party"].nunique().rename("parties").reset_index()
    values = values[values["parties"] >= 2].reset_index(drop=True)
    share = values["parties"] / values["field"].map(having).astype("float64")
    values["bits"] = np.minimum(bits_per_field, -np.log2(share))
    number = pd.Series(values.index, index=pd.MultiIndex.from_frame(values[["field", "text"]]))
    held["value"] = number.reindex(pd.MultiIndex.from_frame(held[["field", "text"]])).to_numpy()
    held = held[held["value"].notna()].astype({"value": "int64"})[["account", "party", "value"]]
    n_parties = int(log.party.max()) + 1 if len(log.accounts) else 0
    return Identities(values, held.reset_index(drop=True), n_parties, tuple(sorted(having.index)))


def _field(log: Log, name: str) -> pd.DataFrame:
    column = log.accounts[name]
    if name == "email_domain":
        column = column.where(~column.isin(MAIL_PROVIDERS | own_domains(log.accounts)))
    kept = column.dropna()
    return pd.DataFrame(
        {"account": kept.index.to_numpy(dtype=np.int64), "text": kept.astype(str).to_numpy(), "field": name}
    )


def link_clusters(identities: Identities, *, bits_in_total: float, min_parties: int = 2) -> list[Ints]:
    """Clusters of parties, connected by pairs that share at least log2(parties) bits over several fields."""
    if not len(identities.values):
        return []
    need = min(np.log2(max(identities.n_parties, 2)), bits_in_total)
    shared = pair_bits(identities)
    shared.data = np.where(shared.data >= need, shared.data, 0.0)
    shared.eliminate_zeros()
    _, labels = connected_components(shared, directed=False)
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    kept = [group.astype(np.int64) for group in groups if len(group) >= max(min_parties, 2)]
    return sorted(kept, key=lambda group: (-len(group), int(group[0])))


def pair_bits(identities: Identities) -> sp.csr_matrix:
    """Bits of the rarest value that two parties share in each field, summed over fields; parties x parties, upper half.

    Evidence adds up only for one and the same pair: a network shared with one stranger and a mail pattern shared with
    another are two coincidences, not one link.
    """
    held = identities.matrix()
    bits = identities.values["bits"].to_numpy(dtype=np.float64)
    field_of = pd.factorize(identities.values["field"])[0]
    total = sp.csr_matrix((held.shape[0], held.shape[0]))
    for number in np.unique(field_of):
        # What every fourth party has cannot carry a pair over the bar.
        columns = np.flatnonzero((field_of == number) & (bits >= COMMON_BITS))
        best = sp.csr_matrix(total.shape)
        # Values of one rarity at a time: where a pair shares several, the rarest counts once.
        for level in np.unique(bits[columns]):
            part = held[:, columns[bits[columns] == level]]
            pairs = sp.triu(part @ part.T, k=1).tocsr()
            pairs.data = np.full(len(pairs.data), level)
            best = best.maximum(pairs)
        total = total + best
    return sp.csr_matrix(total)
