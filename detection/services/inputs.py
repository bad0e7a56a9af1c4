"""What a run reads besides exchanges: as it stands now, or as an earlier run read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from accounts.judgements import StandingJudgements, judgements_for_run
from accounts.queries import accounts_table
from core.errors import Conflict
from detection.analysis.parameters import TRIVIAL_SYSTEM_PROMPTS
from detection.labels.reference import Reference, reference_for_run
from detection.models import DetectionRun, TemplateMap
from detection.public_text.corpora import corpora_for_run
from detection.public_text.listings import listed_public_keys
from detection.services.snapshots import keep_table, keep_words, kept_table, kept_words
from traffic.lake import Lake
from traffic.tagging import RULES, TAGGING_VERSION, tag_mask

if TYPE_CHECKING:
    from detection.analysis.pipeline import Inputs


@dataclass(frozen=True)
class RunInputs:
    """All that a run reads besides exchanges, and once it is kept, the digests that name it in the run's row."""

    accounts: pa.Table
    reference: Reference
    listed: frozenset[str]
    judgements: StandingJudgements
    corpora: pa.Table
    template_map: TemplateMap | None
    digests: dict[str, Any]


def inputs_now(template_map: TemplateMap | None) -> RunInputs:
    """What stands now. Six queries."""
    reference, judgements = reference_for_run(), judgements_for_run()
    return RunInputs(
        accounts_table(), reference, listed_public_keys(), judgements, corpora_for_run(), template_map, digests={}
    )


def kept(read: RunInputs) -> RunInputs:
    """The same with its digests, each part kept under its own for a later repeat."""
    reference, judgements, found = read.reference, read.judgements, read.template_map
    digests = {
        "accounts": keep_table(read.accounts),
        "labels": keep_words([sorted(reference.cleared), sorted(reference.confirmed), sorted(reference.contradicted)]),
        "public_templates": keep_words(sorted(read.listed)),
        "judgements": keep_words([judgements.same, judgements.apart]),
        "corpora": keep_table(read.corpora),
        "template_map": found.sha256 if found else "",
        "template_map_version": found.version if found else 0,
        "tagging": TAGGING_VERSION,
    }
    return replace(read, digests=digests)


def inputs_of(run: DetectionRun) -> RunInputs:
    """What an earlier run read, from what was kept of it. Raises Conflict when a part is gone."""
    names = {name: str(run.inputs.get(name, "")) for name in ("accounts", "labels", "public_templates")}
    names |= {name: str(run.inputs.get(name, "")) for name in ("judgements", "corpora")}
    cleared, confirmed, contradicted = map(frozenset, kept_words(names["labels"]))
    same, apart = (tuple((str(one), str(other)) for one, other in pairs) for pairs in kept_words(names["judgements"]))
    return RunInputs(
        accounts=kept_table(names["accounts"]),
        reference=Reference(cleared, confirmed, contradicted),
        listed=frozenset(kept_words(names["public_templates"])),
        judgements=StandingJudgements(same, apart),
        corpora=kept_table(names["corpora"]),
        template_map=_map_of(run),
        digests=run.inputs | {"tagging": TAGGING_VERSION},
    )


def _map_of(run: DetectionRun) -> TemplateMap | None:
    version = run.inputs.get("template_map_version", 0)
    if not version:
        return None
    found = TemplateMap.objects.filter(version=version).first()
    if found is None:
        raise Conflict(f"Map {version} of near-duplicates, which {run} read, is gone; it cannot be repeated.")
    return found


def pipeline_inputs(read: RunInputs, lake: Lake) -> Inputs:
    """The same as the pure pipeline takes it, in the lake's own engine: another one could not be joined with it."""
    from detection.mapping import map_path  # brings scipy, which a web process never needs

    corpora = _registered(lake, "run_corpora", read.corpora) if read.corpora.num_rows else None
    sketches = lake.engine.read_parquet(str(map_path(read.template_map))) if read.template_map else None
    return build_inputs(
        _registered(lake, "run_accounts", read.accounts),
        reference=read.reference,
        listed=read.listed,
        judgements=read.judgements,
        corpora=corpora,
        sketches=sketches,
    )


def _registered(lake: Lake, name: str, table: pa.Table) -> Any:
    lake.engine.con.register(name, table)
    return lake.engine.table(name)


def build_inputs(
    accounts: Any,
    *,
    reference: Reference | None = None,
    listed: frozenset[str] = frozenset(),
    judgements: StandingJudgements | None = None,
    corpora: Any = None,
    sketches: Any = None,
) -> Inputs:
    """What the pure pipeline reads besides the exchanges; what is left out is not known."""
    from detection.analysis.pipeline import Inputs  # brings scipy and pandas, which a web process never needs

    known, links = reference or Reference(), judgements or StandingJudgements()
    return Inputs(
        accounts=accounts,
        elicitation_mask=tag_mask(*(rule.name for rule in RULES)),
        cleared=known.cleared,
        trivial_system=trivial_system_hashes(),
        public_keys=listed,
        confirmed=known.confirmed,
        same_operator=links.same,
        not_same=links.apart,
        corpora=corpora,
        sketches=sketches,
    )


def trivial_system_hashes() -> frozenset[int]:
    """`system_h` of the system prompts that tell nothing: first eight bytes of SHA-256, as the lake derives it."""
    return frozenset(
        int.from_bytes(sha256(text.encode()).digest()[:8], "big", signed=True) for text in TRIVIAL_SYSTEM_PROMPTS
    )
