"""The reference as runs read it: whose accounts count as honest, whose as harvesting, and about whom people disagree.

Not flagged so far is no clearance. The rules, shown on the labels page too:
1. Of one source's imported decisions on an account the latest counts: an appeal that succeeded replaces the ban.
2. A person's word given here goes before an imported decision that is older than it.
3. Where what then stands disagrees (two people, two sources, a ban imported after a person's clearance), the account is
   contradicted: it counts on neither side until somebody withdraws a label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db.models import Count, Q, QuerySet

from accounts.models import ApiAccount
from core.canonical import digest
from core.errors import InvalidInput, NotFound
from detection.enums import BatchState, LabelBasis, LabelKind
from detection.models import Label, LabelBatch
from staff.blind import Owed

CONTRADICTED = "contradicted"
SHOWN = 100
COLUMNS = ("account__account_id", "kind", "basis", "source", "decided_at", "given_at")


@dataclass(frozen=True, slots=True)
class Word:
    """One standing label: what it says, who says it, and since when."""

    account_id: str
    kind: str
    basis: str
    source: str
    decided_at: datetime | None
    given_at: datetime

    @property
    def imported(self) -> bool:
        """Whether it comes from a record of the past."""
        return self.basis == LabelBasis.IMPORT

    @property
    def moment(self) -> datetime:
        """When it was decided; where the source does not say, when it came in."""
        return self.decided_at or self.given_at if self.imported else self.given_at


@dataclass(frozen=True, slots=True)
class Reference:
    """Account ids by what stands about them at a moment."""

    cleared: frozenset[str] = field(default_factory=frozenset)
    confirmed: frozenset[str] = field(default_factory=frozenset)
    contradicted: frozenset[str] = field(default_factory=frozenset)

    @property
    def digest(self) -> str:
        """SHA-256 of the three sets, for what a run read."""
        return digest([sorted(self.cleared), sorted(self.confirmed), sorted(self.contradicted)])


def resolve(words: Iterable[Word]) -> str:
    """What the standing words on one account come to: cleared, confirmed or contradicted.

    Raises ValueError for no word at all.
    """
    every = list(words)
    people = [word for word in every if not word.imported]
    imports = list(_latest_of_each_source(word for word in every if word.imported))
    latest = max((word.moment for word in people), default=None)
    counted = people + [word for word in imports if latest is None or word.moment > latest]
    kinds = {word.kind for word in counted}
    if not kinds:
        raise ValueError("words: none is given; an account without a standing label has no place in the reference")
    return kinds.pop() if len(kinds) == 1 else CONTRADICTED


def _latest_of_each_source(imports: Iterable[Word]) -> Iterator[Word]:
    """Each source's newest decisions; several of one moment all count."""
    for _, group in groupby(sorted(imports, key=attrgetter("source")), key=attrgetter("source")):
        words = list(group)
        newest = max(word.moment for word in words)
        yield from (word for word in words if word.moment == newest)


def reference_for_run(as_of: datetime | None = None) -> Reference:
    """The reference as it stood at a moment (now by default). One query."""
    found: dict[str, set[str]] = {LabelKind.CLEARED: set(), LabelKind.CONFIRMED: set(), CONTRADICTED: set()}
    for account_id, words in groupby(_words(_standing(as_of)), key=attrgetter("account_id")):
        found[resolve(words)].add(account_id)
    cleared, confirmed, contradicted = map(frozenset, found.values())
    return Reference(cleared, confirmed, contradicted)


def _standing(as_of: datetime | None = None) -> QuerySet[Label]:
    if as_of is None:
        return Label.objects.filter(withdrawn_at=None)
    return Label.objects.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=as_of), given_at__lte=as_of)


def _words(labels: QuerySet[Label]) -> Iterator[Word]:
    rows = labels.order_by("account__account_id", "id").values_list(*COLUMNS)
    return (Word(*row) for row in rows.iterator(chunk_size=10_000))


