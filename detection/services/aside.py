"""Exchanges that a run did not read, or not in full, although the lake holds them: counted, so that nobody takes them for read."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir

from detection.enums import RunKind, RunState
from detection.models import DetectionRun
from traffic.lake import Lake
from traffic.versions import older


@dataclass(frozen=True, slots=True)
class Aside:
    """How many exchanges came too late for the window, lie ahead of it, or were derived by an older version."""

    missed: int
    ahead: int
    older: int

    @property
    def words(self) -> list[str]:
        """The counts as the run's message tells them; nothing for none."""
        missed = (
            f"{self.missed:,} exchanges that came in since the live run before lie before this window and were not read; "
            "a run with a window that holds them reads them."
        )
        ahead = (
            f"Exchanges not read, since their time lies more than a day after this run began: {self.ahead:,}; look at "
            "the clock of their source."
        )
        older = (
            f"Exchanges of an older derivation: {self.older:,}; of them only whole prompts and skeletons are compared, "
            "neither first or last words nor task tags."
        )
        told = ((self.missed, missed), (self.ahead, ahead), (self.older, older))
        return [words for n, words in told if n]


def set_aside(run: DetectionRun, lake: Lake, exchanges: ir.Table) -> Aside:
    """What the run sets aside; `exchanges` are those of its window as the lake holds them."""
    return Aside(_missed(run, lake), _ahead(run, lake), older(exchanges))


def _missed(run: DetectionRun, lake: Lake) -> int:
    """Exchanges that came in since the live run before and lie before the window, so that no daily run reads them."""
    if not run.is_live or run.window_start is None:
        return 0
    before = DetectionRun.objects.filter(kind=RunKind.LIVE, state=RunState.FINISHED, pk__lt=run.pk).order_by("-id")
    since = before.values_list("last_file_id", flat=True).first() or 0
    return _count(lake.exchanges(end=run.window_start, after=since, up_to=run.last_file_id))


def _ahead(run: DetectionRun, lake: Lake) -> int:
    """Exchanges whose time lies after a rolling window, since it cannot be right."""
    if run.rolling_days is None or run.window_end is None:
        return 0
    return _count(lake.exchanges(start=run.window_end, up_to=run.last_file_id))


def _count(exchanges: ir.Table) -> int:
    return int(exchanges.count().to_pyarrow().as_py())
