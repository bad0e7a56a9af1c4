"""Links between accounts as their pages read them: a pair's history, a campaign's ties, contradictions among judgements."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from accounts.enums import Judgement
from accounts.judgements import judgements_for_run, pair_history, standing_words
from accounts.models import LinkJudgement
from core.errors import NotFound
from detection.models import Campaign

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
    shared: tuple[str, ...]
    bits: float
    judgement: LinkJudgement | None

    @property
    def judged_same(self) -> bool:
        """Whether a person said that one operator holds both."""
        return self.judgement is not None and self.judgement.judgement == Judgement.SAME_OPERATOR


@dataclass(frozen=True, slots=True)
class CampaignTies:
    """The strongest ties of a campaign, and how many pairs its last run named."""

    lines: tuple[TieLine, ...]
    n_pairs: int


def get_pair(number: int) -> Pair:
    """The pair that a judgement is about. Raises NotFound."""
    found = LinkJudgement.objects.select_related("first", "second").filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no judgement {number}.")
    history = tuple(pair_history(found.first, found.second))
    return Pair(found.first.account_id, found.second.account_id, history)


def campaign_ties(code: str) -> CampaignTies:
    """A campaign's ties, one line a pair, judged and strongest first. Two queries. Raises NotFound."""
    campaign = Campaign.objects.filter(code=code).first()
    if campaign is None:
        raise NotFound(f"There is no campaign {code}.")
    by_pair: dict[tuple[str, str], list[dict[str, object]]] = {}
    for tie in campaign.facts.get("ties", []):
        a, b = sorted((str(tie["a"]), str(tie["b"])))
        by_pair.setdefault((a, b), []).append(tie)
    words = standing_words(set(by_pair)) if by_pair else {}
    lines = [_line(pair, ties, words.get(pair)) for pair, ties in by_pair.items()]
    lines.sort(key=lambda line: (line.judgement is None, -line.bits, line.a, line.b))
    return CampaignTies(tuple(lines[:MOST_TIES]), len(lines))


def _line(pair: tuple[str, str], ties: list[dict[str, object]], judgement: LinkJudgement | None) -> TieLine:
    shared = tuple(f"{_words(str(tie.get('field')))} held by {tie.get('shared_by')} customers" for tie in ties)
    return TieLine(*pair, shared, sum(float(str(tie.get("bits") or 0)) for tie in ties), judgement)


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
