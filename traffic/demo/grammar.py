"""Small grammars that write prompts and replies: rules with slots, expanded by seeded draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter

from traffic.demo.draws import Draws

Memo = dict[str, str]
Part = tuple[str, str, bool, int, int]
Alternative = str | tuple[Part, ...]


def words(text: str) -> list[str]:
    """The entries of a list written with bars between them; spaces count.

    >>> words("oak| elm|")
    ['oak', ' elm', '']
    """
    return text.split("|")


def _compile(text: str) -> Alternative:
    """A rule's alternative as literal text or as (literal, slot, remembered, low, high) parts."""
    parts: list[Part] = []
    for literal, slot, _spec, _conversion in Formatter().parse(text):
        if slot and slot.startswith("#"):
            low, high = slot[1:].split("-")
            parts.append((literal, "#", False, int(low), int(high)))
        else:
            parts.append((literal, slot or "", (slot or "")[:1].isupper(), 0, 0))
    if all(not slot for _literal, slot, *_rest in parts):
        return "".join(literal for literal, *_rest in parts)
    return tuple(parts)


class Grammar:
    """Rules by name. `{slot}` expands another rule; a slot with a capital letter keeps its value for the whole
    conversation, so that a reply speaks of what the prompt asked; `{#2-90}` is a whole number in that range.

    >>> Grammar({"start": ["pick {#3-3} {Fruit}, only {Fruit}"], "Fruit": ["plum"]}).expand("start", Draws(1, "x"), {})
    'pick 3 plum, only plum'
    """

    def __init__(self, *layers: Mapping[str, Sequence[str]]) -> None:
        merged: dict[str, Sequence[str]] = {}
        for layer in layers:
            merged.update(layer)
        self.rules: dict[str, list[Alternative]] = {
            name: [_compile(text) for text in options] for name, options in merged.items()
        }
        known = self.rules.keys() | {"", "#"}
        for name, options in self.rules.items():
            for option in options:
                missing = [] if isinstance(option, str) else [part[1] for part in option if part[1] not in known]
                if missing:
                    raise ValueError(f"rule {name!r} uses the unknown slots {missing}")

    def expand(self, name: str, draws: Draws, memo: Memo) -> str:
        """One text of that rule; what the memo holds already is kept."""
        take = draws.take
        options = self.rules[name]
        chosen = options[take() % len(options)]
        if isinstance(chosen, str):
            return chosen
        out: list[str] = []
        for literal, slot, remembered, low, high in chosen:
            out.append(literal)
            if not slot:
                continue
            if slot == "#":
                out.append(str(low + take() % (high - low + 1)))
            elif remembered:
                value = memo.get(slot)
                if value is None:
                    value = memo[slot] = self.expand(slot, draws, memo)
                out.append(value)
            else:
                out.append(self.expand(slot, draws, memo))
        return "".join(out)

    def dialect(self, draws: Draws, share: float) -> Grammar:
        """The same rules with that share of each one's alternatives, at least three: how one author words things.

        >>> len(Grammar({"start": ["a", "b", "c", "d", "e", "f"]}).dialect(Draws(1, "x"), 0.5).rules["start"])
        3
        """
        kept = Grammar()
        kept.rules = {
            name: draws.sample(options, max(3, round(len(options) * share))) for name, options in self.rules.items()
        }
        return kept

    def has(self, name: str) -> bool:
        """Whether the rule exists."""
        return name in self.rules
