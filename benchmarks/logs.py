"""Labelled logs that detection is measured on: generated or from a path, derived once, then cut and thinned as wanted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from traffic.demo import generate_tables

if TYPE_CHECKING:
    from detection.analysis.results import Analysis

THREADS = 2
IDENTIFIERS = ("organisation", "email_domain", "email_pattern", "payment_fp", "phone_fp", "device_fp")
NETWORK = ("ip", "ip24", "asn", "org_ref")


def set_up() -> None:
    """Settings, so that readers of files may be used; no database is asked anything."""
    import django
    from django.apps import apps
    from django.conf import settings

    if not settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
        installed = [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "audit",
            "staff",
            "accounts",
            "traffic",
            "detection",
        ]
        settings.configure(INSTALLED_APPS=installed, AUTH_USER_MODEL="staff.User", DATABASES={}, USE_TZ=True)
    if not apps.ready:
        django.setup()


@dataclass(frozen=True)
class LabelledLog:
    """Derived exchanges, account records and the truth: account id -> campaign (None: honest), and what it is."""

    name: str
    source: Path  # the exchanges with their text
    parts: tuple[Path, ...]  # derived columns alone
    accounts: pa.Table
    campaigns: Mapping[str, str | None]
    roles: Mapping[str, str]

    @cached_property
    def exchanges(self) -> ir.Table:
        """Derived columns of every exchange, in one DuckDB."""
        return ibis.duckdb.connect(threads=THREADS).read_parquet([str(part) for part in self.parts])

    @cached_property
    def sketches(self) -> ir.Table | None:
        """What mining knows of each distinct skeleton, from all of the log: a part of it sees the same map."""
        from detection.analysis.files import sketch_files

        return sketch_files(self.parts[0].parent) if self.parts else None

    @property
    def honest(self) -> list[str]:
        """Accounts that belong to no campaign, by id."""
        return sorted(account for account, campaign in self.campaigns.items() if campaign is None)


@dataclass(frozen=True)
class View:
    """What detection is given to see of a log."""

    exchanges: ir.Table
    accounts: pa.Table
    sketches: ir.Table | None = None


Words = Callable[[str], None]


def silent(words: str) -> None:
    """Says nothing."""


def derived(
    source: Path, accounts: Path, folder: Path, name: str, labels: Mapping[str, tuple[str | None, str]]
) -> LabelledLog:
    """Reads and derives the files once, as `manage.py analyse` does."""
    set_up()
    from detection.analysis.files import derive_files, read_accounts

    folder.mkdir(parents=True, exist_ok=True)
    parts = derive_files([source], folder, silent)
    campaigns = {account: campaign for account, (campaign, _role) in labels.items()}
    roles = {account: role for account, (_campaign, role) in labels.items()}
    return LabelledLog(name, source, tuple(parts), read_accounts(accounts), campaigns, roles)


def generated(seed: int, scale: float, include: tuple[str, ...], folder: Path) -> LabelledLog:
    """The project's own log of those actors under that seed."""
    folder.mkdir(parents=True, exist_ok=True)
    exchanges, accounts, truth = generate_tables(seed, scale, include)
    pq.write_table(exchanges, folder / "exchanges.parquet", compression="zstd")
    pq.write_table(accounts, folder / "accounts.parquet")
    labels = {name: (row["campaign"], str(row["actor"])) for name, row in truth.items()}
    files = folder / "exchanges.parquet", folder / "accounts.parquet"
    return derived(*files, folder / "derived", f"generated, seed {seed}, scale {scale}", labels)


def from_files(exchanges: Path, accounts: Path, labels: Path, folder: Path) -> LabelledLog:
    """A labelled log on disk; labels hold account_id, campaign (null: honest) and, where known, role.

    Raises ValueError if the labels lack a column.
    """
    rows = pq.read_table(labels)
    for column in ("account_id", "campaign"):
        if column not in rows.column_names:
            raise ValueError(f"labels: {labels} has no column {column!r}; it needs account_id and campaign")
    named = {row["account_id"]: (row["campaign"], str(row.get("role") or "")) for row in rows.to_pylist()}
    return derived(exchanges, accounts, folder / "derived", exchanges.parent.name, named)


def whole(log: LabelledLog) -> View:
    """Everything."""
    return View(log.exchanges, log.accounts, log.sketches)


def only(log: LabelledLog, accounts: Iterable[str]) -> View:
    """The exchanges and records of some accounts."""
    wanted = pa.table({"account_id": pa.array(sorted(accounts), pa.string())})
    kept = log.exchanges.semi_join(ibis.memtable(wanted), "account_id")
    records = log.accounts.filter(pc.is_in(log.accounts["account_id"], wanted["account_id"]))
    return View(kept, records, log.sketches)


def two_thirds(log: LabelledLog, seed: int) -> View:
    """A seeded two thirds of the honest accounts, and nothing else."""
    honest = log.honest
    drawn = np.random.default_rng([seed, 2, 3]).permutation(len(honest))[: round(len(honest) * 2 / 3)]
    return only(log, (honest[i] for i in drawn))


def without_responses(log: LabelledLog) -> View:
    """No response was kept; token counts stay."""
    gone = {
        name: ibis.null(log.exchanges[name].type()) for name in log.exchanges.columns if name.startswith("response")
    }
    return View(log.exchanges.mutate(**gone), log.accounts, log.sketches)


def without_identifiers(log: LabelledLog) -> View:
    """No organisation, address, card, device, phone or network is known."""
    gone = {name: ibis.null(log.exchanges[name].type()) for name in NETWORK if name in log.exchanges.columns}
    accounts = log.accounts
    for name in IDENTIFIERS:
        column = accounts.schema.get_field_index(name)
        accounts = accounts.set_column(column, name, pa.nulls(accounts.num_rows, pa.string()))
    return View(log.exchanges.mutate(**gone), accounts, log.sketches)


def half(log: LabelledLog, seed: int = 1) -> View:
    """Half of the exchanges, drawn at random."""
    ids = np.sort(log.exchanges.exchange_id.to_pandas().to_numpy(dtype=object))
    kept = ids[np.random.default_rng(seed).random(len(ids)) < 0.5]
    chosen = log.exchanges.semi_join(ibis.memtable(pa.table({"exchange_id": kept})), "exchange_id")
    return View(chosen, log.accounts, log.sketches)


def detect(view: View) -> Analysis:
    """A run of detection on what is seen, with the parameters of every run."""
    set_up()
    from detection.analysis.parameters import TRIVIAL_SYSTEM_PROMPTS, Parameters
    from detection.analysis.pipeline import Inputs, run
    from traffic.tagging import RULES, tag_mask

    trivial = (sha256(text.encode()).digest()[:8] for text in TRIVIAL_SYSTEM_PROMPTS)
    inputs = Inputs(
        accounts=ibis.memtable(view.accounts),
        elicitation_mask=tag_mask(*(rule.name for rule in RULES)),
        trivial_system=frozenset(int.from_bytes(part, "big", signed=True) for part in trivial),
        sketches=view.sketches,
    )
    return run(view.exchanges, inputs, Parameters(), silent)
