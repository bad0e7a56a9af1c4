"""A value goes in every form, its neighbours stay, and a file in which it would stay is refused."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import random
import sys
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.text import visible
from investigations.redaction.files import Leak, check_gone, digests_over, produce_files, table_text
from investigations.redaction.finding import find
from investigations.redaction.matching import Matcher, _places, folded, normal
from investigations.redaction.pseudonyms import pseudonym, salted_digest
from investigations.redaction.purging import Purge, Removal

CANARY = 'Zoë "Plover" <zoe@kestrel.example>\u202e, 12 Ash & Elm'
PURGE = [Removal("R-0001", CANARY, "[PERSON-1]"), Removal("R-0002", "zoe@kestrel.example", "[PERSON-2]")]


def encodings(value: str) -> dict[str, str]:
    around = f"before {value} behind"
    return {
        "plain": around,
        "upper": around.upper(),
        "space": around.replace(" ", " \n\t"),
        "percent": quote(around),
        "form": quote_plus(around),
        "json": json.dumps(around),
        "json-raw": json.dumps(around, ensure_ascii=False),
        "html": html.escape(around),
        "base64": base64.b64encode(around.encode()).decode(),
        "base64-1": base64.b64encode(b"x" + around.encode()).decode(),
        "base64-url": base64.urlsafe_b64encode(around.lower().encode()).decode(),
        "base64-16": base64.b64encode(around.encode("utf-16-le")).decode(),
        "hex": around.encode().hex(),
    }


@pytest.mark.parametrize("form", encodings("x"))
@pytest.mark.parametrize("value", [removal.value for removal in PURGE])
def test_a_value_goes_in_every_form(form: str, value: str) -> None:
    text, purge = encodings(value)[form], Purge(PURGE)
    clean = purge.text(f"A {text} Z")
    assert clean.startswith("A ") and clean.endswith(" Z") and "[PERSON-" in clean
    assert not purge.holds(clean) and purge.taken()
    assert "kestrel" not in clean.lower() and base64.b64encode(b"kestrel").decode()[2:-3] not in clean


def test_what_is_cut_off_at_an_ellipsis_goes_too_and_other_text_stays() -> None:
    purge = Purge(PURGE)
    assert purge.text("mail zoe@kes…") == "mail [PERSON-2]…"
    assert purge.text("a zoe in a zoo…") == "a zoe in a zoo…"
    assert purge.value({"zoe@kestrel.example": [1, None, True, 2.5, "x"]}) == {"[PERSON-2]": [1, None, True, 2.5, "x"]}
    assert Purge([Removal("R", "5551234567", "[P]")]).value([5551234567, 42]) == ["[P]", 42]
    assert Purge([]).text("anything zoe@kestrel.example…") == "anything zoe@kestrel.example…"


def test_a_table_keeps_its_quotes_and_may_have_long_cells() -> None:
    long = f'"id","text"\n"1","{"x" * 200_000} zoe@kestrel.example"\n'
    assert table_text(long, Purge(PURGE)) == long.replace("zoe@kestrel.example", "[PERSON-2]")
    assert table_text("id,n\n1,2\n", Purge(PURGE)) == "id,n\n1,2\n"


def test_a_short_hexadecimal_value_is_a_word_of_its_own() -> None:
    purge = Purge([Removal("R", "4711", "[PIN]")])
    assert purge.text("pin 4711, digest ab4711cd") == "pin [PIN], digest ab4711cd"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(min_size=0, max_size=60),
    st.lists(st.text("gH \n", max_size=5).map(lambda middle: f"gH{middle}Hg"), max_size=5),
)
def test_the_matcher_finds_what_was_planted(text: str, values: list[str]) -> None:
    planted, matcher = text + "".join(values), Matcher({value: value for value in values})
    found = list(matcher.find(planted))
    assert bool(found) == bool(values)
    assert all(before[0][1] <= after[0][0] for before, after in pairwise(found))
    for (start, end), value in found:
        assert " ".join(planted[start:end].lower().split()) == " ".join(value.lower().split())


def test_rules_find_shapes_and_pass_over_look_alikes() -> None:
    text = (
        "ada@example.org, +49 30 1234567, 4111 1111 1111 1111, DE89 3704 0044 0532 0130 00, sk-abcdefghijklmnop1234, "
        "password: hunter22, postgres://u:pw123@h/x, 1714521600000, 4111 1111 1111 1112, 1.2.3.4 v1.2@3"
    )
    assert [(f.rule, text[f.start : f.end]) for f in find(text)] == [
        ("e-mail address", "ada@example.org"),
        ("telephone number", "+49 30 1234567"),
        ("card", "4111 1111 1111 1111"),
        ("IBAN", "DE89 3704 0044 0532 0130 00"),
        ("key shape", "sk-abcdefghijklmnop1234"),
        ("secret", "hunter22"),
        ("secret", "://u:pw123@h/x"),
    ]


def test_characters_without_room_neither_hide_nor_split_a_value() -> None:
    purge = Purge([Removal("R", "Zoe Plover", "[P]")])
    hidden = "a Z\u200boe\u00ad \u202ePlo\u2060ver z"
    assert purge.text(hidden) == "a [P] z"
    assert purge.text(visible(hidden)) == "a [P] z"
    assert Purge([Removal("R", "Z\u200boe Plover", "[P]")]).text("a zoe plover z") == "a [P] z"


def test_each_letter_of_the_normal_form_has_its_place() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    assert [letter for letter in every if len(letter.lower()) != 1] == ["İ"]
    drawn = random.Random(5)
    pool = ["a", "B", " ", "\t", "\u3000", "\x1c", "\u200b", "\u202e", "İ", "Σ", "ς", "ß", "中", "\U0001f469", "\ud800", "\\u{200B}",
            "\\u{0041}", "\\u{", "}", *every[::4001]]  # fmt: skip
    for _ in range(1_500):
        text = "".join(drawn.choices(pool, k=drawn.randint(0, 12)))
        flat = "".join(" " if folded(text)[place].isspace() else folded(text)[place] for place in _places(text))
        assert normal(text) == flat, ascii(text)
    assert [span for span, _ in Matcher({"ΑΣΑΣ": 1}).find("x ΑΣΑΣΤΟ ασας")] == [(2, 6), (9, 13)]


def test_pseudonyms_and_digests_are_keyed_and_salted() -> None:
    assert pseudonym(b"a" * 32, "PERSON", "Ada") != pseudonym(b"b" * 32, "PERSON", "Ada")
    assert salted_digest("00", "Ada") != salted_digest("01", "Ada")


def test_files_lose_the_value_and_the_chain_keeps_its_digests(tmp_path: Path) -> None:
    sealed, out = tmp_path / "sealed", tmp_path / "out"
    digest, other = "ab" * 32, "cd" * 32
    record = {"id": 7, "prompt": f"write\nto {CANARY}", "prompt_sha256": digest, "n": 3}
    files = {
        "records/exchanges.jsonl": json.dumps(record) + "\n" + json.dumps({"id": 8, "prompt_sha256": other}) + "\n",
        "records/raw/batch-1.jsonl": json.dumps({"p": CANARY}),
        "records/raw/batch-2.jsonl": json.dumps({"p": "nothing"}),
        "decisions/exhibits.jsonl": json.dumps({"content": {"sample_sha256": digest}}) + "\n",
        "audit/payloads.jsonl": json.dumps({"facts": {"reason": CANARY}}) + "\n" + json.dumps({"facts": {}}) + "\n",
        "audit/chain.tsv": f"case:X\t1\tat\tuser:1 a\t0\t{'11' * 32}\te\ncase:X\t2\tat\tuser:1 a\te\t{'22' * 32}\tf\n",
        "reading-copies/exchanges.csv": f'id,prompt\n7,"{CANARY.replace(chr(34), chr(34) * 2)}"\n8,mail zoe@kestrel.ex…\n',
        "analysis/alternatives.md": f"- {CANARY}\n",
        "odd/picture.gif": "GIF",
    }
    for name, text in files.items():
        (sealed / name).parent.mkdir(parents=True, exist_ok=True)
        (sealed / name).write_text(text)
    purge = Purge([*PURGE, *digests_over(sealed, Purge(PURGE))])
    outcome = produce_files(sealed, out, purge, left_to_caller=())
    assert check_gone(out, purge) == len([path for path in out.rglob("*") if path.is_file()])
    first, second = map(json.loads, (out / "records/exchanges.jsonl").read_text().splitlines())
    assert first == {"id": 7, "prompt": "write\nto [PERSON-1]", "prompt_sha256": "[DIGEST-WITHHELD]", "n": 3}
    assert second["prompt_sha256"] == other
    assert json.loads((out / "decisions/exhibits.jsonl").read_text())["content"]["sample_sha256"] == "[DIGEST-WITHHELD]"
    lines = (out / "audit/payloads.jsonl").read_text().splitlines()
    assert json.loads(lines[0]) == {"withheld": "redacted", "payload_sha256": "11" * 32} and lines[1] == '{"facts": {}}'
    assert (out / "audit/chain.tsv").read_text() == files["audit/chain.tsv"]
    cells = list(csv.reader(io.StringIO((out / "reading-copies/exchanges.csv").read_text())))
    assert cells[1:] == [["7", "[PERSON-1]"], ["8", "mail [PERSON-2]…"]]
    assert not (out / "records/raw").exists()  # a field that nobody looked through may name somebody
    assert [one["file"] for one in outcome.withheld] == [
        "data/audit/payloads.jsonl",
        "data/odd/picture.gif",
        "data/records/raw/batch-1.jsonl",
        "data/records/raw/batch-2.jsonl",
    ]
    assert outcome.places["R-0001"]["records/exchanges.jsonl"] == 1
    (out / "late.txt").write_text(base64.b64encode(CANARY.encode()).decode())
    with pytest.raises(Leak, match="late.txt") as caught:
        check_gone(out, purge)
    assert "kestrel" not in str(caught.value)


def test_a_value_in_the_chain_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sealed/audit").mkdir(parents=True)
    (tmp_path / "sealed/audit/chain.tsv").write_text("case:X\t1\tat\tuser:1 zoe@kestrel.example\t0\t1\te\n")
    with pytest.raises(Leak, match=r"chain.tsv"):
        produce_files(tmp_path / "sealed", tmp_path / "out", Purge(PURGE), left_to_caller=())


def test_thousands_of_values_take_no_longer_to_look_for() -> None:
    drawn = random.Random(3)
    names = [f"{drawn.getrandbits(48):012x}@example.org" for _ in range(2000)]
    purge = Purge(Removal(f"R-{n}", name, "[x]") for n, name in enumerate(names))
    text = " ".join(f"{drawn.getrandbits(40):x}" for _ in range(2000))
    assert purge.text(f"{text} {names[1999]} {text}") == f"{text} [x] {text}"
