# SPDX-License-Identifier: MIT
"""Whatever a file holds, it is a scenario or it is told what is wrong with it; nothing else ever happens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from txsim.errors import InputError, Problem
from txsim.scenario import Scenario, load, loads, warnings

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "scenarios").glob("*.yaml"))
TOKENS = ["{", "}", "[", "]", ":", "- ", "#", "'", '"', "&a", "*a", "!x", "|", ">", "%", "@", "`", "\t", "\0", "\u202e"]
VALUES = [
    "",
    "no",
    "1e3",
    ".nan",
    "-1",
    "0",
    "1e999",
    "9" * 500,
    "null",
    "[]",
    "{}",
    "text",
    "50 %",
    "true",
    "2024-01-01",
]
VALUES += ["{median: 0, factor: 1}", "{interval: [2, 1]}", "{distribution: beta}", "1 ×/÷ 2", "×/÷", "-0.0", "é" * 300]


def outcome(read: Callable[[], Scenario]) -> Scenario | tuple[Problem, ...]:
    """Return the scenario, or what is wrong; anything else than an input error passes through and fails the test."""
    try:
        return read()
    except InputError as error:
        return error.problems


def tried(text: str) -> None:
    """Read a text; every complaint must have words, and a scenario must survive being looked at."""
    found = outcome(lambda: loads(text, name="fuzz.yaml"))
    if isinstance(found, tuple):
        assert found
        assert all(problem.message and len(str(problem)) < 5000 for problem in found)
        return
    assert len(found.hash) == 64
    assert found.content
    list(warnings(found))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200))
@example("a: &a\n  b: *a\n")
@example("? [1]\n: 2\n")
@example("title: \ud800")
def test_any_text(text: str) -> None:
    tried(text)


@pytest.fixture(scope="module")
def whole(valid: str) -> str:
    """A valid file that uses most of what a file can say."""
    more = "rivals: {share: 60 %, months: 24}\npriors: {ex_cx: 0.3 ×/÷ 4}\nevidence: {drop: [kriss-2014]}\n"
    return valid + more + "edges:\n  ux_employee -> cx: 0.5\ndecision: {max_p_loss: 50 %}\n"


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_valid_file_with_something_wrong_in_it(whole: str, data: st.DataObject) -> None:
    lines = whole.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        kind = data.draw(st.sampled_from(["value", "token", "indent", "drop", "twice", "swap", "key"]))
        if kind == "value" and ":" in line:
            lines[at] = line.split(":", 1)[0] + ": " + data.draw(st.sampled_from(VALUES))
        elif kind == "token":
            place = data.draw(st.integers(0, len(line)))
            lines[at] = line[:place] + data.draw(st.sampled_from(TOKENS)) + line[place:]
        elif kind == "indent":
            lines[at] = " " * data.draw(st.integers(0, 8)) + line.lstrip()
        elif kind == "drop" and len(lines) > 1:
            del lines[at]
        elif kind == "twice":
            lines.insert(at, line)
        elif kind == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], line
        else:
            lines[at] = data.draw(st.text("abcdefgh_ ", max_size=12)) + line
    tried("\n".join(lines))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "any.yaml"
    file.write_bytes(content)
    found = outcome(lambda: load(file))
    assert isinstance(found, Scenario) or all(problem.file for problem in found)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    steps=st.lists(
        st.sampled_from(["drivers", "[0]", "pilot", "one_off", "organisation", "x", "[-1]", "[9]", ""]), max_size=5
    ),
    value=st.sampled_from(VALUES),
)
@pytest.mark.parametrize("file", SHIPPED[:2], ids=lambda file: file.stem)
def test_any_override(file: Path, steps: list[str], value: str) -> None:
    text = ".".join(steps).replace(".[", "[") + "=" + value
    assert outcome(lambda: load(file, overrides=[text]))
