"""How two wordings of a template differ, word by word. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

WORDS = 600


@dataclass(frozen=True, slots=True)
class Change:
    """A run of words that both wordings have, or only one of them; `slot` marks a run that is one slot."""

    text: str
    kind: Literal["same", "added", "removed"]


def differences(base: str, other: str) -> list[Change]:
    """`other` against `base`: what stayed, what was added, what was removed. The first 600 words are compared.

    >>> [(c.kind, c.text) for c in differences("Think in the open. Task: <text>", "Think aloud. Task: <text>")]
    [('same', 'Think'), ('removed', 'in the open.'), ('added', 'aloud.'), ('same', 'Task: <text>')]
    """
    a, b = base.split()[:WORDS], other.split()[:WORDS]
    found: list[Change] = []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(Change(" ".join(a[i1:i2]), "same"))
            continue
        if i2 > i1:
            found.append(Change(" ".join(a[i1:i2]), "removed"))
        if j2 > j1:
            found.append(Change(" ".join(b[j1:j2]), "added"))
    return found