# --- For the page ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReferenceCounts:
    """How many accounts stand where; verified ones are the provider's word and are counted by each run anew."""

    cleared: int
    confirmed: int
    contradicted: int
    verified: int


@dataclass(frozen=True, slots=True)
class Disputed:
    """An account with standing labels that say different things: what they come to, and the labels."""

    account: ApiAccount
    outcome: str
    labels: list[Label]


def reference_counts() -> ReferenceCounts:
    """The reference in four numbers. Three queries and those of the accounts whose labels differ."""
    by_kind = dict(_standing().values_list("kind").annotate(n=Count("account", distinct=True)))
    outcomes = [resolve(list(words)) for _, words in groupby(_words(_of_differing()), key=attrgetter("account_id"))]
    verified = ApiAccount.objects.filter(Q(verified=True) | Q(verified=None, organisation__verified=True)).count()
    return ReferenceCounts(
        cleared=by_kind.get(LabelKind.CLEARED, 0) - len(outcomes) + outcomes.count(LabelKind.CLEARED),
        confirmed=by_kind.get(LabelKind.CONFIRMED, 0) - len(outcomes) + outcomes.count(LabelKind.CONFIRMED),
        contradicted=outcomes.count(CONTRADICTED),
        verified=verified,
    )


def disputed_accounts(owed: Owed | None) -> list[Disputed]:
    """Accounts whose standing labels differ, the unresolved ones first; at most SHOWN, none that the reader judges blind.

    One query. `owed` is the second review that the reader holds.
    """
    differing = _of_differing()
    if owed is not None:
        differing = differing.exclude(account__account_id=owed.account)
    labels = differing.select_related("account", "batch").order_by("account__account_id", "id")
    found = []
    for account, group in groupby(labels, key=attrgetter("account")):
        mine = list(group)
        words = [Word(account.account_id, x.kind, x.basis, x.source, x.decided_at, x.given_at) for x in mine]
        found.append(Disputed(account, resolve(words), mine))
    return sorted(found, key=lambda item: item.outcome != CONTRADICTED)[:SHOWN]


def _of_differing() -> QuerySet[Label]:
    both = _standing().values("account").annotate(n=Count("kind", distinct=True)).filter(n__gt=1).values("account")
    return _standing().filter(account__in=both)


def readable_labels(owed: Owed | None) -> QuerySet[Label]:
    """Labels without the one that would tell a first verdict to the person who is to judge the account blind."""
    if owed is None:
        return Label.objects.all()
    return Label.objects.exclude(account__account_id=owed.account, basis__startswith=LabelBasis.VERDICT)


def labels(*, owed: Owed | None, account_id: str = "", kind: str = "", standing: str = "") -> QuerySet[Label]:
    """Labels that the reader may know of, keyed by `-id`; `standing` is yes, no or empty for all."""
    if kind and kind not in LabelKind.values:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(LabelKind.values)}, or left out")
    if standing not in ("", "yes", "no"):
        raise InvalidInput("standing", standing, "it is yes, no or left out")
    rows = readable_labels(owed).select_related("account", "batch")
    rows = rows.filter(account__account_id=account_id) if account_id else rows
    rows = rows.filter(kind=kind) if kind else rows
    return rows.filter(withdrawn_at__isnull=standing == "yes") if standing else rows


def get_label(number: int) -> Label:
    """One label. Raises NotFound."""
    label = Label.objects.select_related("account").filter(pk=number).first()
    if label is None:
        raise NotFound(f"There is no label {number}.")
    return label


def get_batch(number: int) -> LabelBatch:
    """One delivery of labels. Raises NotFound."""
    batch = LabelBatch.objects.filter(pk=number).first()
    if batch is None:
        raise NotFound(f"There is no delivery {number}; a preview is dropped when its reader reads another file.")
    return batch


def batches() -> list[LabelBatch]:
    """The newest deliveries that were taken over. One query."""
    return list(LabelBatch.objects.filter(state=BatchState.IMPORTED).defer("rows").order_by("-id")[:20])
