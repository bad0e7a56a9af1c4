"""Near-duplicates: reworded variants meet, strangers do not, and neither order nor batching matters."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from detection.clustering.near_duplicates import MAP, NEAR, VALUES, group, near_duplicates, representatives, sketch

ENGLISH = (
    "Read the customer's message below and decide how urgent it is for the support team, then give one short reason "
    "that the agent can paste into the ticket, and finally name the product area that the message is mostly about"
)
GERMAN = (
    "Lies die folgende Nachricht einer Kundin und entscheide, wie eilig sie für das Team ist, nenne dann einen kurzen "
    "Grund, den die Kollegin übernehmen kann, und zum Schluss den Bereich, um den es in der Nachricht vor allem geht"
)
RUSSIAN = (
    "Прочитай сообщение клиента ниже и реши насколько оно срочное для нашей команды затем назови одну короткую причину "
    "которую сотрудник может вставить в заявку и в конце укажи раздел продукта о котором идёт речь в этом сообщении"
)
CHINESE = "请阅读下面客户的留言判断它对支持团队有多紧急然后给出一个可以直接写进工单的简短理由最后说明这条留言主要涉及哪个产品领域"
JAPANESE = "次のお客様のメッセージを読んでサポートチームにとってどれほど急ぎかを判断し短い理由を一つ挙げてから主に関係する製品分野を答えてください"
KOREAN = (
    "아래 고객의 메시지를 읽고 지원 팀에 얼마나 급한 일인지 판단한 다음 담당자가 표에 붙여 넣을 수 있는 짧은 이유를 하나 "
    "쓰고 마지막으로 이 메시지가 주로 어떤 제품 분야에 관한 것인지 한 단어로 말해 주세요"
)
PINNED = [(755, -2269811604673573018), (905, -5328240358106260824)]
SIGNATURE = "f6f866be3fe59464"
OTHERS = ("maple", "harbour", "lantern", "Ofen", "снег", "지붕", "violet", "copper")


def table(texts: Sequence[str], hashes: Sequence[int] | None = None) -> pa.Table:
    hashes = range(100, 100 + len(texts)) if hashes is None else hashes
    return pa.table({"skeleton_h": pa.array(hashes, pa.int64()), "skeleton": pa.array(texts, pa.string())})


def near(texts: Sequence[str]) -> list[int | None]:
    return near_duplicates(table(texts))["near_h"].to_pylist()


def reworded(text: str, seed: int, share: float = 0.1) -> str:
    """The text with a tenth of its words (of its characters, where it has no spaces) replaced."""
    draw = random.Random(seed)
    spaced = " " in text
    units = text.split() if spaced else list(text)
    for place in draw.sample(range(len(units)), max(1, round(len(units) * share))):
        units[place] = draw.choice(OTHERS) if spaced else draw.choice("山海风雪桥花夢窓")
    return (" " if spaced else "").join(units)


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, RUSSIAN, KOREAN, CHINESE, JAPANESE])
def test_variants_with_a_tenth_of_the_words_changed_are_one_group(text):
    assert near([text, *(reworded(text, seed) for seed in range(12))]) == [100] * 13


def test_strangers_stay_alone():
    assert near([ENGLISH, GERMAN, RUSSIAN, KOREAN, CHINESE, JAPANESE]) == [None] * 6


def test_the_same_language_and_subject_are_not_the_same_text():
    draw = random.Random(5)
    words = ENGLISH.split()
    assert near([" ".join(draw.sample(words, len(words))) for _ in range(40)]) == [None] * 40


def test_case_punctuation_and_the_place_of_slots_do_not_part_a_group():
    loud = ENGLISH.upper().replace(",", " ;")
    assert near([ENGLISH, loud]) == [100, 100]
    assert (
        near(["Label <text> as one of these four kinds of message", "Label <n> as one of these four kinds of message"])[
            1
        ]
        == 100
    )


def test_order_and_batches_change_nothing():
    texts = [reworded(text, seed) for text in (ENGLISH, GERMAN, CHINESE) for seed in range(20)]
    hashes = np.random.default_rng(2).permutation(len(texts)) - 30
    rows = table(texts, hashes.tolist())
    whole = near_duplicates(rows)
    shuffled = rows.take(pa.array(np.random.default_rng(3).permutation(len(texts))))
    assert near_duplicates(shuffled).equals(whole)
    assert group(pa.concat_tables([sketch(shuffled.slice(31)), sketch(shuffled.slice(0, 31))])).equals(whole)
    assert len(set(whole["near_h"].to_pylist())) == 3
    members = {
        near: hash_ for hash_, near in zip(whole["skeleton_h"].to_pylist(), whole["near_h"].to_pylist(), strict=True)
    }
    assert all(near <= hash_ for near, hash_ in members.items())


def test_what_a_text_is_sketched_to_is_pinned():
    rows = sketch(table([ENGLISH, CHINESE])).to_pylist()
    assert [(row["sim12"], row["sketch"]) for row in rows] == PINNED
    assert rows[0]["signature"][:8].hex() == SIGNATURE


def test_degenerate_input():
    assert near_duplicates(table([])).equals(MAP.empty_table())
    rows = near_duplicates(
        table(["", "one", "one two", "one two three", "a b c d e f g h", " ".join("a" * 900)])
    ).to_pylist()
    assert [row["near_h"] for row in rows] == [None] * 6
    assert [row["sim12"] is None for row in rows] == [True, False, False, False, False, False]
    assert [row["sketch"] is None for row in rows] == [True, True, True, False, False, False]
    again = near_duplicates(table([ENGLISH, ENGLISH, GERMAN], [7, 7, 9]))
    assert again["skeleton_h"].to_pylist() == [7, 9] and again["near_h"].null_count == 2


def test_equal_texts_of_many_rows_cost_no_square():
    texts = [f"{ENGLISH} {'x' * (number % 3)}" for number in range(30_000)]
    assert set(near(texts)) == {100}


def test_the_estimate_is_the_jaccard_similarity():
    draw = np.random.default_rng(8)
    words = [f"w{number}" for number in range(4_000)]
    shared, errors = 60, []
    for _ in range(60):
        common, one, two = (draw.choice(words, size, replace=False).tolist() for size in (shared, 30, 30))
        signatures = [
            np.frombuffer(row, dtype="<u2")
            for row in sketch(table([" ".join(common + one), " ".join(common + two)]))["signature"].to_pylist()
        ]
        runs = [{tuple(each[at : at + 3]) for at in range(len(each) - 2)} for each in (common + one, common + two)]
        errors.append((signatures[0] == signatures[1]).mean() - len(runs[0] & runs[1]) / len(runs[0] | runs[1]))
    assert abs(np.mean(errors)) < 3 * 0.0625 / 60**0.5


def test_a_chain_of_small_changes_does_not_join_what_has_nothing_in_common():
    draw = np.random.default_rng(4)
    signatures = np.empty((9, VALUES), dtype=np.uint16)
    signatures[0] = draw.integers(0, 2**16, VALUES)
    for step in range(1, 9):
        signatures[step] = signatures[step - 1]
        fresh = draw.permutation(VALUES)[: VALUES - NEAR - 14]
        signatures[step, fresh] = draw.integers(0, 2**16, len(fresh))
    heads = representatives(signatures)
    assert heads[0] == heads[1] == 0
    assert heads[8] != 0
