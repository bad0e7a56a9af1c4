"""Imports point down only, and the pure parts know nothing of the outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "core": 0,
    "audit": 1,
    "staff": 2,
    "accounts": 3,
    "traffic": 4,
    "detection": 5,
    "provenance": 5,
    "investigations": 6,
    "sharing": 7,
    "api": 8,
    "config": 9,
}
PURE = (
    "detection/signals",
    "detection/clustering",
    "provenance/methods",
    "investigations/charts",
    "investigations/measures",
    "sharing/stix",
)
PURE_MAY_NOT = {
    "django",
    "rest_framework",
    "celery",
    "kombu",
    "psycopg",
    "httpx",
    "requests",
    "random",
    "time",
    "socket",
}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(text: str, package: str) -> Iterator[tuple[int, str]]:
    """Every import with its line, inside functions and `if TYPE_CHECKING` too; relative ones spelt out."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = ".".join(parents[: len(parents) - node.level + 1]) if node.level else ""
            yield node.lineno, ".".join(part for part in (base, node.module or "") if part)
        elif isinstance(node, ast.Call) and _named(node.func) in {"import_module", "import_string", "__import__"}:
            yield from ((node.lineno, arg.value) for arg in node.args[:1] if _is_text(arg))


def _named(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def upward(text: str, app: str, package: str) -> list[str]:
    """The imports of `app` that point to its own floor's neighbour or above."""
    found = []
    for line, name in imports(text, package):
        target = name.split(".")[0]
        if target != app and FLOORS.get(target, -1) >= FLOORS[app]:
            found.append(f"line {line}: {app} imports {name}")
    return found


@pytest.mark.parametrize("app", FLOORS)
def test_imports_point_down(app: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} {problem}"
        for path in sources(app)
        for problem in upward(path.read_text(), app, ".".join(path.relative_to(ROOT).parent.parts))
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", [folder for folder in PURE if (ROOT / folder).is_dir()])
def test_pure_parts_know_no_outside(folder: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} line {line}: {name}"
        for path in sources(folder)
        for line, name in imports(path.read_text(), ".".join(path.relative_to(ROOT).parent.parts))
        if name.split(".")[0] in PURE_MAY_NOT
    ]
    assert wrong == []


def test_templates_stay_short() -> None:
    """A page of more than 150 lines lacks a part with a name."""
    pages = sorted((ROOT / "templates").rglob("*.html"))
    assert pages and [str(page) for page in pages if len(page.read_text().splitlines()) > 150] == []


def test_sources_are_found() -> None:
    """A walk over nothing would pass everything."""
    assert all(
        sources(app) for app in ("core", "audit", "staff", "accounts", "traffic", "detection", "investigations", "api")
    )
    assert any((ROOT / folder).is_dir() for folder in PURE)


@pytest.mark.parametrize(
    ("text", "app"),
    [
        ("import staff.models", "audit"),
        ("def f():\n    from config import settings", "core"),
        ("from . import x\nfrom ..investigations import models", "detection"),
        ("from provenance.models import Suspect", "detection"),
        ("import_module('api.views')", "traffic"),
    ],
)
def test_upward_imports_are_caught(text: str, app: str) -> None:
    assert len(upward(text, app, app)) == 1


def test_downward_imports_are_allowed() -> None:
    assert upward("from audit.services import record\nfrom .models import X\nimport core.clock", "staff", "staff") == []
