"""What no line of the source may do: hand a request's fields to the database by name, or print text unescaped."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSE = (
    "accounts",
    "api",
    "audit",
    "config",
    "core",
    "detection",
    "investigations",
    "sharing",
    "provenance",
    "staff",
    "traffic",
)
FROM_OUTSIDE = {"GET", "POST", "FILES", "data", "query_params", "body"}
BY_NAME = {
    "filter",
    "exclude",
    "get",
    "annotate",
    "alias",
    "aggregate",
    "values",
    "values_list",
    "order_by",
    "extra",
    "update",
    "create",
}


@cache
def calls() -> list[tuple[str, ast.Call]]:
    """Every call of the house, with its file."""
    trees = ((path, ast.parse(path.read_text())) for app in HOUSE for path in sorted((ROOT / app).rglob("*.py")))
    return [
        (str(path.relative_to(ROOT)), node)
        for path, tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]


def reads_request(node: ast.AST) -> bool:
    """Whether the expression is what a request brought, as it came."""
    inner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else node
    inner = inner.value if isinstance(inner, ast.Subscript) else inner
    is_field = isinstance(inner, ast.Attribute) and inner.attr in FROM_OUTSIDE
    return is_field and isinstance(inner.value, ast.Name) and inner.value.id == "request"


def test_no_field_names_come_from_a_request() -> None:
    """`filter(**request.GET)` lets a stranger name columns, joins and aliases; `order_by(request.GET[...])` as well."""
    found = []
    for path, call in calls():
        found += [f"{path}:{call.lineno}" for word in call.keywords if word.arg is None and reads_request(word.value)]
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if method in BY_NAME - {"get"}:
            found += [f"{path}:{call.lineno}" for given in call.args if reads_request(given)]
    assert found == []


def test_no_raw_sql_is_pieced_together() -> None:
    """SQL in an f-string or by + or %: only from names of our own, each place looked at."""
    found = []
    for path, call in calls():
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in {"extra", "RawSQL", "mark_safe", "eval", "exec", "loads"} and _is_dangerous(call, name):
            found.append(f"{path}:{call.lineno} {name}")
    assert found == []


def _is_dangerous(call: ast.Call, name: str) -> bool:
    if name == "loads":  # JSON is data; pickle and marshal are programs
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        return isinstance(owner, ast.Name) and owner.id in {"pickle", "marshal", "dill", "cloudpickle"}
    return True


def test_no_template_prints_unescaped() -> None:
    said = re.compile(
        r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off|<script(?![^>]*\bsrc=)[^>]*>|\son\w+\s*=\s*[\"']", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for match in said.finditer(path.read_text())
        if 'type="application/json"' not in match[0]
    ]
    assert found == []


def test_tasks_travel_as_json_alone() -> None:
    from django.conf import settings

    from config.celery import app

    assert list(app.conf.accept_content) == ["json"] and app.conf.task_serializer == "json"
    assert app.conf.result_serializer == "json" or app.conf.task_ignore_result
    assert settings.SESSION_ENGINE.endswith((".db", ".cached_db")) and "Pickle" not in settings.SESSION_SERIALIZER
