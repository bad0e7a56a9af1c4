"""One text as a person reads it: the template's fixed words, the slots between them, what asks for training data, what is
masked. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from core.masking import Masked, find_masked, summary
from traffic.tagging import BY_NAME, matched_spans

LONGEST = 20_000  # characters shown; the lake holds the whole text
MARGIN = 400  # read beyond the cut, so that a value which the cut divides is still known as one
WORDS = 1_500
TAG_CHARS = 20_000
WORD = re.compile(r"\S+")
SLOT_MARK = re.compile(r"<(?:n|text|url|mail|code|value)>")


@dataclass(frozen=True, slots=True)
class RevealedText:
    """What a person may read after giving a reason."""

    system_prompt: str
    prompt: str
    response: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters with what is true of all of it. `masked` names the kind of value that is not shown."""

    text: str
    role: str = ""
    tags: tuple[str, ...] = ()
    masked: str = ""

    @property
    def meaning(self) -> str:
        """What the tags on it mean, for the hover."""
        return "; ".join(
            f"{name} (rule version {BY_NAME[name].version}): {BY_NAME[name].meaning}" for name in self.tags
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """A text cut into pieces, and in words what was left out of sight."""

    pieces: tuple[Piece, ...]
    n_chars: int
    n_cut: int
    masked_words: str
    n_masked: int
    template_share: float | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """System prompt, prompt and response as they are read, and which template the prompt was laid over (None: none fits)."""

    system: Reading
    prompt: Reading
    response: Reading
    template: int | None

    @property
    def n_masked(self) -> int:
        """Values masked in all three."""
        return self.system.n_masked + self.prompt.n_masked + self.response.n_masked


def read_exchange(
    system: str, prompt: str, response: str, *, templates: Sequence[tuple[int, str]] = (), unmasked: bool = False
) -> Exchange:
    """The three texts of an exchange; the prompt under that of the templates (number, skeleton) that covers most of it."""
    fits = [(template_spans(prompt, skeleton), number) for number, skeleton in templates]
    spans, number = max(fits, key=lambda fit: sum(b - a for a, b in fit[0]), default=([], None))
    return Exchange(
        read(system, unmasked=unmasked),
        read(prompt, template=spans, unmasked=unmasked),
        read(response, tagged=False, unmasked=unmasked),
        number if spans else None,
    )


def read(
    text: str, *, template: Sequence[tuple[int, int]] = (), tagged: bool = True, unmasked: bool = False
) -> Reading:
    """The text in pieces. With template spans, what lies between and beside them is a slot.

    >>> [(p.text, p.role, p.masked) for p in read("Task: ask jo@example.org", template=[(0, 5)]).pieces]
    [('Task:', 'template', ''), (' ask ', 'slot', ''), ('[e-mail address, 14 characters]', 'slot', 'e-mail address')]
    """
    shown = text[:LONGEST]
    masked = () if unmasked else tuple(m for m in find_masked(text[: LONGEST + MARGIN]) if m.start < len(shown))
    tags = matched_spans(shown[:TAG_CHARS]) if tagged and shown else []
    covered = sum(b - a for a, b in template)
    return Reading(
        pieces=tuple(_pieces(shown, list(template), tags, masked)),
        n_chars=len(text),
        n_cut=len(text) - len(shown),
        masked_words=summary(masked),
        n_masked=len(masked),
        template_share=covered / len(text) if template and text else None,
        tags=tuple(dict.fromkeys(name for _, _, name in tags)),
    )


def template_spans(text: str, skeleton: str) -> list[tuple[int, int]]:
    """Where the skeleton's fixed words stand in the text, in characters; empty where fewer than half of them do.

    Words are laid over each other in order; a single word counts only beside a slot, so that chance words do not.

    >>> template_spans("Solve this task: 4711 apples. Answer in JSON now.", "Solve this task: <n> … Answer in JSON now.")
    [(0, 16), (30, 49)]
    """
    wanted = [word for word in skeleton.split() if word != "…"][:WORDS]
    found = [match.span() for match in WORD.finditer(text)][:WORDS]
    words = [text[a:b] for a, b in found]
    fixed = [i for i, word in enumerate(wanted) if not SLOT_MARK.search(word)]
    blocks = SequenceMatcher(None, wanted, words, autojunk=False).get_matching_blocks()
    kept = [b for b in blocks if b.size > 1 or b.size and _beside_slot(wanted, b.a)]
    if not fixed or 2 * sum(b.size for b in kept) < len(fixed):
        return []
    spans = [(found[b.b][0], found[b.b + b.size - 1][1]) for b in kept]
    return _joined(spans, text)


def _beside_slot(wanted: Sequence[str], place: int) -> bool:
    return any(SLOT_MARK.search(wanted[i]) for i in (place - 1, place + 1) if 0 <= i < len(wanted))


def _joined(spans: Iterable[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _pieces(
    text: str, template: list[tuple[int, int]], tags: Sequence[tuple[int, int, str]], masked: Sequence[Masked]
) -> Iterable[Piece]:
    edges = {0, len(text)}
    edges |= {min(at, len(text)) for a, b in template for at in (a, b)}
    edges |= {at for a, b, _ in tags for at in (a, b)} | {min(at, len(text)) for m in masked for at in (m.start, m.end)}
    inside = {at: m for m in masked for at in edges if m.start <= at < m.end}
    for a, b in pairwise(sorted(edges)):
        role = ("template" if any(s <= a < e for s, e in template) else "slot") if template else ""
        names = tuple(dict.fromkeys(name for s, e, name in tags if s <= a < e))
        hidden = inside.get(a)
        if hidden is None:
            yield Piece(text[a:b], role, names)
        elif hidden.start == a:
            yield Piece(f"[{hidden.kind}, {hidden.end - hidden.start} characters]", role, names, hidden.kind)
