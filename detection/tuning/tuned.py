"""Which thresholds stand: those of live runs, and those of the shadow runs beside them."""

from __future__ import annotations

from django.db.models import QuerySet

from detection.analysis.parameters import Parameters
from detection.enums import TuningPurpose
from detection.models import Tuning
from detection.tuning.thresholds import with_thresholds


def standing(purpose: str) -> Tuning | None:
    """The thresholds that stand for live or shadow runs; None where nobody set any. One query."""
    return Tuning.objects.filter(purpose=purpose).order_by("-id").first()


def live_parameters() -> Parameters:
    """What the next live run is told: the defaults, with the thresholds that stand. One query."""
    found = standing(TuningPurpose.LIVE)
    return with_thresholds(found.thresholds) if found else Parameters()


def changes() -> QuerySet[Tuning]:
    """Every change of thresholds, for the page; keyed by `-id`."""
    return Tuning.objects.order_by("-id")
