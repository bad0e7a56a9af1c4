"""Domain errors become pages and fragments here and nowhere else."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html
from psycopg.errors import DiskFull

from core.clock import now
from core.errors import DomainError, InvalidInput, Unavailable

DATABASE_FULL = (
    "The database's disk is full: nothing of this was kept. Once somebody has freed some room there, send it again."
)
logger = logging.getLogger(__name__)


class DomainErrorMiddleware:
    """Answers a DomainError with its status, its sentence and, for htmx, a fragment that lands in the message area."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OperationalError) and isinstance(exception.__cause__, DiskFull):
            logger.error("%s %s: the database's disk is full", request.method, request.path)
            exception = Unavailable(DATABASE_FULL)
        if not isinstance(exception, DomainError):
            return None
        logger.info("%s %s refused: %s", request.method, request.path, exception.message)
        return error_response(request, exception)


def error_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A page (or, for htmx, a notice put into #notices) that says what was refused and why."""
    if request.headers.get("HX-Request"):
        response = render(request, "components/_error.html", {"error": error}, status=error.status)
        response["HX-Retarget"] = "#notices"
        response["HX-Reswap"] = "innerHTML"
        return response
    return render(request, "error.html", {"error": error}, status=error.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is not the session's. The page asks neither reader nor database; for htmx it is a notice."""
    words = "Nothing was changed: you signed in or out in another window. Copy what you wrote and reload the page."
    return _bare(request, 403, "403_csrf.html", "The form is out of date", words)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours, said without the database, which may be the fault; the log has it under the time that is told."""
    at = f"{now():%Y-%m-%d %H:%M:%S} UTC"
    unreachable = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    words = (
        f"It happened whole or not at all. Reload the page; if it stays, tell whoever runs this desk the time: {at}."
    )
    return _bare(request, 500, "500.html", "This went wrong on our side", words, at=at, unreachable=unreachable)


def _bare(request: HttpRequest, status: int, page: str, title: str, words: str, **facts: object) -> HttpResponse:
    if request.headers.get("HX-Request"):
        fragment = format_html('<p class="notice error"><b>{}.</b> {}</p>', title, words)
        response = HttpResponse(fragment, status=status)
        response["HX-Retarget"] = "#notices"
        response["HX-Reswap"] = "innerHTML"
        return response
    return HttpResponse(render_to_string(page, facts), status=status)


def cleaned(form: BaseForm) -> dict[str, Any]:
    """What a form holds once checked. Raises InvalidInput for the first field that is wrong."""
    if form.is_valid():
        return dict(form.cleaned_data)
    field, errors = next(iter(form.errors.items()))
    raise InvalidInput(field, form.data.get(field), str(errors[0]).rstrip("."))


def private(response: HttpResponse) -> HttpResponse:
    """The answer, kept by no cache: it holds text that its reader gave a reason for."""
    response["Cache-Control"] = "no-store"
    return response
