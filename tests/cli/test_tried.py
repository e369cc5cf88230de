# SPDX-License-Identifier: MIT
"""What is tried beside a run or a comparison of beliefs, and tables that keep within the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import txsim


def test_a_run_tries_values_beside_it_and_takes_a_pack() -> None:
    """What is tried is what a run with that value says, on the same points; the difference is that of the means."""
    words = ("run", "scenarios/service_desk_pilot.yaml", "--draws", "1024", "--quiet")
    whole = txsim(*words, "--try", "discount_rate=6 %", "--json")
    assert whole.returncode == 0, whole.stderr
    answer = json.loads(whole.stdout)
    alone = json.loads(txsim(*words, "--set", "discount_rate=6 %", "--json").stdout)
    tried = answer["tried"]["variants"][0]["options"]["commit"]
    assert tried["npv"]["mean"] == pytest.approx(alone["options"]["commit"]["npv"]["mean"])
    moved = alone["options"]["commit"]["npv"]["mean"] - answer["options"]["commit"]["npv"]["mean"]
    assert tried["change"]["mean"] == pytest.approx(moved)
    # One rule of choice, policies and limits too.
    assert answer["tried"]["base"]["verdict"]["option"] == answer["recommendation"]["option"]
    assert answer["tried"]["variants"][0]["verdict"]["option"] == alone["recommendation"]["option"]
    text = txsim(*words, "--try", "discount_rate=6 %").stdout
    assert "Tried" in text
    assert "discount_rate=6\N{NO-BREAK SPACE}%" in text
    refused = txsim(*words, "--try", "discount_rate=6 %", "--prior-only")
    assert refused.returncode == 2
    assert "--prior-only" in refused.stderr
    packed = json.loads(txsim(*words, "--pack", "sceptic", "--json").stdout)
    assert packed["calibration"]["hash"] != answer["calibration"]["hash"]


def test_a_belief_says_what_it_drops_and_one_estimator_serves_figure_and_change() -> None:
    words = ("priors", "compare", "scenarios/service_desk_pilot.yaml", "--draws", "1024", "--quiet", "--brief")
    words += ("--credibility", "vendor_claim=0,0.3", "--no-claims")
    text = " ".join(txsim(*words).stdout.split())
    # kriss-2014 is weighed by itself, and its design moves it all the same.
    assert "drops at credibility 0: qualtrics-2022 (was 10 %), kriss-2014 (was 40 %)" in text
    assert "other claims" not in text.partition("Surveys see")[0]
    answer = json.loads(txsim(*words, "--json").stdout)
    base = answer["base"]["options"]
    for variant in answer["variants"]:
        for name, option in variant["options"].items():
            assert option["change"]["mean"] == pytest.approx(option["npv"]["mean"] - base[name]["npv"]["mean"])


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_no_table_is_wider_than_the_terminal(columns: int, tmp_path: Path) -> None:
    desk = "scenarios/service_desk_pilot.yaml"
    out = tmp_path / "batch"
    words = ("batch", desk, "scenarios/front_line_first.yaml", "--draws", "128", "--workers", "1")
    assert txsim(*words, "--out", out).returncode == 0
    sql = "select path, title, hash, option, metric, mean from results join scenarios using (path, hash)"
    calls: tuple[tuple[str | Path, ...], ...] = (
        ("priors", "compare", desk, "--draws", "256", "--brief", "--credibility", "vendor_claim=0,0.3", "--quiet"),
        ("run", desk, "--draws", "256", "--try", "discount_rate=6 %", "--quiet"),
        ("results", "query", out, sql),
        ("results", "top", out),
        ("cache", "list"),
    )  # fmt: skip
    for call in calls:
        done = txsim(*call, COLUMNS=str(columns))
        assert done.returncode == 0, (call, done.stderr)
        lines = done.stdout.splitlines()[1 if call[0] == "cache" else 0 :]  # a path is told whole
        assert max(map(len, lines)) <= columns, (call, max(lines, key=len))
