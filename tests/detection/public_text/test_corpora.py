"""Known corpora: prompts become the hashes that the lake gives requests, and nothing else is kept."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEvent
from core.errors import Conflict, InvalidInput, NotAllowed
from detection.models import Corpus, CorpusItem
from detection.public_text import corpora
from tests.detection.public_text.test_listings import lake_row
from tests.factories import people

pytestmark = pytest.mark.django_db
PROMPTS = [
    "How many legs do 3 spiders have?",
    "CANARY Name the capital of Peru.",
    "Name the capital of Peru.\nThen of Chile.",
]


@pytest.fixture
def desk() -> SimpleNamespace:
    return SimpleNamespace(**vars(people()))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bench.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps({"prompt": p, "answer": "x"}) for p in [*PROMPTS, PROMPTS[0]]))
    return path


def load(desk: SimpleNamespace, file: Path, name: str = "legs-1") -> tuple[Corpus, bool]:
    return corpora.import_corpus(path=file, name=name, licence="MIT", actor=desk.admin)


def test_hashes_are_those_of_the_lake_and_no_text_is_kept(desk: SimpleNamespace, file: Path) -> None:
    corpus, new = load(desk, file)
    assert new and corpus.n_items == 3
    for prompt in PROMPTS:
        item = CorpusItem.objects.get(prompt_h=lake_row(prompt)["prompt_h"])
        assert item.skeleton_h == lake_row(prompt)["skeleton_h"] and item.slot_h == lake_row(prompt)["slot_h"]
    kept = "".join(str(list(model.objects.values())) for model in (Corpus, CorpusItem, AuditEvent))
    assert "CANARY" not in kept and "capital" not in kept


def test_an_item_quoted_in_a_template_is_found_by_its_slot(desk: SimpleNamespace, file: Path) -> None:
    load(desk, file)
    table = corpora.corpora_for_run()
    quoted = dict(zip(table["prompt_h"].to_pylist(), table["quoted_h"].to_pylist(), strict=True))
    for prompt in PROMPTS:
        wrapped = lake_row(f'Solve the task step by step: "{prompt}" and explain.')
        assert wrapped["slot_h"] == quoted[lake_row(prompt)["prompt_h"]]


def test_each_format_gives_the_same_corpus(desk: SimpleNamespace, file: Path, tmp_path: Path) -> None:
    corpus, _ = load(desk, file)
    parquet, table = tmp_path / "bench.parquet", tmp_path / "upload"
    pq.write_table(pa.table({"question": PROMPTS}), parquet)
    table.write_text("prompt\n" + "".join(f'"{prompt}"\n' for prompt in PROMPTS[::-1]))
    assert load(desk, parquet) == (corpus, False)
    again = corpora.import_corpus(path=table, filename="b.csv", name="legs-1", licence="MIT", actor=desk.admin)
    assert again == (corpus, False)
    assert AuditEvent.objects.filter(action="corpus.imported").count() == 1


def test_a_name_stands_for_one_set(desk: SimpleNamespace, file: Path, tmp_path: Path) -> None:
    load(desk, file)
    other = tmp_path / "other.jsonl"
    other.write_bytes(orjson.dumps({"prompt": "Something else"}))
    with pytest.raises(Conflict, match="3 other prompts"):
        load(desk, other)
    assert CorpusItem.objects.count() == 3


def test_a_run_reads_the_corpora_of_its_moment(
    desk: SimpleNamespace, file: Path, django_assert_num_queries: object
) -> None:
    corpus, _ = load(desk, file)
    with django_assert_num_queries(1):  # type: ignore[operator]
        table = corpora.corpora_for_run()
    assert table.num_rows == 3 and set(table["corpus"].to_pylist()) == {"legs-1"}
    assert table.schema.field("prompt_h").type == pa.int64()
    corpora.retire_corpus(corpus=corpus, reason="Another edition is out", actor=desk.admin)
    assert corpora.corpora_for_run().num_rows == 0 and corpora.corpora_for_run().schema == table.schema
    assert corpora.corpora_for_run(corpus.imported_at).num_rows == 3
    with pytest.raises(Conflict, match="already"):
        corpora.retire_corpus(corpus=corpus, reason="Again", actor=desk.admin)


@pytest.mark.parametrize("content", [b"", b'{"answer": "x"}', b"not json", b'{"prompt": 5}'])
def test_a_file_without_prompts_is_refused(desk: SimpleNamespace, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bench.jsonl"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="at least one prompt"):
        load(desk, path)
    assert not Corpus.objects.exists()


def test_a_set_that_is_too_large_for_a_page_is_sent_to_the_command(desk: SimpleNamespace, file: Path) -> None:
    with pytest.raises(InvalidInput, match="manage.py import_corpus"):
        corpora.import_corpus(path=file, name="n", licence="MIT", actor=desk.admin, most=3)
    assert not Corpus.objects.exists()


def test_who_may_and_under_what_name(desk: SimpleNamespace, file: Path) -> None:
    for actor in (desk.ines, desk.lena, desk.otto):
        with pytest.raises(NotAllowed):
            corpora.import_corpus(path=file, name="n", licence="MIT", actor=actor)
    for words in ({"name": " "}, {"licence": ""}, {"name": "a\nb"}):
        with pytest.raises(InvalidInput):
            corpora.import_corpus(**{"path": file, "name": "n", "licence": "MIT", **words}, actor=desk.admin)  # type: ignore[arg-type]


def test_the_commands(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_corpus", str(file), "--name", "legs-1", "--licence", "MIT")
    call_command("import_corpus", str(file), "--name", "legs-1", "--licence", "MIT")
    assert capsys.readouterr().out.splitlines() == [
        "legs-1: 3 prompts",
        "legs-1: 3 prompts; it was known already, nothing changed",
    ]
    past = tmp_path / "past.csv"
    past.write_text("account_id,outcome\na,banned\nb,perhaps\n")
    call_command("import_labels", str(past), "--source", "abuse desk")
    call_command("import_labels", str(past), "--source", "abuse desk")
    said = capsys.readouterr()
    assert "1 new labels, 0 known, 1 rows refused, 1 accounts known only from this file" in said.out
    assert "nothing changed" in said.out and "row 3: outcome: 'perhaps' is not allowed" in said.err
    for command in ("import_labels", "import_corpus"):
        with pytest.raises(CommandError, match="FILE"):
            call_command(
                command, str(tmp_path / "none"), *(("--name", "n", "--licence", "l") if "corpus" in command else ())
            )
