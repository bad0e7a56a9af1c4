"""Texts cut into what a page marks: template, slots, tagged wording, masked values."""

from __future__ import annotations

import time

import pytest

from investigations.words.reading_text import LONGEST, read, read_exchange, template_spans

SKELETON = "You review one task at a time. Think in the open before answering. Task: <text> Write REASONING first."
PROMPT = SKELETON.replace("<text>", '"Add 12 and 30, write to jo@example.org"')


def test_fixed_words_are_the_templates_and_the_rest_are_slots() -> None:
    pieces = read(PROMPT, template=template_spans(PROMPT, SKELETON)).pieces
    slots = "".join(piece.text for piece in pieces if piece.role == "slot")
    assert slots.strip() == '"Add 12 and 30, write to [e-mail address, 14 characters]"'
    fixed = "".join(piece.text for piece in pieces if piece.role == "template")
    assert fixed.startswith("You review one task") and fixed.endswith("Write REASONING first.")


def test_a_text_that_has_few_of_the_words_has_no_template() -> None:
    assert template_spans("One task at a time is what I told the gardener about the hedge.", SKELETON) == []
    assert template_spans("", SKELETON) == template_spans(PROMPT, "<n> <text>") == []


def test_the_template_that_covers_most_is_chosen() -> None:
    given = [(1, "You review one task at a time. …"), (2, SKELETON), (3, "Another one entirely, of other words.")]
    assert read_exchange("", PROMPT, "", templates=given).template == 2
    assert read_exchange("", "Hello", "", templates=given).template is None


def test_tagged_wording_is_marked_where_it_stands() -> None:
    text = "Please solve it step by step, and show your full reasoning."
    shown = read(text)
    assert "step_by_step_rationale" in shown.tags
    assert any("step by step" in piece.text and piece.meaning for piece in shown.pieces if piece.tags)
    assert read(text, tagged=False).tags == ()


@pytest.mark.parametrize("unmasked", [False, True])
def test_pieces_make_up_the_text_again_and_masked_values_are_in_none(unmasked: bool) -> None:
    text = "Mail jo@example.org, think step by step.\n\u202e" + PROMPT
    shown = read(text, template=template_spans(text, SKELETON), unmasked=unmasked)
    joined = "".join(piece.text for piece in shown.pieces)
    assert joined == (text if unmasked else text.replace("jo@example.org", "[e-mail address, 14 characters]"))
    assert shown.n_masked == (0 if unmasked else 2)


def test_a_value_that_the_cut_divides_is_masked_and_the_cut_is_told() -> None:
    text = "x" * (LONGEST - 8) + " jo@example.org " + "y" * 500
    shown = read(text)
    assert shown.n_cut == len(text) - LONGEST and "jo@" not in "".join(piece.text for piece in shown.pieces)


def test_hostile_repetition_is_read_in_time() -> None:
    start = time.process_time()
    read_exchange("the " * 9_000, "the " * 9_000, "", templates=[(n, "the " * 900) for n in range(5)])
    assert time.process_time() - start < 10.0
