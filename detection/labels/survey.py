"""What taking over a delivery would do, before anybody does it."""

from __future__ import annotations

from dataclasses import dataclass

from detection.enums import LabelBasis
from detection.labels.reading import LabelRow
from detection.labels.reference import readable_labels
from detection.models import Label, LabelBatch
from staff.blind import owed_second_review
from staff.models import User

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Clash:
    """A row that says something else than a label that stands."""

    row: LabelRow
    label: Label


@dataclass(frozen=True, slots=True)
class Survey:
    """A waiting delivery against what is known: what is new, what stands already, what would contradict."""

    banned: int
    cleared: int
    known: int
    clashes: tuple[Clash, ...]
    n_clashes: int
    first_rows: tuple[LabelRow, ...]


def survey(batch: LabelBatch, reader: User) -> Survey:
    """Compare a waiting delivery with the labels that stand, as far as the reader may know of them. Three queries."""
    rows = [LabelRow.from_json(row) for row in batch.rows]
    about = (
        readable_labels(owed_second_review(reader))
        .filter(account__account_id__in={row.account_id for row in rows})
        .select_related("account")
    )
    imported = about.filter(basis=LabelBasis.IMPORT)
    known = set(imported.values_list("account__account_id", "kind", "source", "decided_at"))
    standing: dict[str, list[Label]] = {}
    for label in about.filter(withdrawn_at=None).order_by("id"):
        standing.setdefault(label.account.account_id, []).append(label)
    fresh = [row for row in rows if row.key not in known]
    clashes = [
        Clash(row, label) for row in fresh for label in standing.get(row.account_id, ()) if label.kind != row.kind
    ]
    banned = sum(row.kind == "confirmed" for row in rows)
    return Survey(
        banned=banned,
        cleared=len(rows) - banned,
        known=len(rows) - len(fresh),
        clashes=tuple(clashes[:SHOWN]),
        n_clashes=len(clashes),
        first_rows=tuple(rows[:SHOWN]),
    )
