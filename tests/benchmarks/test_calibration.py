"""Calibration and planted campaigns end to end on the smallest logs, and the views that they are given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import bench_detection, calibration, logs, planted
from traffic.demo import generate_tables

HONEST = ("teams", "apps", "agency", "open_kit", "school_class")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A small labelled log on disk: three honest kinds and one campaign."""
    folder = tmp_path_factory.mktemp("labelled")
    exchanges, accounts, truth = generate_tables(4, 0.06, (*HONEST, "drip"))
    labels = [{"account_id": a, "campaign": row["campaign"], "role": row["role"]} for a, row in truth.items()]
    paths = folder / "exchanges.parquet", folder / "accounts.parquet", folder / "labels.parquet"
    for path, table in zip(paths, (exchanges, accounts, pa.Table.from_pylist(labels)), strict=True):
        pq.write_table(table, path)
    return paths


@pytest.fixture(scope="module")
def log(files: tuple[Path, Path, Path], tmp_path_factory: pytest.TempPathFactory) -> logs.LabelledLog:
    return logs.from_files(*files, tmp_path_factory.mktemp("derived"))


def ids(view: logs.View) -> set[str]:
    return set(view.exchanges.account_id.to_pandas())


def test_a_labelled_log_is_whole_and_knows_who_is_honest(log: logs.LabelledLog) -> None:
    assert ids(logs.whole(log)) == set(log.campaigns) == set(log.accounts["account_id"].to_pylist())
    assert 0 < len(log.honest) < len(log.campaigns)
    assert {log.campaigns[account] for account in set(log.campaigns) - set(log.honest)} == {"drip"}


def test_two_thirds_hold_honest_accounts_alone_and_change_with_the_seed(log: logs.LabelledLog) -> None:
    first, again, other = (logs.two_thirds(log, seed) for seed in (1, 1, 2))
    assert ids(first) == ids(again) != ids(other)
    assert ids(first) <= set(log.honest) and len(ids(first)) == round(len(log.honest) * 2 / 3)
    assert set(first.accounts["account_id"].to_pylist()) == ids(first)


def test_blind_views_hide_what_they_say_and_keep_the_rest(log: logs.LabelledLog) -> None:
    before = log.exchanges.order_by("exchange_id").to_pandas()
    quiet = logs.without_responses(log).exchanges.order_by("exchange_id").to_pandas()
    assert before["response_chars"].notna().any() and quiet["response_chars"].isna().all()
    assert quiet["n_output_tokens"].equals(before["n_output_tokens"])
    nameless = logs.without_identifiers(log)
    assert nameless.exchanges.ip24.to_pandas().isna().all() and before["ip24"].notna().any()
    assert nameless.accounts["payment_fp"].null_count == nameless.accounts.num_rows
    assert nameless.accounts["created_at_us"].null_count < nameless.accounts.num_rows
    kept = len(logs.half(log).exchanges.exchange_id.to_pandas())
    assert abs(kept / len(before) - 0.5) < 4 * 0.5 / np.sqrt(len(before))


def test_labels_without_a_campaign_column_are_refused(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    bad = tmp_path / "labels.parquet"
    pq.write_table(pa.table({"account_id": ["a"]}), bad)
    with pytest.raises(ValueError, match="has no column 'campaign'"):
        logs.from_files(files[0], files[1], bad, tmp_path)


def test_a_tally_counts_what_runs_concluded(log: logs.LabelledLog) -> None:
    tally = calibration.Tally()
    words = list(calibration.file_runs(log, 2, tally))
    assert len(words) == tally.runs == len(tally.leads) == len(tally.flagged) == 2
    assert tally.certified <= 2 and tally.provisional <= 2
    shown = calibration.table(tally)
    assert "2 honest-only runs" in shown and "gate" in shown
    units = tally.ps[calibration.GATE]
    assert units and all(0 <= p <= 1 for ps in units.values() for p in ps)
    assert all(1 <= len(ps) <= 2 for ps in units.values())


def test_a_campaign_that_opens_on_honest_accounts_is_written_down(log: logs.LabelledLog) -> None:
    """The drip is called honest here, so that an opened campaign stands where none should."""
    tally = calibration.Tally()
    tally.add("whole", logs.whole(log), dict.fromkeys(log.campaigns, "somebody"))
    assert tally.certified + tally.provisional >= 1 and tally.flagged[0] >= 5
    assert any("somebody" in line and "gate p" in line for line in tally.false)


def test_the_bench_compares_everything_in_one_run(log: logs.LabelledLog) -> None:
    rows = list(bench_detection.compare(log))
    named = {what.partition(":")[0] for what, _, _ in rows}
    assert {"Stillwatch", "request volume", "isolation forest", "MinHash clusters"} <= named
    assert {f"Stillwatch, {name}" for name, _ in bench_detection.BLIND} <= named
    precision = {what: float(str(value)) for what, value, _ in rows if what.endswith("average precision")}
    assert precision["Stillwatch: average precision"] > precision["isolation forest: average precision"]
    assert any(what.strip().startswith("drip (") for what, _, _ in rows)


def test_planted_campaigns_are_tallied_over_seeds() -> None:
    tally = planted.Tally()
    assert len(list(planted.runs((*HONEST, "drip", "noisy_single"), 1, 0.06, tally))) == 1
    assert {name: len(ones) for name, ones in tally.found.items()} == {"drip": 1, "noisy_single": 1}
    assert tally.found["noisy_single"][0].best_jaccard == 0.0
    assert any("missed noisy_single, 1 accounts" in note for note in tally.notes)
    assert "noisy_single" in planted.table(tally)


@pytest.mark.parametrize("arguments", [["--seeds", "0"], ["--exchanges", "x.parquet"]])
def test_calibration_refuses_arguments_that_make_no_sense(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        calibration.main(arguments)
    assert "--seeds is 0" in (said := capsys.readouterr().err) or "belong together" in said
