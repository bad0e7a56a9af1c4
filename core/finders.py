"""Static files that come inside installed packages, served from there: no copy in the repository, no CDN."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

# Address under /static/ -> package and path inside it.
PACKAGED = {"vendor/plotly.min.js": ("plotly", "package_data/plotly.min.js")}


def packaged_file(name: str) -> Path | None:
    """Where the installed package keeps the file, or None where the package is absent."""
    package, inside = PACKAGED[name]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / inside
    return path if path.is_file() else None


class _Renamed(FileSystemStorage):
    """One packaged file under the address that pages ask for."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(location=str(path.parent))
        self.known = {name: path}

    def path(self, name: str) -> str:
        return str(self.known[name])

    def exists(self, name: str) -> bool:
        return name in self.known


class PackagedFinder(BaseFinder):
    """Finds what PACKAGED names."""

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = packaged_file(path) if path in PACKAGED else None
        if find_all:
            return [str(found)] if found else []
        return str(found) if found else None

    def list(self, ignore_patterns: Any) -> Iterator[Any]:
        for name in PACKAGED:
            path = packaged_file(name)
            if path is not None:
                yield name, _Renamed(name, path)

    def check(self, **kwargs: Any) -> Any:
        return []
