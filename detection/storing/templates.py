"""Templates that a run found: new ones get a row, known ones what is newly known of them."""

from __future__ import annotations

from collections.abc import Mapping

from core.clock import from_us
from core.text import storable
from detection.analysis.results import Analysis, TemplateResult
from detection.models import Template

BATCH = 2_000
KINDS = {"pre": "prefix", "suf": "suffix", "ske": "whole", "nea": "rewording", "sys": "system"}
RENEWED = ["public", "public_reason", "last_seen_at"]


def store_templates(analysis: Analysis, skeletons: Mapping[int, str], *, live: bool = True) -> dict[str, Template]:
    """Rows of the templates by their key; a run that is not live adds unknown ones and leaves the rest alone."""
    rows = [_template(found, analysis, skeletons) for found in analysis.templates]
    if live:
        Template.objects.bulk_create(
            rows, batch_size=BATCH, update_conflicts=True, unique_fields=["key"], update_fields=RENEWED
        )
    else:
        Template.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    return {t.key: t for t in Template.objects.filter(key__in=[found.key for found in analysis.templates])}


def _template(found: TemplateResult, analysis: Analysis, skeletons: Mapping[int, str]) -> Template:
    first, last = analysis.window_start_us, analysis.window_end_us
    return Template(
        key=found.key,
        skeleton=storable(shown_skeleton(found, skeletons.get(found.example_skeleton_h, ""))),
        kind=KINDS[found.column[:3]],
        n_words=found.n_words,
        public=found.public,
        public_reason=found.public_reason,
        first_seen_at=from_us(first) if first is not None else None,
        last_seen_at=from_us(last) if last is not None else None,
    )


def shown_skeleton(found: TemplateResult, example: str) -> str:
    """The fixed words of a template, cut out of an example that has them."""
    words = example.split(" ")
    if found.column.startswith("pre"):
        return f"{' '.join(words[: found.n_words])} …"
    if found.column.startswith("suf"):
        return f"… {' '.join(words[-found.n_words :])}"
    # Of near-duplicates one stands for all: their wording differs, so there are no fixed words to cut out.
    return f"system prompt {found.key.partition(':')[2]}" if found.column == "system_h" else example
