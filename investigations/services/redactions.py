"""Redactions of a case: proposed by rules or by a person, accepted or rejected by a person, never stored in the trail."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection

from django.db import transaction
from django.db.models import Max

from audit.services import Event, case_chain, record, record_many
from core.clock import now
from core.errors import InvalidInput, NotFound
from core.text import storable
from investigations.case_texts import CaseText, one_text
from investigations.enums import PSEUDONYMS, REDACTION_TRANSITIONS, RedactionReason, RedactionState
from investigations.models import Case, CaseSecret, Redaction
from investigations.policies import check_transition, check_words
from investigations.redaction.matching import normal
from investigations.redaction.pseudonyms import pseudonym, salted_digest
from investigations.services.locking import current_person
from staff.enums import Action
from staff.models import User

MIN_CHARS, MAX_CHARS = 4, 20_000


def case_secret(case: Case) -> bytes:
    """The key of the case's pseudonyms, made when it is first needed."""
    found, _ = CaseSecret.objects.get_or_create(case=case, defaults={"secret": secrets.token_bytes(32)})
    return bytes(found.secret)


def value_key(secret: bytes, value: str) -> str:
    """What makes two values one: letter case and white space do not count."""
    return hmac.new(
        secret, f"value\n{normal(value).strip()}".encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hexdigest()


def new_redaction(*, case: Case, secret: bytes, number: int, value: str, reason: str, **fields: object) -> Redaction:
    """A redaction that is not yet saved, with its salt, digest and token."""
    salt, label = secrets.token_hex(32), PSEUDONYMS.get(reason)
    token = pseudonym(secret, label, value) if label else f"REDACTED-{reason.upper().replace('_', '-')}-{number:04d}"
    return Redaction(
        case=case,
        number=number,
        value=value,
        value_key=value_key(secret, value),
        reason=reason,
        token=f"[{token}]",
        salt=salt,
        digest=salted_digest(salt, value),
        **fields,
    )


def next_number(case: Case) -> int:
    """The number of the case's next redaction; the case's row is locked until the transaction ends."""
    Case.objects.select_for_update().get(pk=case.pk)
    return (Redaction.objects.filter(case=case).aggregate(top=Max("number"))["top"] or 0) + 1


@transaction.atomic
def open_text(*, case: Case, kind: str, ref: str, part: str, actor: User) -> CaseText:
    """A text of the case for redaction review. A sampled text is read, and that is an event like any reveal."""
    person = current_person(actor, Action.REDACT)
    text = one_text(case, kind, ref, part)
    if kind == "sample":
        facts = {"part": part, "reason": f"redaction review of {case.code}"}
        record(actor=person, action="sample.revealed", subject=f"sample:{ref}", chain=case_chain(case.code), **facts)
    return text


@transaction.atomic
def redact_span(
    *,
    case: Case,
    kind: str,
    ref: str,
    part: str,
    start: int,
    end: int,
    reason: str,
    actor: User,
    reason_text: str = "",
) -> Redaction:
    """Take out characters `start` to `end` of a text, here and wherever else they stand in the case."""
    person = current_person(actor, Action.REDACT)
    text = one_text(case, kind, ref, part)
    if not 0 <= start < end <= len(text.text):
        raise InvalidInput("span", f"{start} to {end}", f"it lies within 0 to {len(text.text):,} and is not empty")
    value = text.text[start:end]
    return _accept_value(case, value, reason, reason_text, person, text.place | {"start": start, "end": end})


@transaction.atomic
def redact_value(*, case: Case, value: str, reason: str, actor: User, reason_text: str = "") -> Redaction:
    """Take out a value wherever it stands in the case: a name, an id, an address that a person typed."""
    return _accept_value(case, storable(value), reason, reason_text, current_person(actor, Action.REDACT), {})


def _accept_value(case: Case, value: str, reason: str, why: str, actor: User, place: dict[str, object]) -> Redaction:
    value = value.strip()
    check_reason(reason, why)
    if not MIN_CHARS <= len(normal(value)) <= len(value) <= MAX_CHARS:
        allowed = f"it has {MIN_CHARS} to {MAX_CHARS:,} characters without space around; select the words beside it too"
        raise InvalidInput("value", value, allowed)
    number, secret = next_number(case), case_secret(case)
    there = Redaction.objects.filter(case=case, value_key=value_key(secret, value)).first()
    if there is not None:
        if there.state != RedactionState.ACCEPTED:
            _judge([there], RedactionState.ACCEPTED, actor)
        return there
    made = new_redaction(case=case, secret=secret, number=number, value=value, reason=reason, place=place)
    made.reason_text, made.proposed_by, made.judged_by = storable(why.strip()), actor, actor
    made.state, made.judged_at, made.n_places, made.n_texts = RedactionState.ACCEPTED, now(), 1, 1
    made.save()
    record_many(actor=actor, events=[_event(made, "redaction.added")])
    return made


@transaction.atomic
def judge_redactions(*, case: Case, numbers: Collection[int], state: str, actor: User) -> int:
    """Accept or reject redactions by number. How many changed; those that are so already are left alone."""
    person = current_person(actor, Action.REDACT)
    if state not in (RedactionState.ACCEPTED, RedactionState.REJECTED):
        raise InvalidInput("state", state, "it is accepted or rejected")
    rows = Redaction.objects.select_for_update().filter(case=case, number__in=numbers).order_by("number")
    found = list(rows)
    if missing := set(numbers) - {row.number for row in found}:
        raise NotFound(f"{case.code} has no redaction R-{min(missing):04d}.")
    return _judge([row for row in found if row.state != state], state, person)


def _judge(rows: list[Redaction], state: str, actor: User) -> int:
    for row in rows:
        check_transition(REDACTION_TRANSITIONS, row.state, state, row.code)
        row.state, row.judged_by, row.judged_at = state, actor, now()
    Redaction.objects.bulk_update(rows, ["state", "judged_by", "judged_at"], batch_size=500)
    if rows:
        record_many(actor=actor, events=[_event(row, f"redaction.{state}") for row in rows])
    return len(rows)


def check_reason(reason: str, why: str) -> None:
    """A reason has a code; the code for everything else needs words."""
    if reason not in RedactionReason.values:
        raise InvalidInput("reason", reason, f"it is one of {', '.join(RedactionReason.values)}")
    if reason == RedactionReason.OTHER:
        check_words(reason_text=why)


def _event(row: Redaction, action: str) -> Event:
    facts = {"reason": row.reason, "reason_text": row.reason_text, "rule": row.rule, "digest": row.digest}
    return Event(action, f"redaction:{row.case.code}/{row.code}", facts, case_chain(row.case.code))
