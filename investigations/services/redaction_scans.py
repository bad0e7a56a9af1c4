"""Looking through all texts of a case for what should be taken out: a worker proposes, a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from django.db import transaction

from audit.services import case_chain, record
from core.clock import now
from core.enqueue import enqueue_on_commit
from core.errors import Conflict
from core.jobs import call_workers, failing_with_words, sole_worker, unattended
from detection.enums import Tier
from investigations import case_texts
from investigations.case_texts import CaseText
from investigations.enums import RedactionReason, RedactionState, WorkState
from investigations.models import Case, CaseAccount, Redaction, RedactionScan
from investigations.redaction.finding import FINDER_VERSION, Found, find
from investigations.redaction.matching import Matcher, normal
from investigations.services.locking import current_person
from investigations.services.redactions import MAX_CHARS, MIN_CHARS, case_secret, new_redaction, next_number, value_key
from staff.enums import Action
from staff.models import User
from staff.permissions import Worker

WORKER = Worker("redaction")
UNFINISHED = (WorkState.WAITING, WorkState.RUNNING)
BEAT_EACH = 200  # texts
REMEMBERED = 100_000  # texts, by digest
_LOCK_SPACE = 730_102


@dataclass(slots=True)
class _Value:
    """A value met in the texts."""

    value: str
    reason: str = ""
    rule: str = ""
    place: dict[str, object] = field(default_factory=dict)
    n_places: int = 0
    texts: set[int] = field(default_factory=set)

    def stands(self, text: CaseText, number: int, start: int, end: int) -> None:
        """Count one place; the first is kept to be shown."""
        self.place = self.place or {**text.place, "start": start, "end": end}
        self.n_places += 1
        self.texts.add(number)


class _Rules:
    """The rules, put once to each distinct text: templates, system prompts and refusals come again by the thousand."""

    def __init__(self) -> None:
        self._seen: dict[bytes, list[Found]] = {}

    def find(self, text: str) -> list[Found]:
        """What the rules propose in a text."""
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if key not in self._seen:
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen[key] = find(text)
        return self._seen[key]


@transaction.atomic
def request_scan(*, case: Case, actor: User) -> RedactionScan:
    """Put a look through the case's texts on the work list and wake a worker."""
    from investigations.tasks import scan_redactions_task

    person = current_person(actor, Action.REDACT)
    Case.objects.select_for_update().get(pk=case.pk)
    if RedactionScan.objects.filter(case=case, state__in=UNFINISHED).exists():
        raise Conflict(f"The texts of {case.code} are being looked through already.")
    scan = RedactionScan.objects.create(case=case, version=FINDER_VERSION, requested_by=person)
    _record(scan, person, "redactions.sought", version=scan.version)
    enqueue_on_commit(scan_redactions_task, scan_id=scan.pk)
    return scan


def run_scan(*, scan: RedactionScan) -> None:
    """Look through the texts; a second worker on the same scan goes away. Repeating it changes nothing."""
    job = RedactionScan.objects.filter(pk=scan.pk)
    with sole_worker(_LOCK_SPACE, scan.pk) as alone, failing_with_words(job, WorkState.FAILED):
        mine = alone and job.filter(state__in=UNFINISHED)
        if mine and mine.update(state=WorkState.RUNNING, heartbeat_at=now(), n_texts=case_texts.count(scan.case)):
            _keep(scan, _look_through(scan))


def _look_through(scan: RedactionScan) -> dict[str, _Value]:
    """Every value that is known, proposed by a rule or a bystander's name, with where it stands."""
    case, secret = scan.case, case_secret(scan.case)
    met: dict[str, _Value] = {}
    there = (_Value(row.value, row.reason, row.rule) for row in Redaction.objects.filter(case=case))
    for value in (*there, *_bystanders(case)):
        met.setdefault(value_key(secret, value.value), value)
    known = frozenset(met)
    matcher = Matcher({value.value: key for key, value in met.items()})
    rules, done, last = _Rules(), 0, ("", "")
    for number, text in enumerate(case_texts.texts(case)):
        for (start, end), key in matcher.find(text.text):
            met[key].stands(text, number, start, end)
        for found in rules.find(text.text):
            words = text.text[found.start : found.end].strip()
            key = value_key(secret, words)
            if key not in known and MIN_CHARS <= len(normal(words)) <= len(words) <= MAX_CHARS:
                met.setdefault(key, _Value(words, found.reason, found.rule))
                met[key].stands(text, number, found.start, found.end)
        done, last = done + ((text.kind, text.ref) != last), (text.kind, text.ref)
        if number % BEAT_EACH == 0:
            RedactionScan.objects.filter(pk=scan.pk).update(n_done=done, heartbeat_at=now())
    return met


def _bystanders(case: Case) -> Iterator[_Value]:
    """Accounts of the case that are no party, and organisations that only they name."""
    rows = CaseAccount.objects.filter(case=case).select_related("account__organisation")
    accused = {r.account.organisation_id for r in rows if r.tier != Tier.BYSTANDER}
    for row in rows.filter(tier=Tier.BYSTANDER):
        names = [row.account.account_id]
        if row.account.organisation and row.account.organisation_id not in accused:
            names.append(row.account.organisation.name)
        for name in names:
            if MIN_CHARS <= len(name.strip()) <= MAX_CHARS:
                yield _Value(name.strip(), RedactionReason.UNRELATED_CUSTOMER, "bystander")


@transaction.atomic
def _keep(scan: RedactionScan, met: dict[str, _Value]) -> None:
    number, secret, case = next_number(scan.case), case_secret(scan.case), scan.case
    there = {row.value_key: row for row in Redaction.objects.filter(case=case)}
    for key, row in there.items():
        if key in met:
            row.n_places, row.n_texts = met[key].n_places, len(met[key].texts)
            row.place = row.place or met[key].place
    Redaction.objects.bulk_update(there.values(), ["n_places", "n_texts", "place"], batch_size=500)
    fresh = [value for key, value in met.items() if key not in there]
    made = [
        new_redaction(
            case=case,
            secret=secret,
            number=number + step,
            value=value.value,
            reason=value.reason,
            rule=value.rule,
            place=value.place,
            n_places=value.n_places,
            n_texts=len(value.texts),
        )
        for step, value in enumerate(fresh)
    ]
    Redaction.objects.bulk_create(made, batch_size=500)
    RedactionScan.objects.filter(pk=scan.pk).update(
        state=WorkState.DONE, finished_at=now(), n_done=scan_total(scan), n_found=len(made), message=""
    )
    waiting = Redaction.objects.filter(case=case, state=RedactionState.PROPOSED).count()
    _record(scan, WORKER, "redactions.proposed", n_new=len(made), n_waiting=waiting, version=scan.version)


def scan_total(scan: RedactionScan) -> int:
    """How many things were to be looked through when the scan began."""
    return RedactionScan.objects.values_list("n_texts", flat=True).get(pk=scan.pk)


def resume_scans() -> int:
    """Wake a worker for each scan that waits or whose worker fell silent; how many."""
    from investigations.tasks import scan_redactions_task

    stalled = RedactionScan.objects.filter(unattended(WorkState.WAITING, WorkState.RUNNING))
    return call_workers(stalled, scan_redactions_task, "scan_id")


def _record(scan: RedactionScan, actor: object, action: str, **facts: object) -> None:
    code = scan.case.code
    record(actor=actor, action=action, subject=f"case:{code}", chain=case_chain(code), **facts)
