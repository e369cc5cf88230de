# SPDX-License-Identifier: MIT
"""Plugin of pytest for tools/mutants.py: which lines of txsim each test reaches, and how long it takes.

``pytest -p reached_lines --reached FILE`` writes ``{"seconds": {test: s}, "tests": {file: {line: [test, …]}}}``. Lines
that a fixture of a module or session reaches count for every test that uses it. Skipped tests count for nothing.
``sys.monitoring`` tells of each line once a test, so that the tests take hardly longer.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

_Line = tuple[str, int]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say where the lines are written."""
    parser.addoption("--reached", type=Path, help="file for the lines that each test reaches")


def pytest_configure(config: pytest.Config) -> None:
    """Listen only where a file is given."""
    if config.getoption("--reached"):
        config.pluginmanager.register(Recorder(config.rootpath, config.getoption("--reached")))


class Recorder:
    """What was reached by whom."""

    def __init__(self, root: Path, out: Path) -> None:
        self.code, self.out = str(root / "txsim") + "/", out
        self.root = len(str(root)) + 1
        self.now: set[_Line] = set()
        self.shared: dict[int, set[_Line]] = {}
        self.lines: dict[str, set[_Line]] = {}
        self.uses: dict[str, list[int]] = {}
        self.seconds: dict[str, float] = {}
        self.skipped: set[str] = set()
        self.monitor = sys.monitoring
        self.tool = self.monitor.PROFILER_ID
        self.monitor.use_tool_id(self.tool, "reached lines")
        self.monitor.register_callback(self.tool, self.monitor.events.LINE, self._line)
        self.monitor.set_events(self.tool, self.monitor.events.LINE)

    def _line(self, code: CodeType, line: int) -> Any:
        if code.co_filename.startswith(self.code):
            self.now.add((code.co_filename[self.root :], line))
        return self.monitor.DISABLE  # until the next test

    def _begin(self, lines: set[_Line]) -> set[_Line]:
        before, self.now = self.now, lines
        self.monitor.restart_events()
        return before

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[Any]:
        """Collect the lines of one test, from its own fixtures to their end."""
        before, began = self._begin(set()), time.perf_counter()
        try:
            return (yield)
        finally:
            self.lines[item.nodeid] = self._begin(before)
            self.seconds[item.nodeid] = time.perf_counter() - began
            known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
            self.uses[item.nodeid] = [id(each) for definitions in known.values() for each in definitions]

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[Any]:
        """Collect apart what a fixture reaches that several tests share."""
        if fixturedef.scope == "function":
            return (yield)
        before = self._begin(self.shared.setdefault(id(fixturedef), set()))
        try:
            return (yield)
        finally:
            self._begin(before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Leave out what is skipped."""
        if report.skipped:
            self.skipped.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write the tests of each line."""
        self.monitor.set_events(self.tool, 0)
        self.monitor.free_tool_id(self.tool)
        tests: dict[str, dict[int, list[str]]] = {}
        for test, own in self.lines.items():
            if test in self.skipped:
                continue
            for file, line in own.union(*(self.shared.get(each, set()) for each in self.uses[test])):
                tests.setdefault(file, {}).setdefault(line, []).append(test)
        seconds = {test: each for test, each in self.seconds.items() if test not in self.skipped}
        self.out.write_text(json.dumps({"seconds": seconds, "tests": tests}), encoding="utf-8")
