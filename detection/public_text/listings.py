"""Templates that an administrator lists as public: wording that anyone may have copied, so sharing it counts against nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from audit.services import record
from core.clock import now
from core.errors import Conflict, InvalidInput, NotFound
from core.text import storable
from detection.analysis.parameters import Parameters
from detection.models import PublicListing, Template
from staff.enums import Action
from staff.permissions import Actor, check
from traffic.derivation import derive
from traffic.schema import RECORD, WORD_COUNTS

LONGEST_REASON, LONGEST_TEXT = 4_000, 100_000
PARTS = {
    "opening": "requests begin with it",
    "ending": "requests end with it",
    "whole": "it is the whole request",
    "system": "it is the system prompt",
}
LENGTHS = tuple(n for n in sorted(WORD_COUNTS, reverse=True) if n >= Parameters().template_min_words)
LISTED = "An administrator listed it: "


@dataclass(frozen=True, slots=True)
class Wording:
    """A pasted text as the lake would derive it: its skeleton, and the key under which a template of it stands."""

    key: str
    skeleton: str
    n_words: int


def wording(*, text: str, part: str) -> Wording:
    """The key of a pasted skeleton or opening, derived as the lake derives requests.

    An opening or ending is listed at the longest length that the lake keeps and the text fills (8, 16, 32 or 64 words).
    Raises InvalidInput for a text that is empty, too long or too short for its part.
    """
    from detection.clustering.units import template_key  # brings scipy and pandas, which other pages never need

    if part not in PARTS:
        raise InvalidInput("part", part, f"it is one of {', '.join(PARTS)}")
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise InvalidInput("text", text, f"paste 1 to {LONGEST_TEXT:,} characters of the wording")
    as_prompt = part != "system"
    row = _derived(text if as_prompt else None, None if as_prompt else text)
    if part == "system":
        return Wording(template_key("system_h", row["system_h"]), storable(text), len(text.split()))
    skeleton, n_words = row["skeleton"] or "", row["n_words"] or 0
    if part == "whole":
        column = "skeleton_h"
    else:
        length = next((n for n in LENGTHS if n <= n_words), None)
        if length is None:
            allowed = (
                f"an {part} has at least {min(LENGTHS)} words after masking; shorter ones are language, not templates"
            )
            raise InvalidInput("text", f"{n_words} words", allowed)
        column = f"{'pre' if part == 'opening' else 'suf'}{length}"
    if row[column] is None:
        raise InvalidInput("text", text, "nothing is left of it after masking; paste the fixed words")
    return Wording(template_key(column, row[column]), storable(skeleton), n_words)


def _derived(prompt: str | None, system: str | None) -> dict[str, Any]:
    given = {"ts_us": 0, "account_id": "", "content_state": "full", "record_id": "", "raw_sha256": bytes(32)}
    row = dict.fromkeys(RECORD.names) | given | {"position": 1, "prompt": prompt, "system_prompt": system}
    made: dict[str, Any] = derive(pa.Table.from_pylist([row], schema=RECORD)).to_pylist()[0]
    return made


def list_template(*, template: Template, reason: str, actor: Actor) -> PublicListing:
    """List a template that a run found."""
    return _list(template.key, template.skeleton, reason, actor)


def list_wording(*, text: str, part: str, reason: str, actor: Actor) -> PublicListing:
    """List a pasted skeleton or opening, whether or not a run has met it."""
    check(actor, Action.MANAGE_REFERENCE)
    found = wording(text=text, part=part)
    return _list(found.key, found.skeleton, reason, actor)


def _list(key: str, skeleton: str, reason: str, actor: Actor) -> PublicListing:
    check(actor, Action.MANAGE_REFERENCE)
    why = _reason(reason)
    try:
        with transaction.atomic():
            listing = PublicListing.objects.create(
                key=key, wording=skeleton, reason=why, listed_by=actor.audit_name, listed_at=now()
            )
            Template.objects.filter(key=key).update(public=True, public_reason=LISTED + why)
            record(actor=actor, action="template.listed", subject=f"template:{key}", reason=why)
    except IntegrityError:
        raise Conflict(f"{key} is listed as public already.") from None
    return listing


@transaction.atomic
def unlist(*, listing: PublicListing, reason: str, actor: Actor) -> PublicListing:
    """Take a wording off the list, with the reason; runs from now on judge it by its users again."""
    check(actor, Action.MANAGE_REFERENCE)
    why = _reason(reason)
    locked = PublicListing.objects.select_for_update().get(pk=listing.pk)
    if locked.unlisted_at is not None:
        raise Conflict(f"{locked.unlisted_by} took {locked.key} off the list already.")
    locked.unlisted_at, locked.unlisted_by, locked.unlisted_reason = now(), actor.audit_name, why
    locked.save(update_fields=["unlisted_at", "unlisted_by", "unlisted_reason"])
    Template.objects.filter(key=locked.key).update(public=False, public_reason="")
    record(actor=actor, action="template.unlisted", subject=f"template:{locked.key}", reason=why)
    return locked


def _reason(reason: str) -> str:
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput("reason", reason, f"say where the wording is public, in 1 to {LONGEST_REASON} characters")
    return storable(reason.strip())


# --- Reading --------------------------------------------------------------------------------------------------------------


def listed_public_keys(as_of: datetime | None = None) -> frozenset[str]:
    """The keys on the administrator's list at a moment (now by default), as a run reads them. One query."""
    rows = PublicListing.objects.filter(unlisted_at=None)
    if as_of is not None:
        standing = Q(unlisted_at=None) | Q(unlisted_at__gt=as_of)
        rows = PublicListing.objects.filter(standing, listed_at__lte=as_of)
    return frozenset(rows.values_list("key", flat=True))


def listings(*, standing: str = "yes") -> QuerySet[PublicListing]:
    """Listed wordings, keyed by `-id`; `standing` is yes, no or empty for all."""
    if standing not in ("", "yes", "no"):
        raise InvalidInput("standing", standing, "it is yes, no or left out")
    rows = PublicListing.objects.all()
    return rows.filter(unlisted_at__isnull=standing == "yes") if standing else rows


def standing_listing(template: Template) -> PublicListing | None:
    """The listing that makes a template public, if one stands."""
    return PublicListing.objects.filter(key=template.key, unlisted_at=None).first()


def get_listing(number: int) -> PublicListing:
    """One listing. Raises NotFound."""
    found = PublicListing.objects.filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no listing {number}.")
    return found


def templates_of(rows: list[PublicListing]) -> dict[str, int]:
    """The templates that runs found under the keys of some listings. One query."""
    return dict(Template.objects.filter(key__in=[row.key for row in rows]).values_list("key", "pk"))
