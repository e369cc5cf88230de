# SPDX-License-Identifier: MIT
"""Every door at which a number is typed reads it alike, or asks alike, with a cure that every door takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest

from tests.command import txsim
from txsim.cli import options
from txsim.decide.whatif import parse_axis
from txsim.elicit.interview import Question, answered
from txsim.elicit.study_interview import answer_of as study_answer
from txsim.errors import InputError
from txsim.language import lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.distributions import quantile
from txsim.priors.typed_numbers import typed_number
from txsim.scenario import load
from txsim.scenario.starters import QUESTIONS
from txsim.scenario.starters import answer_of as starter_answer
from txsim.sheet.form import Form, form_of
from txsim.sheet.reading import Filled
from txsim.sheet.workbook import COLUMNS
from txsim.workbench import quantities

#: What has one reading, of money, and the number.
ONE = {
    "22000": 22000, "22k": 22000, "22 000": 22000, "22\u00a0000": 22000, "22\u202f000": 22000, "22'000": 22000,
    "22’000": 22000, "22_000": 22000, "1.5 Mio": 1.5e6, "1,5 Mio.": 1.5e6, "22 тыс.": 22000, "1,5 млн": 1.5e6,
    "2 Mrd": 2e9, "0,2": 0.2, "2,5": 2.5, "180,50": 180.5, "1e3": 1000, "1.5e3": 1500, "½": 0.5, "1½": 1.5, "+5": 5,
    "1.200.000": 1200000, "1,200,000": 1200000, "22.000,50": 22000.5, "22,000.50": 22000.5, "22 000,5": 22000.5,
    ".5": 0.5, "007": 7, "٣": 3, "0": 0,
}  # fmt: skip
#: What is asked, and both ways to write it.
TWO = {
    "22.000": ("22", "22000"), "22,000": ("22", "22000"), "22.500": ("22.5", "22500"), "1,250": ("1.25", "1250"),
    "1.5M": ("1500", "1500000"), "1.500 Mio": ("1500000", "1500000000"), "$1,500": ("1.5", "1500"),
}  # fmt: skip
#: What is refused, and the number that is to be written instead.
CURED = {
    "<0.001": "0.001", "~5": "5", "ca. 5": "5", "1/2": "0.5", "€ 22k": "22000", "22 000 EUR": "22000",
    "500 руб.": "500",
}  # fmt: skip
#: What is no number.
NONE = ("abc", "1.2.3", "1 00", "3 months", "6m", "0x1F", "5,", "--5", "nan", "inf", "1e400", "1e-400", "12 %")


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("doors") / "q.yaml"
    assert txsim("init", path, "--quiet", "--no-schema").returncode == 0
    head, _, _rest = path.read_text("utf-8").partition("drivers:")
    driver = "{name: desk, kind: people, one_off: 22000, monthly: 1400, pushes: [{node: ex, effect: 3, months: 6}]}"
    path.write_text(f"{head}drivers:\n  - {driver}\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def form(scenario: Path) -> Form:
    return form_of(scenario, scenario.read_text("utf-8"))


MONEY = Parameter("desk.one_off", "EUR", "cost", "scenario", None, 0.0, None, "", grouped=True)


def _message(fault: Exception) -> str:
    """Return what is said to a person, the hint too."""
    if isinstance(fault, InputError):
        return "; ".join(str(each) for p in fault.problems for each in (p.message, p.hint) if each is not None)
    return fault.message if isinstance(fault, click.BadParameter) else str(fault.args[0])


class Doors:
    """Each door as a function from what is typed to the number that comes out."""

    def __init__(self, scenario: Path, form: Form) -> None:
        self.scenario, self.form, self.loaded = scenario, form, load(scenario)

    def option(self, typed: str) -> float:
        return options.COUNT.convert(typed, None, None)

    def set_option(self, typed: str) -> float:
        return self._one_off(f"drivers[0].one_off={typed}")

    def vary(self, typed: str) -> float:
        axis = parse_axis(f"desk.one_off={typed};7", self.loaded)
        return self._one_off(axis.setting(axis.values[0]))

    def _one_off(self, text: str) -> float:
        return load(self.scenario, overrides=(text,)).drivers[0].one_off.args[0]

    def cell(self, typed: str) -> float:
        row = next(row for row in self.form.rows["inputs"] if row.name == "drivers[0].one_off")
        line = {"name": row.name, "way": "number", "value": typed}
        lines = {9: tuple(line.get(key) for key, _title, _width in COLUMNS)}
        changes = Filled("s.xlsx", b"", {}, {"inputs": lines}).changes(replace(self.form, rows={"inputs": (row,)}))
        return changes[0].value if changes else 22000.0

    def expert(self, typed: str) -> float:
        question = Question("desk.one_off/1/median", lazy("?"), "number")
        return float(answered({"desk.one_off": MONEY}, question, typed, []))

    def starter(self, typed: str) -> float:
        question = next(each for each in QUESTIONS if each.key == "one_off")
        written = starter_answer(question, typed, {})[0]
        assert "{" not in written, written
        return float(written)

    def study(self, typed: str) -> float:
        return float(study_answer("sure/n", typed, STUDY)[0])

    def page(self, typed: str) -> float:
        return quantities.typed(typed, percent=False, grouped=True)


STUDY = {
    "id": "a", "statement": "s", "source": "x", "where": "elsewhere", "read": "yes", "design": "cross_section",
    "about": "ex -> cx", "statistic": "effect", "figure": "estimate", "value": "0.2", "sure": "p", "sure/p": "0.01",
}  # fmt: skip
DOORS = [name for name in vars(Doors) if not name.startswith("_")]


@pytest.fixture(scope="module")
def doors(scenario: Path, form: Form) -> Doors:
    return Doors(scenario, form)


def _asked(door: Callable[[str], float], typed: str) -> str:
    with pytest.raises((ValueError, InputError, click.BadParameter)) as refused:
        door(typed)
    return _message(refused.value)


def _comes_in(doors: Doors, name: str, typed: str, number: float) -> None:
    """Prove that a text comes in as its number; a study counts people, and part of one is none."""
    if name == "study" and number % 1:
        assert "no whole number" in _asked(doors.study, typed)
    else:
        assert getattr(doors, name)(typed) == pytest.approx(number, rel=1e-14), typed


#: Where up to three numbers are asked for, `0,2` may be the interval 0 … 2.
_SEVERAL = ("0,2", "2,5")


@pytest.mark.parametrize("name", DOORS)
def test_what_has_one_reading_is_read(doors: Doors, name: str) -> None:
    read = getattr(doors, name)
    for typed, number in ONE.items():
        if name in ("expert", "study") and not number:
            continue  # no quantile of what is above 0, and no study of nobody
        if name == "starter" and typed in _SEVERAL:
            assert "two ways" in _asked(read, typed)
            continue
        _comes_in(doors, name, typed, number)


@pytest.mark.parametrize("name", DOORS)
def test_what_has_two_readings_is_asked_with_both(doors: Doors, name: str) -> None:
    read = getattr(doors, name)
    for typed, both in TWO.items():
        said = _asked(read, typed)
        for number in both:
            assert re.search(rf"\b{re.escape(number)}\b", said), (typed, said)
            _comes_in(doors, name, number, float(number))


@pytest.mark.parametrize("name", DOORS)
def test_what_is_refused_is_cured_by_what_is_said(doors: Doors, name: str) -> None:
    read = getattr(doors, name)
    for typed, number in CURED.items():
        said = _asked(read, typed)
        assert f"write {number}" in said, (typed, said)
        _comes_in(doors, name, number, float(number))


@pytest.mark.parametrize("name", DOORS)
def test_what_is_no_number_is_refused(doors: Doors, name: str) -> None:
    for typed in NONE:
        said = _asked(getattr(doors, name), typed)
        assert not re.search(r"Traceback|Error|float", said), said


@pytest.mark.parametrize("typed", [t for t in {**ONE, **TWO, **CURED} if t not in ("22000", "0", ".5", "1e3")])
def test_a_file_takes_plain_numbers_alone_and_its_cure_is_what_other_doors_read(scenario: Path, typed: str) -> None:
    text = scenario.read_text("utf-8").replace("one_off: 22000", f'one_off: "{typed}"')
    file = scenario.with_name("strict.yaml")
    file.write_text(text, "utf-8")
    with pytest.raises(InputError) as refused:
        load(file)
    said = _message(refused.value)
    for number in TWO.get(typed) or (CURED.get(typed) or f"{typed_number(typed, grouped=True):.15g}",):
        assert number in said
        file.write_text(text.replace(f'"{typed}"', number), "utf-8")
        assert load(file).drivers[0].one_off.args[0] == float(number)


@pytest.mark.parametrize(
    ("args", "fraction"),
    [
        (("--value", "60 %"), (0.6,)), (("--value", "0,6"), (0.6,)), (("--interval", "30–80 %"), (0.3, 0.8)),
        (("--interval", "30 % to 80 %"), (0.3, 0.8)), (("--interval", "0,3;0,8"), (0.3, 0.8)),
        (("--quantiles", "0.05=30 %,0.5=60 %,0.95=80 %"), (0.3, 0.6, 0.8)),
        (("--quantiles", "5%=0,3;50%=0,6;95%=0,8"), (0.3, 0.6, 0.8)),
    ],
)  # fmt: skip
def test_a_share_is_typed_in_percent_or_as_a_fraction(
    scenario: Path, tmp_path: Path, args: tuple[str, ...], fraction: tuple[float, ...]
) -> None:
    file = tmp_path / "s.yaml"
    file.write_bytes(scenario.read_bytes())
    done = txsim("priors", "set", "desk.delivery", file, *args, "--by", "Ada", "--why", "her books", "--json")
    assert done.returncode == 0, done.stderr
    delivery = load(file).drivers[0].delivery
    assert delivery is not None
    levels = {1: (0.5,), 2: (0.05, 0.95), 3: (0.05, 0.5, 0.95)}[len(fraction)]
    assert [quantile(delivery, level) for level in levels] == pytest.approx(fraction, abs=0.06)
    now = json.loads(done.stdout)["now"]
    # What is said now is what the file says: a beta, and no log-normal that reaches beyond all of it.
    for key, level in (("median", 0.5), ("p05", 0.05), ("p95", 0.95)):
        assert now[key] == pytest.approx(quantile(delivery, level), rel=1e-6)
