"""How facts are printed: hostile text, times, numbers with units, shares with their n, p-values."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core import text
from core.clock import from_us
from core.figures import compact, duration, p_value, percent, share

MARKS = re.compile(r"(\*\*.+?\*\*|`[^`]+`)", re.DOTALL)
register = template.Library()

register.filter("p_value", p_value)
register.filter("compact", compact)
register.filter("share", share)
register.filter("percent", percent)
register.filter("duration", duration)


@register.filter
def visible(value: Any) -> str:
    """Hostile text, inert: control and bidi characters written out (autoescaping does the rest)."""
    return "" if value is None else text.visible(str(value))


@register.filter
def one_line(value: Any, limit: int = 120) -> str:
    """Hostile text on one line, cut at `limit` characters."""
    return "" if value is None else text.one_line(str(value), int(limit))


@register.filter
def deed(action: str) -> str:
    """A past-tense fact of the trail as people say it: what was done, then to what.

    >>> deed("case_task.added"), deed("casefile.exported")
    ('added case task', 'exported case file')
    """
    noun, _, participle = str(action).rpartition(".")
    return f"{participle} {noun}".replace("_", " ").replace("casefile", "case file").strip()


@register.filter
def spaced(name: str) -> str:
    """A name of the code as words.

    >>> spaced("true_positive")
    'true positive'
    """
    return str(name).replace("_", " ")


@register.filter
def bare(subject: str) -> str:
    """A subject of the trail without its kind, where the words before it say that.

    >>> bare("case:CASE-2026-0001"), bare("quality")
    ('CASE-2026-0001', 'quality')
    """
    return str(subject).partition(":")[2] or str(subject)


@register.filter
def person(actor: str) -> str:
    """The name that people know somebody by, without the number of the trail's name.

    >>> person("user:7 ines"), person("worker:score-new-pulls"), person("somebody@example.org")
    ('ines', 'worker, score new pulls', 'somebody@example.org')
    """
    if str(actor).startswith("worker:"):
        return str(actor).replace(":", ", ").replace("-", " ").replace("_", " ")
    number, _, name = str(actor).partition(" ")
    return name if name and number.startswith("user:") else str(actor)


@register.filter
def unstopped(words: Any) -> str:
    """Words of a person without their full stop, where the sentence around them brings its own."""
    return "" if words is None else str(words).rstrip().removesuffix(".")


@register.filter
def method_page(page: str) -> SafeString:
    """A page of docs/methods with its marks as markup: paragraphs, **bold** and `code`; everything else is escaped and printed."""
    blocks = [block.strip() for block in page.split("\n\n") if block.strip() and not block.startswith("# ")]
    return format_html_join("", "<p>{}</p>", ((_marked(block),) for block in blocks))


def _marked(words: str) -> SafeString:
    """Words with **bold** and `code` as markup, code within bold too."""
    return format_html_join("", "{}", ((_piece(piece),) for piece in MARKS.split(words)))


def _piece(piece: str) -> SafeString | str:
    if len(piece) > 4 and piece.startswith("**") and piece.endswith("**"):
        return format_html("<b>{}</b>", _marked(piece[2:-2]))
    if len(piece) > 2 and piece.startswith("`") and piece.endswith("`"):
        return format_html("<code>{}</code>", piece[1:-1])
    return piece


@register.filter
def under(address: str, top: str) -> bool:
    """Whether an address lies under another: /decisions/templates/ is one of decisions, not of templates."""
    return address.startswith(top)


@register.filter
def age(moment: datetime) -> SafeString:
    """How long ago a moment was, with the moment itself on hover: what waits longest is seen without reckoning."""
    utc = moment.astimezone(tz=timezone.get_fixed_timezone(0))
    passed = duration(max((timezone.now() - moment).total_seconds(), 0))
    title = f"since {timezone.localtime(moment):%-d %b %Y %H:%M}; {utc:%Y-%m-%d %H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', utc.isoformat(), title, passed)


@register.filter
def when(moment: datetime | int | None) -> SafeString | str:
    """A moment in the reader's zone, with UTC on hover; takes a datetime or microseconds since the epoch."""
    if moment is None:
        return "—"
    if isinstance(moment, int):
        moment = from_us(moment)
    local = timezone.localtime(moment)
    utc = moment.astimezone(tz=timezone.get_fixed_timezone(0))
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        utc.isoformat(),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
        local.strftime("%-d %b %Y %H:%M"),
    )
