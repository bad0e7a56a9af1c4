"""Where a pasted id leads, and what matches when it leads nowhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.models import ApiAccount, Organisation
from core.text import storable
from detection.models import Campaign, DetectionRun, Template
from investigations.models import Appeal, Case, Decision, FlaggedSession, SamplePrompt
from staff.models import User
from staff.restrictions import readable_by

PATTERNS = (
    (re.compile(r"^S-?0*(\d{1,12})$", re.IGNORECASE), FlaggedSession, "pk", "investigations:session"),
    (re.compile(r"^T-?0*(\d{1,12})$", re.IGNORECASE), Template, "pk", "detection:template"),
    (re.compile(r"^(C-\d{1,12})$", re.IGNORECASE), Campaign, "code", "investigations:campaign"),
    (re.compile(r"^(CASE-\d{4}-\d{1,12})$", re.IGNORECASE), Case, "code", "investigations:case"),
    (re.compile(r"^(D-\d{1,12})$", re.IGNORECASE), Decision, "code", "investigations:decision"),
    (re.compile(r"^A-?0*(\d{1,12})$", re.IGNORECASE), Appeal, "pk", "investigations:appeal"),
    (re.compile(r"^run\s+0*(\d{1,12})$", re.IGNORECASE), DetectionRun, "pk", "detection:run"),
)
RESTRICTED: dict[object, str] = {
    Case: "",
    Decision: "case__",
    Appeal: "item__decision__case__",
}  # where a row's restriction is reached
LISTED = 50
WORD = re.compile(r"\w+")
MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class Matches:
    """What a search found when no single thing bears the id."""

    accounts: tuple[ApiAccount, ...]
    organisations: tuple[Organisation, ...]
    templates: tuple[Template, ...]
    cases: tuple[Case, ...]


def target(query: str, *, reader: User) -> str | None:
    """The address of the one thing that bears this id and that the reader may know of, or None. At most three queries."""
    text = storable(query.strip())
    for pattern, model, field, name in PATTERNS:
        found = pattern.match(text)
        if found:
            value = found[1].upper() if field == "code" else int(found[1])
            known = readable_by(reader, RESTRICTED[model]) if model in RESTRICTED else Q()
            if model.objects.filter(known, **{field: value}).exists():
                return reverse(name, args=[value])
    if ApiAccount.objects.filter(account_id=text).exists():
        return reverse("investigations:account", args=[text])
    sample = SamplePrompt.objects.filter(exchange_id=text).values_list("session_id", flat=True).first()
    return reverse("investigations:session", args=[sample]) if sample is not None else None


def matches(query: str, *, reader: User) -> Matches:
    """Accounts whose id begins with the text, organisations and templates that hold words beginning with its words, and
    cases that the reader may know of and whose title holds it. Four queries, the first three by index.
    """
    text = storable(query.strip())
    if not text:
        return Matches((), (), (), ())
    accounts = ApiAccount.objects.filter(account_id__istartswith=text).select_related("organisation")
    return Matches(
        accounts=tuple(accounts.order_by("account_id")[:LISTED]),
        organisations=tuple(_with_words(Organisation.objects.all(), "name", text).order_by("name")[:LISTED]),
        templates=tuple(
            _with_words(Template.objects.all(), "skeleton", text).order_by("-last_seen_at", "-id")[:LISTED]
        ),
        cases=tuple(Case.objects.visible_to(reader).filter(title__icontains=text).order_by("-id")[:LISTED]),
    )


def _with_words(rows: QuerySet[Any], field: str, text: str) -> QuerySet[Any]:
    """Rows whose field holds, for each word of the text, a word that begins with it; none for a text without a word."""
    words = WORD.findall(text)[:MOST_WORDS]
    if not words:
        return rows.none()
    wanted = SearchQuery(" & ".join(f"'{word}':*" for word in words), config="simple", search_type="raw")
    return rows.annotate(words=SearchVector(field, config="simple")).filter(words=wanted)
