"""The random audited sample: unflagged accounts drawn by chance, put before reviewers on purpose; answers become labels."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from audit.services import record
from core.canonical import digest
from core.clock import now
from core.errors import Conflict, InvalidInput, NotFound
from core.text import storable
from detection.enums import LabelBasis, LabelKind, SampleAnswer
from detection.labels.sampling import Draw, FrameAccount, draw_sample
from detection.models import AuditSample, DetectionRun, Label, SampledAccount
from detection.queries.conclusions import latest_finished_run
from staff.enums import Action
from staff.permissions import Actor, check

LOCK = 0x5711_5A3F  # one number for draws in Postgres' space of advisory locks
MOST_DRAWN = 1_000
MOST_SEED = 2**31 - 1
LONGEST_REASON = 4_000
KIND_OF = {SampleAnswer.HONEST: LabelKind.CLEARED, SampleAnswer.HARVESTING: LabelKind.CONFIRMED}


@transaction.atomic
def draw_audit_sample(*, n: int, seed: int | None = None, actor: Actor) -> AuditSample:
    """Draw n unflagged accounts of the latest finished run, by chance within plan and volume fifth.

    Accounts that were drawn before are left out: they wait for an answer or have one. Raises InvalidInput, Conflict when
    there is no run or nobody left to draw.
    """
    check(actor, Action.MANAGE_REFERENCE)
    if not 1 <= n <= MOST_DRAWN:
        raise InvalidInput("n", n, f"draw 1 to {MOST_DRAWN} accounts")
    seed = secrets.randbelow(MOST_SEED + 1) if seed is None else seed
    if not 0 <= seed <= MOST_SEED:
        raise InvalidInput("seed", seed, f"it is a whole number from 0 to {MOST_SEED}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    run = latest_finished_run()
    if run is None:
        raise Conflict("No detection run has finished yet, so nobody is known to be unflagged. Start one first.")
    frame, pks = _frame(run)
    if not frame:
        raise Conflict(f"Run {run.pk} left no unflagged account that was not drawn before.")
    sample, names = _store(run, draw_sample(frame, n=n, seed=seed), frame, pks, n=n, seed=seed, actor=actor)
    facts: dict[str, Any] = {"run": run.pk, "seed": seed, "frame": len(frame), "accounts": names}
    subject = f"audit_sample:{sample.pk}"
    record(actor=actor, action="audit_sample.drawn", subject=subject, frame_digest=sample.frame_digest, **facts)
    return sample


def _store(
    run: DetectionRun, draw: Draw, frame: list[FrameAccount], pks: dict[str, int], *, n: int, seed: int, actor: Actor
) -> tuple[AuditSample, list[str]]:
    """The sample's rows, and the account ids that were drawn."""
    sample = AuditSample.objects.create(
        run=run,
        seed=seed,
        n_asked=n,
        frame_size=len(frame),
        frame_digest=digest(sorted([one.account_id, one.plan, one.n_exchanges] for one in frame)),
        strata=[asdict(stratum) for stratum in draw.strata],
        drawn_by=actor.audit_name,
    )
    SampledAccount.objects.bulk_create(
        SampledAccount(
            sample=sample, account_id=pks[one.account_id], plan=one.plan, fifth=fifth, n_exchanges=one.n_exchanges
        )
        for one, fifth in draw.accounts
    )
    return sample, sorted(one.account_id for one, _ in draw.accounts)


def _frame(run: DetectionRun) -> tuple[list[FrameAccount], dict[str, int]]:
    """The unflagged accounts of a run that sent something and were never drawn, and their keys. One query."""
    rows = run.account_scores.filter(flagged=False, n_exchanges__gt=0)
    rows = rows.exclude(account__in=SampledAccount.objects.values("account"))
    found = list(rows.values_list("account__account_id", "account__plan", "n_exchanges", "account__pk"))
    return [FrameAccount(name, plan, n) for name, plan, n, _ in found], {name: pk for name, _, _, pk in found}


@transaction.atomic
def answer_drawn(
    *, drawn: SampledAccount, answer: str, reason: str, actor: Actor, expected: str | None = None
) -> SampledAccount:
    """Say what a drawn account is; honest and harvesting become a label, cannot tell becomes none.

    A new answer withdraws the label of the one before. `expected` is the answer that the person saw. Raises InvalidInput,
    Conflict when somebody answered meanwhile.
    """
    check(actor, Action.REVIEW)
    if answer not in SampleAnswer.values:
        raise InvalidInput("answer", answer, f"it is one of {', '.join(SampleAnswer.values)}")
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidInput("reason", reason, f"say what you looked at, in 1 to {LONGEST_REASON} characters")
    locked = SampledAccount.objects.select_for_update(of=("self",)).select_related("account", "label").get(pk=drawn.pk)
    if expected is not None and locked.answer != expected:
        raise Conflict(f"{locked.answered_by} answered “{locked.get_answer_display()}” meanwhile: {locked.reason}")
    before, locked.answer = locked.answer, answer
    locked.reason, locked.answered_by, locked.answered_at = storable(reason.strip()), actor.audit_name, now()
    locked.label = _label_of(locked, actor)
    locked.save()
    account_id = locked.account.account_id
    facts: dict[str, Any] = {"answer": answer, "before": before, "reason": locked.reason, "sample": locked.sample_id}
    record(actor=actor, action="audit_sample.answered", subject=f"account:{account_id}", **facts)
    return locked


