"""What the report prints of texts in other scripts: what a font has as it is, the rest by number, and never without a word."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from core.errors import Unavailable
from investigations.casefile import front
from investigations.casefile.fonts import report_fonts
from investigations.casefile.report import printable
from tests.factories import CampaignFactory, CaseFactory

EVERY_SCRIPT = "LastResortHE-Regular.ttf"  # matplotlib's: a glyph for every character


def test_what_a_font_has_is_printed_and_a_long_run_without_one_is_counted(tmp_path: Path, settings: Any) -> None:
    text = "Zoë, Жук, مرحبا, 请逐步\u202e思考" + "解" * 50 + " end"
    assert printable(text, report_fonts()) == (
        "Zoë, Жук, مرحبا, \\u{8BF7}\\u{9010}\\u{6B65}\\u{202E}\\u{601D}\\u{8003}" + "\\u{89E3}" * 10
        + "[and 40 characters more that the report's fonts lack] end"
    )  # fmt: skip
    shutil.copy(Path(matplotlib.get_data_path()) / "fonts/ttf" / EVERY_SCRIPT, tmp_path)
    settings.REPORT_FONTS_DIR = str(tmp_path)
    assert printable(text, report_fonts()) == text.replace("\u202e", "\\u{202E}")
    assert [fact["file"] for fact in report_fonts().facts()] == ["DejaVuSans.ttf", EVERY_SCRIPT]


def test_a_folder_without_a_readable_font_is_named(tmp_path: Path, settings: Any) -> None:
    settings.REPORT_FONTS_DIR = str(tmp_path)
    with pytest.raises(Unavailable, match="REPORT_FONTS_DIR: .* holds no font"):
        report_fonts()
    (tmp_path / "torn.otf").write_bytes(b"no font")
    with pytest.raises(Unavailable, match=r"torn\.otf cannot be read as a font"):
        report_fonts()


@pytest.mark.django_db
def test_what_is_alleged_counts_tokens_over_the_exchanges_that_it_names() -> None:
    nobody = CaseFactory(campaign=None)
    assert list(front._alleged(nobody, {"accounts": 0, "sessions": 0})) == [
        "Nothing so far: the case names no campaign, no account and no flagged session."
    ]
    campaign = CampaignFactory(n_exchanges=5, n_exchanges_total=9, n_output_tokens=800)
    _, counted = front._alleged(CaseFactory(campaign=campaign), {"accounts": 2, "sessions": 1})
    assert f"In the units of campaign {campaign.code} lie 5 exchanges" in counted
    assert "is 9 exchanges with 800 output tokens" in counted
