"""Concealed identity links: who shares something rare though presenting itself as somebody else.

Each shared value weighs log2(1 / u) bits, u the share of parties (not accounts) that hold it, at most 8 bits a field and 20 in
total (Fellegi, Sunter, JASA 64 (1969) 1183; term-frequency form). A link cluster holds only parties that are tied to it by
fields worth at least log2(number of parties) bits together: the point where a true link is as likely as a chance one. One of
these fields is personal: a card, a device, a telephone. Networks and mail patterns are shared by strangers as a matter of
course (carriers, campuses, proxies), so they add to a personal tie and never stand for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from sknetwork.clustering import Leiden

from detection.analysis.statistics import Floats, Ints
from detection.analysis.tables import Log
from detection.clustering.parties import MAIL_PROVIDERS, own_domains

LEAST_CUT = 6
DENSE = 0.5
RESOLUTION = 0.5
PERSONAL = ("payment_fp", "device_fp", "phone_fp", "judgement")
FIELDS = ("payment_fp", "device_fp", "phone_fp", "email_pattern", "email_domain")
FIELD_WORDS = {
    "payment_fp": "payment fingerprint",
    "device_fp": "device fingerprint",
    "phone_fp": "phone fingerprint",
    "email_pattern": "e-mail pattern",
    "email_domain": "e-mail domain",
    "ip24": "network (/24)",
    "judgement": "judgement by a person",
}


@dataclass(frozen=True)
class Identities:
    """Values that at least two parties hold, and who holds them."""

    values: pd.DataFrame
    """One row per value: field, value, parties (how many hold it), bits."""
    held: pd.DataFrame
    """account (row), party, value (row of `values`)."""
    n_parties: int
    fields: tuple[str, ...]

    @cached_property
    def matrix(self) -> sp.csr_matrix:
        """Parties x values, 1 where held: made once a run."""
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
    """Clusters of parties, each tied to others of it by at least log2(parties) bits, a personal field among them."""
    if not len(identities.values):
        return []
    held = identities.matrix
    field_of = pd.factorize(identities.values["field"])[0]
    personal = identities.values["field"].isin(PERSONAL).to_numpy()
    bits = identities.values["bits"].to_numpy(dtype=np.float64)
    need = min(np.log2(max(identities.n_parties, 2)), bits_in_total)
    while True:
        width = np.asarray(held.sum(axis=0)).ravel()
        shared = np.where(width >= 2, bits, 0.0)
        tied = _bits_by_party(held, shared, field_of)
        known = _bits_by_party(held, np.where(personal, shared, 0.0), field_of) > 0
        weak = (tied > 0) & ((np.minimum(tied, bits_in_total) < need) | ~known)
        if not weak.any():
            break
        held = sp.csr_matrix(sp.diags((~weak).astype(np.float64)) @ held)
        held.eliminate_zeros()
    strong = np.flatnonzero(tied >= need)
    block = held[strong]
    several = np.asarray(block.sum(axis=0)).ravel() >= 2
    block, block_bits = block[:, several], bits[several]
    _, labels = connected_components(sp.csr_matrix(block @ block.T), directed=False)
    groups: list[Ints] = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        groups.extend(strong[members[part]].astype(np.int64) for part in _cut(block[members], block_bits))
    return sorted((g for g in groups if len(g) >= min_parties), key=lambda g: (-len(g), int(g[0])))


def _cut(held: sp.csr_matrix, bits: Floats) -> list[Ints]:
    """Parts of a connected cluster: the whole where half of its pairs share something, else its communities.

    Farms that hire one proxy, and a chance network between two of them, make a chain and not a cluster. Edges weigh the bits that a
    pair shares; Leiden with a fixed seed (Traag, Waltman, van Eck, Sci. Rep. 9 (2019) 5233).
    """
    n = held.shape[0]
    edges = sp.csr_matrix(held @ sp.diags(bits) @ held.T)
    edges.setdiag(0)
    edges.eliminate_zeros()
    if n < LEAST_CUT or edges.nnz >= DENSE * n * (n - 1):
        return [np.arange(n, dtype=np.int64)]
    labels = Leiden(resolution=RESOLUTION, random_state=0).fit_predict(edges)
    return [np.flatnonzero(labels == label).astype(np.int64) for label in np.unique(labels)]


def _bits_by_party(held: sp.csr_matrix, bits: Floats, field_of: Ints) -> Floats:
    """Sum over fields of the rarest shared value that each party holds."""
    total = np.zeros(held.shape[0])
    for number in np.unique(field_of):
        weighted = sp.csr_matrix(held.multiply(np.where(field_of == number, bits, 0.0)[None, :]))
        total += np.asarray(weighted.max(axis=1).todense()).ravel()
    return total
