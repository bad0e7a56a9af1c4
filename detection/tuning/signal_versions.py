"""Signals that are held in more than one version: which, and what each measures. Light, so that pages need no numbers library. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class SignalVersion:
    """One version of a signal; the first listed of a signal is the one that runs use unless told otherwise."""

    signal: str
    version: str
    words: str


SIGNAL_VERSIONS = (
    SignalVersion("X4", "1", "standard deviation of ln(exchanges)"),
    SignalVersion("X4", "2", "coefficient of variation: standard deviation / mean of exchanges"),
)


@dataclass(frozen=True, slots=True)
class VersionChoice:
    """A signal with several versions, as something that people choose."""

    signal: str
    versions: tuple[SignalVersion, ...]

    @property
    def name(self) -> str:
        """The argument that names it."""
        return f"{self.signal}_version"

    @property
    def label(self) -> str:
        """How pages call it."""
        return f"Signal {self.signal}: version"

    @property
    def default(self) -> str:
        """The version of runs that were told nothing."""
        return self.versions[0].version

    def checked(self, value: object) -> str:
        """The version if there is such a one. Raises InvalidInput."""
        known = [version.version for version in self.versions]
        if str(value) not in known:
            raise InvalidInput(self.name, value, f"it is one of {', '.join(known)}")
        return str(value)


def _choices() -> tuple[VersionChoice, ...]:
    signals = dict.fromkeys(version.signal for version in SIGNAL_VERSIONS)
    held = {name: tuple(v for v in SIGNAL_VERSIONS if v.signal == name) for name in signals}
    return tuple(VersionChoice(name, versions) for name, versions in held.items())


CHOICES = _choices()


def told(chosen: Mapping[str, str]) -> tuple[str, ...]:
    """How a run's parameters name chosen versions, by argument name: only those that are not the default.

    >>> told({"X4_version": "2"}), told({"X4_version": "1"})
    (('X4=2',), ())
    """
    return tuple(
        f"{choice.signal}={chosen[choice.name]}"
        for choice in CHOICES
        if chosen.get(choice.name, choice.default) != choice.default
    )


def chosen(parameters: Iterable[str]) -> dict[str, str]:
    """The version of every signal that has several, by argument name, as a run's parameters name them.

    >>> chosen(["X4=2"]), chosen([])
    ({'X4_version': '2'}, {'X4_version': '1'})
    """
    named = dict(entry.split("=", 1) for entry in parameters)
    return {choice.name: named.get(choice.signal, choice.default) for choice in CHOICES}
