"""Outside scores that a source delivers as a file go the same way as those handed in over the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from detection.services import OutsideScoreRow, receive_outside_scores
from staff.permissions import Worker
from traffic.connectors.base import Reject
from traffic.connectors.outside_scores import OutsideScoreRecord, outside_score
from traffic.connectors.small import Row
from traffic.models import Source
from traffic.sinks import Taken, read_each


def take_scores(rows: Sequence[Row], source: Source, pulled_at: datetime) -> Taken:
    """Store the scores of a file, one classifier version at a time; rows without a known account are refused."""
    records, rejects = read_each(rows, outside_score, source.settings)
    taken = Taken(rejects=rejects)
    by_version: dict[tuple[str, str], list[OutsideScoreRecord]] = defaultdict(list)
    for record in records:
        by_version[(record.classifier, record.version)].append(record)
    for (name, version), group in sorted(by_version.items()):
        rows_in = [_row(record, pulled_at) for record in group]
        added, refused = receive_outside_scores(rows=rows_in, name=name, version=version, actor=Worker("pull"))
        taken.stored += added
        taken.known += len(group) - added - len(refused)
        taken.rejects += [Reject.of(0, row.subject_id.encode(), why) for row, why in refused]
    return taken


def _row(record: OutsideScoreRecord, pulled_at: datetime) -> OutsideScoreRow:
    account = record.subject_id if record.subject_kind == "account" else record.subject_id.partition("/")[0]
    return OutsideScoreRow(record.subject_kind, record.subject_id, account, record.score, record.scored_at or pulled_at)
