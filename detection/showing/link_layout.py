"""Where the accounts of a link graph stand on the page: the same graph is always drawn the same way. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
SEED = 7
STEPS = 150
SPACING = 46.0
GAP = 30.0
WIDEST = 900.0


def layout(edges: Iterable[tuple[str, str]]) -> tuple[dict[str, tuple[float, float]], float, float]:
    """The place of each account in pixels, and the width and height of the whole.

    Each connected part is laid out by springs (Fruchterman and Reingold 1991) from a seeded start, and the parts stand in
    rows, the largest first. Distance says who is tied to whom, nothing else.

    >>> places, width, height = layout([("a", "b"), ("c", "d")])
    >>> sorted(places) == ["a", "b", "c", "d"] and places == layout([("c", "d"), ("b", "a")])[0]
    True
    """
    pairs = sorted({(min(pair), max(pair)) for pair in edges})
    parts = [(part, _springs(part, pairs)) for part in _parts(pairs)]
    places: dict[str, tuple[float, float]] = {}
    x = y = row = GAP
    width = 0.0
    for names, points in parts:
        size = points.max(axis=0)
        if x > GAP and x + size[0] > WIDEST:
            x, y, row = GAP, y + row, GAP
        places |= {name: (round(x + px, 1), round(y + py, 1)) for name, (px, py) in zip(names, points, strict=True)}
        width, row, x = max(width, x + size[0] + GAP), max(row, size[1] + GAP), x + size[0] + GAP
    return places, width, y + row


def _parts(pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Connected parts, the largest first, each sorted."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for a, b in pairs:
        parent[max(root(a), root(b))] = min(root(a), root(b))
    found: dict[str, list[str]] = {}
    for name in sorted(parent):
        found.setdefault(root(name), []).append(name)
    return sorted(found.values(), key=lambda part: (-len(part), part[0]))


def _springs(names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Floats:
    index: Mapping[str, int] = {name: i for i, name in enumerate(names)}
    ties = np.array([(index[a], index[b]) for a, b in pairs if a in index], dtype=np.int64)
    n, side = len(names), SPACING * math.sqrt(len(names))
    if n == 2:
        return np.array([[0.0, 0.0], [SPACING, 0.0]])
    points = np.random.default_rng(SEED).uniform(0, side, (n, 2))
    for step in range(STEPS):
        apart = points[:, None, :] - points[None, :, :]
        distance = np.maximum(np.sqrt((apart**2).sum(axis=2)), 1e-6)
        push = (apart * (SPACING**2 / distance**2)[:, :, None]).sum(axis=1)
        pull = points[ties[:, 0]] - points[ties[:, 1]]
        pull *= (np.sqrt((pull**2).sum(axis=1)) / SPACING)[:, None]
        np.add.at(push, ties[:, 0], -pull)
        np.add.at(push, ties[:, 1], pull)
        length = np.maximum(np.sqrt((push**2).sum(axis=1)), 1e-6)
        heat = side / 8 * (1 - step / STEPS) + 0.5
        points += push / length[:, None] * np.minimum(length, heat)[:, None]
    return points - points.min(axis=0)