def _label_of(drawn: SampledAccount, actor: Actor) -> Label | None:
    """The label that the answer makes; the one of an earlier answer is withdrawn, unless it says the same."""
    kind, standing = KIND_OF.get(SampleAnswer(drawn.answer)), drawn.label
    if standing is not None and standing.withdrawn_at is None:
        if standing.kind == kind:
            return standing
        standing.withdrawn_at, standing.withdrawn_by = now(), actor.audit_name
        standing.withdrawn_reason = storable(f"Answered anew: {drawn.reason}")
        standing.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    if kind is None:
        return None
    return Label.objects.create(
        account=drawn.account,
        kind=kind,
        basis=LabelBasis.SAMPLE,
        source=str(drawn.sample),
        reason=drawn.reason,
        given_by=actor.audit_name,
    )


# --- Reading --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SampleProgress:
    """How far an audit sample is answered."""

    drawn: int
    honest: int
    harvesting: int
    cannot_tell: int

    @property
    def answered(self) -> int:
        """Accounts with any answer."""
        return self.honest + self.harvesting + self.cannot_tell


@dataclass(frozen=True, slots=True)
class Weighted:
    """What a sample's answers say of the whole frame: each drawn account stands for those of its stratum."""

    share: float | None
    """Share of harvesting accounts in the frame, by the answers honest and harvesting; None without any."""
    n_covered: int
    """Frame accounts in strata that have such an answer."""


def samples() -> QuerySet[AuditSample]:
    """Audit samples with their progress, keyed by `-id`."""
    counts = {f"n_{answer.value}": Count("drawn", filter=Q(drawn__answer=answer)) for answer in SampleAnswer}
    return AuditSample.objects.select_related("run").annotate(n_drawn=Count("drawn"), **counts)


def get_sample(number: int) -> AuditSample:
    """One audit sample with its counts. Raises NotFound."""
    sample = samples().filter(pk=number).first()
    if sample is None:
        raise NotFound(f"There is no audit sample {number}.")
    return sample


def drawn_accounts(sample: AuditSample, *, show: str = "") -> QuerySet[SampledAccount]:
    """The drawn accounts of a sample, keyed by `id`; `show` is open, answered or empty for all."""
    if show not in ("", "open", "answered"):
        raise InvalidInput("show", show, "it is open, answered or left out")
    rows = sample.drawn.select_related("account__organisation", "label")
    if not show:
        return rows
    return rows.filter(answer="") if show == "open" else rows.exclude(answer="")


def get_drawn(number: int) -> SampledAccount:
    """One drawn account. Raises NotFound."""
    drawn = SampledAccount.objects.select_related("account").filter(pk=number).first()
    if drawn is None:
        raise NotFound(f"There is no drawn account {number}.")
    return drawn


def progress(sample: AuditSample) -> SampleProgress:
    """How far a sample is answered. One query."""
    by_answer = dict(sample.drawn.values_list("answer").annotate(n=Count("pk")))
    counts = {answer.value: int(by_answer.get(answer.value, 0)) for answer in SampleAnswer}
    return SampleProgress(drawn=sum(by_answer.values()), **counts)


def frame_share(sample: AuditSample) -> Weighted:
    """The weighted share of harvesting among the frame, stratum by stratum. One query.

    Answers "cannot tell" are taken as missing at random within their stratum, which the page says.
    """
    told = sample.drawn.filter(answer__in=(SampleAnswer.HONEST, SampleAnswer.HARVESTING))
    rows = told.values_list("plan", "fifth", "answer").annotate(n=Count("pk"))
    return _weighted(rows, {(s["plan"], s["fifth"]): s["n_frame"] for s in sample.strata})


def _weighted(rows: Iterable[tuple[str, int, str, int]], frame: dict[tuple[str, int], int]) -> Weighted:
    told: dict[tuple[str, int], list[int]] = {}
    for plan, fifth, answer, n in rows:
        counts = told.setdefault((plan, fifth), [0, 0])
        counts[0] += n
        counts[1] += n if answer == SampleAnswer.HARVESTING else 0
    covered = sum(frame[key] for key in told)
    if not covered:
        return Weighted(None, 0)
    return Weighted(sum(frame[key] * bad / n for key, (n, bad) in told.items()) / covered, covered)
