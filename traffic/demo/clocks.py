"""When requests come: people in their time zones, jobs on a schedule, services round the clock."""

from __future__ import annotations

import numpy as np

from traffic.demo.draws import Draws
from traffic.demo.world import DAY, HOUR, MINUTE, SECOND, Account, World

OFFICE = np.array([1, 1, 1, 1, 1, 2, 5, 14, 40, 60, 62, 55, 38, 52, 60, 56, 48, 34, 18, 12, 10, 8, 5, 2], dtype=float)
HOME = np.array([8, 4, 2, 1, 1, 2, 5, 10, 14, 16, 18, 18, 20, 20, 20, 22, 24, 28, 34, 46, 54, 52, 36, 18], dtype=float)
SERVICE = np.array(
    [6, 5, 4, 4, 4, 5, 8, 12, 16, 20, 22, 22, 21, 20, 20, 20, 19, 18, 17, 16, 15, 13, 10, 8], dtype=float
)
RHYTHMS = {"office": (OFFICE, 0.12), "home": (HOME, 1.15), "service": (SERVICE, 0.8)}  # hours, weekend weight


def hourly_weights(world: World, rhythm: str, offset_h: int, first_us: int) -> np.ndarray:
    """How likely each hour of the window is, for a client living at that offset from UTC."""
    hours, weekend = RHYTHMS[rhythm]
    index = np.arange(world.days * 24) + offset_h
    weekday = (world.start.weekday() + index // 24) % 7
    weights = hours[index % 24] * np.where(weekday >= 5, weekend, 1.0)
    weights[np.arange(world.days * 24) * HOUR + world.start_us + HOUR <= first_us] = 0.0
    return weights


def human_times(world: World, draws: Draws, account: Account, count: int, rhythm: str) -> np.ndarray:
    """Session starts in microseconds: hours by rhythm and time zone, some days much busier than others."""
    weights = hourly_weights(world, rhythm, account.offset_h, max(account.created_us, world.start_us))
    mood = draws.rng.gamma(0.8, 1.0, size=world.days + 2)
    local_day = (np.arange(world.days * 24) + account.offset_h + 24) // 24
    weights = weights * mood[np.clip(local_day, 0, world.days + 1)]
    total = weights.sum()
    if total <= 0 or count <= 0:
        return np.empty(0, dtype=np.int64)
    hours = draws.rng.choice(len(weights), size=count, p=weights / total)
    inside = draws.rng.integers(0, HOUR, size=count)
    return np.sort(world.start_us + hours * HOUR + inside)


def steady_times(world: World, draws: Draws, account: Account, count: int, rhythm: str = "service") -> np.ndarray:
    """Requests of a running product: its users' day curve, every day of the window."""
    weights = hourly_weights(world, rhythm, account.offset_h, max(account.created_us, world.start_us))
    total = weights.sum()
    if total <= 0 or count <= 0:
        return np.empty(0, dtype=np.int64)
    hours = draws.rng.choice(len(weights), size=count, p=weights / total)
    return np.sort(world.start_us + hours * HOUR + draws.rng.integers(0, HOUR, size=count))


def batch_times(world: World, draws: Draws, count: int, hour: int, gap_s: float, weekdays: bool = False) -> np.ndarray:
    """Requests of a scheduled job: every night from that hour on, one after the other."""
    days = [d for d in range(world.days) if not weekdays or (world.start.weekday() + d) % 7 < 5]
    share = np.array_split(np.arange(count), len(days))
    times = []
    for day, rows in zip(days, share, strict=True):
        begin = world.start_us + day * DAY + hour * HOUR + int(draws.rng.integers(2, 40)) * SECOND
        steps = draws.rng.gamma(4.0, gap_s / 4.0, size=len(rows)) * SECOND
        times.append(begin + np.cumsum(steps).astype(np.int64))
    return np.sort(np.concatenate(times))


def turn_gap_us(draws: Draws) -> int:
    """The pause of a person between two turns of a conversation."""
    return int(MINUTE * (0.4 + 4.0 * draws.unit() ** 2))
