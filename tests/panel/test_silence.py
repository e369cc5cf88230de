# SPDX-License-Identifier: MIT
"""Words of no answer are told and counted, never dropped in silence; unknown words are told by what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from txsim.errors import InputError
from txsim.panel.reader.cleaning import read_panel
from txsim.panel.reader.link_spec import read_spec

AGREE = {5: "Strongly agree", 4: "Agree", 3: "Neutral", 2: "Disagree", 1: "Strongly disagree"}
AGREE_RU = {
    5: "Полностью согласен", 4: "Скорее согласен", 2: "Скорее не согласен", 1: "Полностью не согласен",
}  # fmt: skip


def answers(every: int, word: str, words: dict[int, str]) -> list[str]:
    """Return 480 answers of four branches over four months; one of so many is the word."""
    rows, kinds = [], list(words.values())
    for k in range(480):
        said = word if k % every == 3 else kinds[(k * 7 + k // 16) % len(kinds)]
        unit, cx = f"{'ABCD'[k % 4]}{'irst' if k % 4 == 0 else 'ranch'}", (k * 5 + k // 80) % 11
        rows.append(f"{unit},2024-{1 + k // 4 % 4:02d},{said},{cx}")
    return rows


def read(folder: Path, rows: list[str], **spec: Any) -> Any:
    path = folder / "data.csv"
    path.write_text("\n".join(["unit,period,ex,cx", *rows]) + "\n", "utf-8")
    return read_panel(path, read_spec(None, cx_scale="nps", **spec))[1]


SILENT = [
    "Затрудняюсь ответить", "затрудняюсь сказать", "Трудно сказать", "Отказ от ответа", "hard to say", "Hard to say.",
    "Don’t know", "PREFER NOT TO SAY", "Prefer not to answer", "No opinion", "Weiß nicht", "weiss ich nicht", "k. A.",
    "Keine Angabe", "Ne se prononce pas", "NSP", "Sans avis", "Trudno powiedzieć", "Nie wiem", "No sabe/no contesta",
    "Non so", "Não sei", "Weet niet", "n/a", "-", "(blank)",
]  # fmt: skip


@pytest.mark.parametrize("word", SILENT)
def test_a_word_of_no_answer_is_told_and_counted(tmp_path: Path, word: str) -> None:
    report = read(tmp_path, answers(16, word, AGREE))
    one = report.series["ex"]
    assert one.count == 450
    assert sum(one.missing.values()) == 30
    assert f"{word} taken for no answer (30)" in "\n".join(map(str, report.reading()["lines"])).replace("`", "")


@pytest.mark.parametrize("word", ["Затрудняюсь ответить", "Трудно сказать"])
def test_a_scale_whose_middle_may_be_the_word_is_asked_about(tmp_path: Path, word: str) -> None:
    with pytest.raises(InputError, match=rf"{word}.*12 %.*or the middle"):  # 60 of 480 are 12.5 %
        read(tmp_path, answers(8, word, AGREE_RU))
    assert read(tmp_path, answers(8, word, AGREE_RU), words={word: 3}).series["ex"].count == 480
    assert read(tmp_path, answers(8, word, AGREE_RU), words={word: "missing"}).series["ex"].count == 420


def test_a_word_in_a_scale_with_a_middle_is_no_middle(tmp_path: Path) -> None:
    assert not any("middle" in str(warning) for warning in read(tmp_path, answers(8, "Weiß nicht", AGREE)).warnings)


def test_numbers_with_words_of_no_answer_between(tmp_path: Path) -> None:
    numbers = {k: str(k) for k in range(11)}
    report = read(tmp_path, answers(16, "Don't know", numbers), ex_scale="enps")
    assert report.series["ex"].missing == {"Don't know": 30}
    assert report.series["ex"].count == 450


def test_unknown_words_are_told_by_what_they_are(tmp_path: Path) -> None:
    numbers = {k: str(k) for k in range(11)}
    report = read(tmp_path, answers(48, "gute Frage", numbers), ex_scale="enps")
    assert "10 × `gute Frage`" in "\n".join(map(str, report.reading()["lines"]))
    with pytest.raises(InputError, match="gute Frage"):  # more than a few are refused
        read(tmp_path, answers(12, "gute Frage", numbers), ex_scale="enps")
