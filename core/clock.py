"""The one place that reads the clock, so that a test can set it and pure code cannot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils import timezone

MICROSECOND = 1
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return timezone.now()


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch, UTC.

    >>> to_us(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def from_us(ts_us: int) -> datetime:
    """The moment `ts_us` microseconds after the epoch, aware, in UTC.

    >>> from_us(1000000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return EPOCH + timedelta(microseconds=ts_us)
