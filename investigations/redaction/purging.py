"""Taking values out of texts wherever they stand, in whatever form, and counting what was taken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from investigations.redaction.forms import MIN_CHARS, RUN, hidden_texts, written_forms
from investigations.redaction.matching import SHORT, Matcher

ELLIPSIS = "…"
HIDDEN_FROM = 6  # characters: a shorter value is said by random base64 by chance
TAIL = 400
REMEMBERED = 300_000  # runs, and short texts
_SENSE = re.compile(
    rf"[^\ufffd\x01]{{{HIDDEN_FROM},}}"
)  # between what is no text: most of what random letters say is none


@dataclass(frozen=True, slots=True)
class Removal:
    """A value to take out, the code of its redaction, and what is written in its place."""

    code: str
    value: str
    token: str


class Purge:
    """Knows all values of one production; `taken` says by code how often each was taken out since it was last asked."""

    def __init__(self, removals: Iterable[Removal]) -> None:
        self.hits: Counter[str] = Counter()
        forms: dict[str, Removal] = {}
        for removal in sorted(removals, key=lambda r: (-len(r.value), r.code)):
            for form in written_forms(removal.value):
                forms.setdefault(form, removal)
        self._matcher = Matcher(forms)
        self._hidden = Matcher({form: removal for form, removal in forms.items() if len(form) >= HIDDEN_FROM})
        self._odd = any("\ufffd" in form or "\x01" in form for form in self._hidden.known)
        self._harmless: set[str] = set()  # runs that are known to say no value: digests and names of fields come again
        self._clean: set[str] = set()  # short texts without a value: names of fields, states, ids that come again
        self.longest = max(map(len, forms), default=0)

    def text(self, text: str) -> str:
        """The text without any of the values: whole, encoded in a run of letters, or cut off by an ellipsis."""
        if text in self._clean:
            return text
        whole = ELLIPSIS.join(self._cut(text.split(ELLIPSIS))) if ELLIPSIS in text else text
        purged = self._encoded(self._plain(whole))
        if len(text) <= SHORT and purged == text:
            if len(self._clean) > REMEMBERED:
                self._clean.clear()
            self._clean.add(text)
        return purged

    def holds(self, text: str) -> bool:
        """Whether any value stands in the text, plain or encoded."""
        return bool(self._matcher.known) and (self._matcher.holds(text) or self._hides(text))

    def holds_plain(self, text: str) -> bool:
        """Whether any value stands in the text as it is."""
        return self._matcher.holds(text)

    def value(self, value: Any) -> Any:
        """A JSON value with every string, key and number in it purged."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        if isinstance(value, int | float) and not isinstance(value, bool):
            clean = self._plain(str(value))
            return value if clean == str(value) else clean
        return value

    def taken(self) -> dict[str, int]:
        """What was taken out since the last call, by code."""
        found = dict(sorted(self.hits.items()))
        self.hits.clear()
        return found

    def _plain(self, text: str) -> str:
        out, done = [], 0
        for (start, end), removal in self._matcher.find(text):
            out += [text[done:start], removal.token]
            done = end
            self.hits[removal.code] += 1
        return "".join([*out, text[done:]]) if out else text

    def _hides(self, text: str) -> bool:
        fresh = set(RUN.findall(text)) - self._harmless
        said = "\x01".join(hidden for run in fresh for hidden in hidden_texts(run))
        if said and self._hidden.holds(said if self._odd else "\x01".join(_SENSE.findall(said))):
            return True
        if len(self._harmless) > REMEMBERED:
            self._harmless.clear()
        self._harmless |= fresh
        return False

    def _encoded(self, text: str) -> str:
        """A run of base64 or hexadecimal letters that says a value goes whole: its edges hold parts of the value."""
        if not self._hides(text):
            return text
        out, done = [], 0
        for run in RUN.finditer(text):
            said = "\x01".join(hidden_texts(run.group()))
            found = next(self._hidden.find(said), None)
            if found is not None:
                out += [text[done : run.start()], found[1].token]
                done = run.end()
                self.hits[found[1].code] += 1
        return "".join([*out, text[done:]])

    def _cut(self, parts: list[str]) -> list[str]:
        """The stretches before each ellipsis without the beginning of a value at their end."""
        return [*map(self._without_beginning, parts[:-1]), parts[-1]]

    def _without_beginning(self, body: str) -> str:
        for place in range(max(0, len(body) - TAIL), len(body) - MIN_CHARS + 1):
            removal = next(self._matcher.begins_with(body[place:]), None)
            if removal is not None:
                self.hits[removal.code] += 1
                return body[:place] + removal.token
        return body
