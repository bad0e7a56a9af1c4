"""The palette: where a pasted id leads, what begins with it, and what is left to look for in the lake."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import ApiAccount, Organisation
from core.text import one_line, storable
from detection.models import Campaign
from investigations.models import FlaggedSession
from investigations.queries.search import target
from staff.enums import Action
from staff.models import User
from staff.permissions import can

LISTED = 6
PAGES = (
    ("Queue", "investigations:queue", Action.VIEW_EVIDENCE),
    ("Campaigns", "investigations:campaigns", Action.VIEW_EVIDENCE),
    ("Sessions", "investigations:sessions", Action.VIEW_EVIDENCE),
    ("Accounts", "investigations:accounts", Action.VIEW_EVIDENCE),
    ("Cases", "investigations:cases", Action.VIEW_CASE),
    ("Decisions", "investigations:decisions", Action.VIEW_CASE),
    ("Snoozes", "investigations:snoozes", Action.VIEW_EVIDENCE),
    ("Saved views", "investigations:default_view", Action.VIEW_EVIDENCE),
    ("Templates", "detection:templates", Action.VIEW_EVIDENCE),
    ("Detection", "detection:runs", Action.VIEW_EVIDENCE),
    ("Signals", "detection:signals", Action.VIEW_EVIDENCE),
    ("Back-tests", "detection:back_tests", Action.VIEW_EVIDENCE),
    ("Labels", "detection:labels", Action.VIEW_EVIDENCE),
    ("Links between accounts", "detection:links", Action.VIEW_EVIDENCE),
    ("Sources", "traffic:sources", Action.VIEW_EVIDENCE),
    ("Search the texts of exchanges", "investigations:text_searches", Action.REVEAL_TEXT),
    ("Appeals", "investigations:appeals", Action.VIEW_CASE),
    ("Delivery log", "investigations:all_deliveries", Action.VIEW_CASE),
    ("Protected list", "investigations:protected", Action.VIEW_CASE),
    ("Holds", "investigations:holds", Action.VIEW_CASE),
    ("Quality", "investigations:quality", Action.VIEW_QUALITY),
    ("Notices", "staff:notices", Action.VIEW_EVIDENCE),
    ("Settings", "staff:settings", Action.VIEW_EVIDENCE),
    ("Audit", "staff:audit", Action.VIEW_AUDIT),
)
LOOKED_FOR = (
    "account id, flagged session (S-000012 or its key), sampled exchange, template (T-0012), campaign (C-0001), "
    "case (CASE-2026-0001), decision (D-000012), appeal (A-000001), run (run 7), organisation"
)


@dataclass(frozen=True, slots=True)
class Option:
    """One place to go to."""

    address: str
    kind: str
    words: str


def palette(query: str, reader: User) -> list[Option]:
    """Where the words may lead, the one thing that bears them first. At most eight queries, all over indexes."""
    text = storable(query.strip())[:400]
    if not text:
        return _pages("", reader)
    return [*_exact(text, reader), *_beginning(text), *_pages(text, reader), *_in_the_lake(text)]


def _exact(text: str, reader: User) -> list[Option]:
    address = target(text, reader=reader)
    if address is None:
        session = FlaggedSession.objects.filter(session_key=text).values_list("pk", flat=True).first()
        address = reverse("investigations:session", args=[session]) if session is not None else None
    return [Option(address, "go to", one_line(text, 80))] if address else []


def _beginning(text: str) -> list[Option]:
    found = [
        Option(reverse("investigations:account", args=[account_id]), "account", one_line(account_id, 80))
        for account_id in _names(ApiAccount.objects.filter(account_id__startswith=text), "account_id", text)
    ]
    found += [
        Option(f"{reverse('investigations:accounts')}?{urlencode({'text': name})}", "organisation", one_line(name, 80))
        for name in _names(Organisation.objects.filter(name__startswith=text), "name", "")
    ]
    campaigns = Campaign.objects.filter(code__startswith=text.upper()).exclude(code=text.upper()).order_by("code")
    return found + [
        Option(reverse("investigations:campaign", args=[code]), "campaign", f"{code} {one_line(name, 60)}")
        for code, name in campaigns.values_list("code", "name")[:LISTED]
    ]


def _names(found: QuerySet, field: str, besides: str) -> list[str]:
    return list(found.exclude(**{field: besides}).order_by(field).values_list(field, flat=True)[:LISTED])


def _pages(text: str, reader: User) -> list[Option]:
    wanted = text.lower()
    return [
        Option(reverse(name), "page", title)
        for title, name, needs in PAGES
        if title.lower().startswith(wanted) and can(reader, needs)
    ]


def _in_the_lake(text: str) -> list[Option]:
    """What only the lake can answer: an address, or an id that nothing in Postgres bears."""
    lookup = reverse("investigations:lake_lookup")
    if is_address(text):
        return [Option(f"{lookup}?{urlencode({'ip': text})}", "in the lake", f"accounts that sent from {text}")]
    if len(text) < 6 or " " in text:
        return []
    words = f"exchange {one_line(text, 60)}"
    return [Option(f"{lookup}?{urlencode({'exchange': text})}", "in the lake", words)]


def is_address(text: str) -> bool:
    """Whether the text is an IP address.

    >>> is_address("192.0.2.7"), is_address("2001:db8::1"), is_address("192.0.2")
    (True, True, False)
    """
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
