# SPDX-License-Identifier: MIT
"""What is going on: an estimate of the time left, in a log now and then and not at all where nobody can tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txsim.cli import progress as module
from txsim.cli.progress import Progress, time_left
from txsim.language import lazy
from txsim.panel.likelihood.density import PanelModel
from txsim.panel.likelihood.lag_path import path
from txsim.panel.likelihood.sampler import sample
from txsim.panel.likelihood.standardisation import prepare
from txsim.panel.reader.link_spec import LinkSpec
from txsim.panel.reader.panel import Panel
from txsim.panel.synthetic import simulate_panel


def test_what_is_left_is_in_proportion_to_what_is_done() -> None:
    assert str(time_left(10.0, 0.25)) == "about 30 s left"
    assert str(time_left(120.0, 0.2)) == "about 8 min left"
    assert time_left(1.0, 0.5) is None  # too early to say
    assert time_left(60.0, 0.0) is None
    assert time_left(60.0, 1.0) is None


@given(st.floats(2.0, 1e5), st.floats(0.001, 0.999))
def test_an_estimate_is_never_nought(elapsed: float, fraction: float) -> None:
    left = time_left(elapsed, fraction)
    assert left is not None
    assert int(str(left).split()[1]) >= 1


def test_a_log_says_a_sentence_once_and_what_is_left_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    sentence = lazy("sampling")
    with Progress() as progress:
        progress(sentence, None)
        for at in range(1, 41):  # forty seconds, a fortieth of the work each
            now[0] = 100.0 + at
            progress(sentence, at / 40)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["sampling", "sampling: 38 %, about 25 s left", "sampling: 75 %, about 10 s left"]


def test_who_wants_quiet_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(quiet=True) as progress:
        progress(lazy("sampling"), 0.5)
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_a_panel_tells_how_far_it_is_to_the_end() -> None:
    made = simulate_panel(20, 8, 60, seed=3)
    variance = 22.0**2 / made.n
    panel = Panel(tuple(f"u{i}" for i in range(20)), 24276.0, 1.0, True, made.y, made.n, variance, ("index", "index"))
    ready = prepare(panel, LinkSpec())
    shares: list[float] = []
    along = path(ready.data, ready.phi, workers=1, done=shares.append)
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1
    told: list[tuple[str, float | None]] = []
    sample(PanelModel(ready.data, ready.phi), 0, along=along, draws=100, progress=lambda s, f: told.append((str(s), f)))
    assert told[0][1] is None
    last = [f for _, f in told if f is not None]
    assert all(0 < f <= 1 for f in last)
    assert last[-1] == pytest.approx(1.0, abs=0.05)
