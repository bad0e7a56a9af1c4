"""Every address that the URLconf answers, found by walking it: what others add is found by itself."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

ANGLED = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>")
NAMED_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")


@dataclass(frozen=True)
class Route:
    """One address: its name with namespace, its text as written, and the parameters in it, in order."""

    name: str
    text: str
    parameters: tuple[str, ...]
    actions: tuple[str, ...]  # the methods of an API route; empty for a page, which tells them by answering

    def places(self) -> list[str]:
        """The text up to and with each parameter: what says which kind of thing a parameter is a number or code of."""
        plain = NAMED_GROUP.sub(r"<\1>", self.text.replace("^", "").replace("$", ""))
        return [plain[: found.end()] for found in ANGLED.finditer(plain)]

    def address(self, things: Mapping[str, Any]) -> str:
        """The address of the given things, by place. Raises LookupError naming the place that nobody filled."""
        missing = [place for place in self.places() if place not in things]
        if missing:
            raise LookupError(
                f"{self.name}: nothing stands for {missing[0]!r}; name something in tests/support/world.py"
            )
        values = {name: things[place] for name, place in zip(self.parameters, self.places(), strict=True)}
        return reverse(self.name, kwargs=values)

    @property
    def is_api(self) -> bool:
        return self.text.startswith("api/v1/")


def routes() -> list[Route]:
    """All of them but the admin's own, which tests/admin walks section by section."""
    found = {route.name: route for route in _walk(get_resolver().url_patterns, "", "")}
    return [route for route in found.values() if not route.text.startswith("admin/")]


def known(things: Mapping[str, Any], rules: Container[str]) -> list[Route]:
    """Those that have a rule and something for each parameter; that none is left out is a test of its own."""
    return [r for r in routes() if r.name in rules and all(place in things for place in r.places())]


def _walk(patterns: list[URLPattern | URLResolver], space: str, text: str) -> Iterator[Route]:
    for pattern in patterns:
        whole = text + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space, whole)
        else:
            named = tuple(one or other for one, other in ANGLED.findall(whole))
            yield Route(space + (pattern.name or whole), whole, named, tuple(getattr(pattern.callback, "actions", ())))
