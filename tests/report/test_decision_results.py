# SPDX-License-Identifier: MIT
"""Results of the decision verbs: to JSON and back, at any width, every figure of the page that of the result."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.report.agreement import keyed
from tests.report.handmade import COMPARE, DIFF, EXPLAIN, PILOT, SENSITIVITY, WHATIF, of, page, read, terminal
from txsim import catalogues
from txsim.errors import InputError
from txsim.report.compose import compose
from txsim.report.document import Bullets
from txsim.results.codec import from_json, units_of

RESULTS = {
    "compare": COMPARE, "pilot": PILOT, "sensitivity": SENSITIVITY, "explain": EXPLAIN, "whatif": WHATIF, "diff": DIFF,
}  # fmt: skip


def reached(data: Any, key: str) -> Any:
    """Return what stands under a dotted key whose names may hold dots and slashes."""
    if not key:
        return data
    if isinstance(data, list):
        head, _dot, rest = key.partition(".")
        return reached(data[int(head)], rest)
    name = max((name for name in data if key == name or key.startswith(f"{name}.")), key=len)
    return reached(data[name], key[len(name) + 1 :])


@pytest.mark.parametrize("kind", RESULTS)
def test_what_was_written_is_read(kind: str) -> None:
    result = from_json({"kind": kind, **RESULTS[kind]})
    text = json.dumps(result.to_json(), allow_nan=False)
    assert from_json(json.loads(text)) == result
    for key, value in RESULTS[kind].items():
        assert key in json.loads(text), key
        if isinstance(value, int | float | str):
            assert json.loads(text)[key] == value


@pytest.mark.parametrize("kind", RESULTS)
def test_units_of_money_are_the_currency(kind: str) -> None:
    told = from_json({"kind": kind, **RESULTS[kind]}).to_json()["units"]
    money = {
        "compare": "options.*.npv", "pilot": "design.*.pilot_net", "sensitivity": "parameters.*.low",
        "explain": "paths.*.shapley_npv", "whatif": "cells.*.npv.*", "diff": "changes.*.npv",
    }[kind]  # fmt: skip
    assert told[money] == "EUR"
    assert units_of(type(from_json({"kind": kind, **RESULTS[kind]})))[money] == "currency"


@pytest.mark.parametrize(
    ("kind", "change", "place"),
    [
        ("compare", {"options__0__npv__mean": "much"}, "options.0.npv.mean"),
        ("pilot", {"rule_details__always": "perhaps"}, "rule_details.always"),
        ("sensitivity", {"regions__0__rules__0__side": "left"}, "regions.0.rules.0.side"),
        ("whatif", {"cells__0__too_close": 7}, "cells.0.too_close"),
    ],
)
def test_what_is_no_result_is_refused_by_its_place(kind: str, change: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError, match="this part is not as txsim writes it") as caught:
        from_json({"kind": kind, **of(RESULTS[kind], **change)}, "x.json")
    assert {problem.path for problem in caught.value.problems} == {place}


LONG = "a scenario whose name is long, with Wirtschaftsprüfungsgesellschaft in it"


def long_names(kind: str) -> dict[str, Any]:
    """Return the same with names and meanings that need more than a line."""
    data = RESULTS[kind]
    if kind == "compare":
        return json.loads(json.dumps(data).replace("north", LONG))  # type: ignore[no-any-return]
    if kind == "sensitivity":
        return of(data, parameters__0__meaning=LONG, regions__0__rules__0__meaning=LONG, groups__0__meaning=LONG)
    if kind == "explain":
        return of(data, paths__0__meaning=LONG)
    if kind == "diff":
        return of(data, a__name="/a/folder/" * 12, changes__0__meaning=LONG, changes__0__before=LONG * 3)
    if kind == "whatif":
        return json.loads(json.dumps(data).replace("pilot.months", LONG))  # type: ignore[no-any-return]
    return of(data, rule=LONG * 4)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("kind", RESULTS)
def test_no_line_is_longer_than_the_terminal(kind: str, width: int, language: str) -> None:
    with catalogues.speaking(language):
        for data in (RESULTS[kind], long_names(kind)):
            for row in terminal(kind, data, width).splitlines():
                assert len(row) <= width, (kind, row)


@pytest.mark.parametrize("level", ["brief", "full"])
@pytest.mark.parametrize("kind", RESULTS)
def test_each_figure_with_a_key_is_that_of_the_result(kind: str, level: Any) -> None:
    """A page can be checked against its result, figure by figure."""
    data = from_json({"kind": kind, **RESULTS[kind]}).to_json()
    told = keyed(compose([read(kind, RESULTS[kind])], level))
    assert len(told) >= 4
    for datum in told:
        assert datum.key.startswith(f"{kind}:"), datum
        assert reached(data, datum.key.removeprefix(f"{kind}:")) == pytest.approx(datum.value), datum


@pytest.mark.parametrize("kind", RESULTS)
def test_no_plain_data_is_shown(kind: str) -> None:
    for text in (terminal(kind, RESULTS[kind]), page(kind, RESULTS[kind])):
        assert not re.search(r"\{'|\bNone\b|\bnan\b|Message\(|Estimate\(", text)


def test_what_doing_nothing_beats_stands_first_and_what_is_cut_is_counted() -> None:
    bad = [{"a": f"north/bad_{i}", "b": "north/worse", "order": 1} for i in range(5)]
    beaten = [{"a": "do_nothing", "b": "north/commit", "order": 1}, {"a": "south/commit", "b": "north/bad", "order": 2}]
    (section,) = (s for s in compose([read("compare", of(COMPARE, dominance=[*bad, *beaten]))], "brief").sections
                  if any("taste for risk" in repr(block) for block in s.blocks))  # fmt: skip
    at = next(i for i, block in enumerate(section.blocks) if isinstance(block, Bullets) and "taste" in repr(block))
    bullets, rest = section.blocks[at : at + 2]
    assert isinstance(bullets, Bullets)
    assert "do nothing" in repr(bullets.items[0])
    assert len(bullets.items) == 4
    assert "and 2 more in --json" in repr(rest)  # of six of their kind


@pytest.mark.parametrize("kind", ["explain", "pilot", "whatif"])
def test_no_report_is_about_two_scenarios(kind: str) -> None:
    """Neither of two firms nor of one file with other values: each figure would be read as the first one's."""
    first = read("sensitivity", SENSITIVITY)
    assert len(compose([first, read(kind, RESULTS[kind])]).sections) > len(compose([first]).sections)
    with pytest.raises(InputError, match=r"By hand` with other values than"):
        compose([first, read(kind, {**RESULTS[kind], "hash": "ff" * 32})])
    with pytest.raises(InputError, match=r"is about `Another firm`.*about `By hand`"):
        compose([first, read(kind, {**RESULTS[kind], "hash": "ff" * 32, "scenario": "Another firm"})])
