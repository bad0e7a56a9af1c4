"""Links between accounts as their pages read them: a pair's history, a campaign's ties, contradictions among judgements."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain

from django.db.models import Q

from accounts.enums import Judgement
from accounts.judgements import judgements_for_run, pair_history, standing_judgements
from accounts.models import ApiAccount, LinkJudgement
from core.errors import InvalidInput, NotFound
from core.text import one_line
from detection.models import Campaign
from detection.queries.conclusions import get_campaign

MOST_TIES = 200


@dataclass(frozen=True, slots=True)
class Pair:
    """Two accounts and every word on their link, newest first."""

    first: str
    second: str
    history: tuple[LinkJudgement, ...]

    @property
    def standing(self) -> LinkJudgement:
        """The word that stands."""
        return self.history[0]


@dataclass(frozen=True, slots=True)
class TieLine:
    """Two accounts of a campaign, what they share, and the judgement that stands on the pair."""

    a: str
    b: str
    kinds: tuple[str, ...]
    shared: tuple[str, ...]
    bits: float
    judgement: LinkJudgement | None

    @property
    def judged_same(self) -> bool:
        """Whether a person said that one operator holds both."""
        return self.word == Judgement.SAME_OPERATOR

    @property
    def word(self) -> str:
        """What a person said of the pair; empty where nobody did."""
        return self.judgement.judgement if self.judgement is not None else ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of evidence with how many pairs have it."""

    name: str
    words: str
    n_pairs: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A tie as the graph draws it: number of its line in the table, both ends, width by strength."""

    line: int
    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    word: str
    words: str


@dataclass(frozen=True, slots=True)
class Node:
    """An account as the graph draws it."""

    account_id: str
    x: float
    y: float
    tier: str
    n_ties: int


@dataclass(frozen=True, slots=True)
class Graph:
    """The drawn part of a campaign's links, in pixels."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class CampaignTies:
    """The strongest ties of a campaign, how many pairs there are of each kind, and the graph of what is listed."""

    lines: tuple[TieLine, ...]
    n_pairs: int
    kinds: tuple[Kind, ...] = ()
    graph: Graph | None = None


def get_pair(number: int) -> Pair:
    """The pair that a judgement is about. Raises NotFound."""
    found = LinkJudgement.objects.select_related("first", "second").filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no judgement {number}.")
    history = tuple(pair_history(found.first, found.second))
    return Pair(found.first.account_id, found.second.account_id, history)


def campaign_ties(code: str, *, kind: str = "") -> CampaignTies:
    """A campaign's ties, one line a pair, judged and strongest first, with their graph; `kind` narrows to one kind of
    evidence. Three queries. Raises NotFound, InvalidInput for a kind that no tie has."""
    campaign = get_campaign(code)
    by_pair: dict[tuple[str, str], list[dict[str, object]]] = {}
    for tie in campaign.facts.get("ties", []):
        a, b = sorted((str(tie["a"]), str(tie["b"])))
        by_pair.setdefault((a, b), []).append(tie)
    words = _words_within(campaign, {name for pair in by_pair for name in pair})
    for pair in words.keys() - by_pair.keys():
        by_pair[pair] = []
    every = [_line(pair, ties, words.get(pair)) for pair, ties in by_pair.items()]
    kinds = _kinds(every)
    if kind and kind not in {one.name for one in kinds}:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(one.name for one in kinds)}, or left out")
    lines = [line for line in every if not kind or kind in line.kinds]
    lines.sort(key=lambda line: (line.judgement is None, -line.bits, line.a, line.b))
    shown = tuple(lines[:MOST_TIES])
    return CampaignTies(shown, len(lines), kinds, _graph(campaign, shown) if shown else None)


def _words_within(campaign: Campaign, tied: set[str]) -> dict[tuple[str, str], LinkJudgement]:
    """The judgements that stand between accounts of a campaign, its members and those its ties name, by pair of account ids
    in order. One query."""
    within = ApiAccount.objects.filter(Q(memberships__campaign=campaign) | Q(account_id__in=tied)).values("pk")
    found: dict[tuple[str, str], LinkJudgement] = {}
    for row in standing_judgements().filter(first__in=within, second__in=within):
        one, other = sorted((row.first.account_id, row.second.account_id))
        found[one, other] = row
    return found


def _kinds(lines: list[TieLine]) -> tuple[Kind, ...]:
    counts = Counter(kind for line in lines for kind in line.kinds)
    return tuple(Kind(name, _words(name), n) for name, n in sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _graph(campaign: Campaign, lines: tuple[TieLine, ...]) -> Graph:
    from detection.showing.link_layout import layout  # brings numpy, which pages without a graph never need

    places, width, height = layout((line.a, line.b) for line in lines)
    members = campaign.members.filter(account__account_id__in=list(places))
    tiers = dict(members.values_list("account__account_id", "tier"))
    ties = Counter(name for line in lines for name in (line.a, line.b))
    edges = tuple(
        Edge(
            number,
            *places[line.a],
            *places[line.b],
            width=round(1 + min(line.bits, 20) / 5, 1),
            word=line.word,
            words=f"{one_line(line.a, 40)} and {one_line(line.b, 40)}: {'; '.join(line.shared) or 'a judgement alone'}",
        )
        for number, line in enumerate(lines, 1)
    )
    nodes = tuple(Node(name, x, y, tiers.get(name, ""), ties[name]) for name, (x, y) in sorted(places.items()))
    return Graph(nodes, edges, width, height)


def _line(pair: tuple[str, str], ties: list[dict[str, object]], judgement: LinkJudgement | None) -> TieLine:
    shared = tuple(f"{_words(str(tie.get('field')))} held by {tie.get('shared_by')} customers" for tie in ties)
    kinds = tuple(dict.fromkeys([*(str(tie.get("field")) for tie in ties), *(["judgement"] if judgement else [])]))
    return TieLine(*pair, kinds, shared, sum(float(str(tie.get("bits") or 0)) for tie in ties), judgement)


def _words(field: str) -> str:
    """An identifier's name as people read it.

    >>> _words("payment_fp"), _words("ip24")
    ('payment fingerprint', 'network (/24)')
    """
    return {"ip24": "network (/24)"}.get(field, field.replace("_fp", " fingerprint").replace("_", " "))


def contradictions() -> list[str]:
    """Judgements that cannot all be true, in words: runs set them aside until a person changes one. One query."""
    from detection.clustering.judgements import contradicting  # brings scipy and pandas, which other pages never need

    standing = judgements_for_run()
    if not standing.same or not standing.apart:
        return []
    ids = sorted(set(chain.from_iterable((*standing.same, *standing.apart))))
    return contradicting(ids, same=standing.same, apart=standing.apart)
