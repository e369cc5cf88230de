# SPDX-License-Identifier: MIT
"""Results that all tests of reports share: an ordinary one and one by an author who means no good."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from txsim.report.reading import Result, read_result

#: Markup, quotes, right-to-left overrides, formulas, template and format marks, and 500 characters.
HOSTILE = (
    "</script><script>document.title='owned'</script>\"'><img src=x onerror=alert(1)> \u202etxet {{7*7}} {0} %s ]]>"
)
LONG = "=cmd|'/C calc'!A0 " + "Wirtschaftsprüfungsgesellschaft" * 16


def txsim(*args: str | Path) -> str:
    from txsim.cli.main import cli

    done = CliRunner().invoke(cli, [str(arg) for arg in args], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def finished_pilot(out: Path) -> Path:
    """Write what a pilot measured: five units that took part, five that did not, before and after."""
    rows = ["unit,period,treated,post,enps"]
    for unit in range(10):
        for post in (0, 1):
            value = 12 + unit % 3 + (6 if unit < 5 and post else 0) + 0.7 * ((unit * 7) % 5) * post
            rows.append(f"u{unit},{2025 + post}-01,{int(unit < 5)},{post},{value}")
    pilot = out / "pilot.csv"
    pilot.write_text("\n".join(rows) + "\n")
    return pilot


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, scenarios: Path) -> Path:
    """Folder that `txsim run --out` wrote for the service desk."""
    out = tmp_path_factory.mktemp("report") / "run"
    txsim("run", scenarios / "service_desk_pilot.yaml", "--draws", "1024", "--out", out, "--quiet")
    return out


@pytest.fixture(scope="session")
def result(folder: Path) -> Result:
    return read_result(folder)


@pytest.fixture(scope="session")
def hostile(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same result, every free text in it replaced by something that bites."""
    import h5py

    copy = tmp_path_factory.mktemp("hostile") / "run"
    shutil.copytree(folder, copy)
    summary = json.loads((copy / "summary.json").read_text())
    summary["scenario"], summary["question"] = HOSTILE, LONG
    summary["claims"][0]["id"] = HOSTILE[:80]
    summary["fixed_by_author"] = [HOSTILE, LONG]
    (copy / "summary.json").write_text(json.dumps(summary))
    with h5py.File(copy / "result.nc", "a") as file:
        content = json.loads(file.attrs["content"])
        content["title"], content["question"], content["organisation"]["name"] = HOSTILE, LONG, HOSTILE
        content["drivers"][0]["title"] = HOSTILE
        file.attrs["content"] = json.dumps(content)
    return copy


@pytest.fixture(scope="session")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a report as a page and return the file."""

    def write(*results: Path) -> Path:
        from txsim.report.output import write_report

        file = tmp_path_factory.mktemp("page") / "report.html"
        write_report([read_result(path) for path in results], file)
        return file

    return write


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Leave no language behind for the next test."""
    from txsim import catalogues

    yield
    catalogues.use("en")
