# SPDX-License-Identifier: MIT
"""Every trap of YAML ends in a message with file, line, column, path and what was meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from txsim.errors import InputError
from txsim.scenario import load, loads
from txsim.scenario.scalars import Trap, read_plain

Fixture = Callable[..., Any]

MEETS = "organisation.staff.front.meets_customers"
EFFECT = "drivers[0].pushes[0].effect"

#: What was written, for what, where, at which path, a piece of the message and of the hint.
TRAPS = [
    ("meets_customers: true", "meets_customers: yes", (10, 45), MEETS, "`yes`", "write true"),
    ("meets_customers: true", "meets_customers: On", (10, 45), MEETS, "`On`", "write true"),
    ("meets_customers: true", "meets_customers: no", (10, 45), MEETS, "`no`", "write false"),
    ("meets_customers: true", "meets_customers: off", (10, 45), MEETS, "`off`", "write false"),
    ("title: Desk", "title: no", (1, 8), "title", "`no`", '"no" in quotes'),
    ("title: Desk", "title: Y", (1, 8), "title", "`Y`", '"Y" in quotes'),
    ("meets_customers: true", "meets_customers: TRUE", (10, 45), MEETS, "`TRUE`", "write true"),
    ("customers: 2500", "customers: 1e3", (12, 14), "organisation.customers", "`1e3`", "write 1000 or 1.0e+3"),
    ("customers: 2500", "customers: 2.5E3", (12, 14), "organisation.customers", "`2.5E3`", "write 2500 or 2.5e+3"),
    ("customers: 2500", "customers: 1e+3", (12, 14), "organisation.customers", "`1e+3`", "write 1000"),
    ("customers: 2500", "customers: 1e400", (12, 14), "organisation.customers", "`1e400`", "at most 1e15"),
    ("one_off: 8000", "one_off: 010", (20, 14), "drivers[0].one_off", "begins with 0", "write 10"),
    ("one_off: 8000", "one_off: 0x1F", (20, 14), "drivers[0].one_off", "decimal", "decimal number"),
    ("one_off: 8000", "one_off: 8_000", (20, 14), "drivers[0].one_off", "`8_000`", "write 8000"),
    ("one_off: 8000", "one_off: 1:30", (20, 14), "drivers[0].one_off", "base 60", "decimal number"),
    ("one_off: 8000", "one_off: -.5", (20, 14), "drivers[0].one_off", "`-.5`", "write -0.5"),
    ("one_off: 8000", "one_off: .nan", (20, 14), "drivers[0].one_off", "not a finite number", "write a number"),
    ("one_off: 8000", "one_off: -.Inf", (20, 14), "drivers[0].one_off", "not a finite number", "write a number"),
    ("one_off: 8000", "one_off: 1000000000000001", (20, 14), "drivers[0].one_off", "too large", "at most 1e15"),
    ("one_off: 8000", "one_off: !!int 8", (20, 14), "drivers[0].one_off", "tags", "value alone"),
    (
        "one_off: 8000",
        "one_off: !!python/object/apply:os.system [ls]",
        (20, 14),
        "drivers[0].one_off",
        "tags",
        "value alone",
    ),
    ("one_off: 8000", "one_off: 8,000", (20, 14), "drivers[0].one_off", "not a number", "write 8 or 8000"),
    ("one_off: 8000", "one_off: 8k", (20, 14), "drivers[0].one_off", "expected a number", "write 8000"),
    ("one_off: 8000", "one_off: 8.000.000 EUR", (20, 14), "drivers[0].one_off", "expected a number", "write 8000000"),
    (
        "one_off: 8000",
        "one_off: '8000'",
        (20, 14),
        "drivers[0].one_off",
        "a text",
        "write 8000 without quotation marks",
    ),
    ("one_off: 8000", "one_off: 2 %", (20, 14), "drivers[0].one_off", "shares only", "2 % of 1,000 are 20"),
    ("one_off: 8000", "one_off: -1", (20, 14), "drivers[0].one_off", "at least 0", ""),
    ("one_off: 8000", "one_off: true", (20, 14), "drivers[0].one_off", "expected a number", ""),
    ("one_off: 8000", "one_off:", (20, 13), "drivers[0].one_off", "nothing is written", "leave the key out"),
    ("one_off: 8000", "one_off: ~", (20, 14), "drivers[0].one_off", "`~`", "write null"),
    ("scope: 25 %", "scope: 25", (24, 10), "pilot.scope", "outside", "write 25 % or 0.25"),
    (
        "churn_per_month: 1.5 %",
        "churn_per_month: 1.5",
        (13, 20),
        "organisation.churn_per_month",
        "outside",
        "write 1.5 % or 0.015",
    ),
    ("discount_rate: 0.1", "discount_rate: 10", (27, 16), "discount_rate", "outside", "write 10 % or 0.1"),
    ("cx: {value: 30, scale: nps}", "cx: 0.5", (8, 9), "organisation.index.cx", "1 … 99", "write 50"),
    (
        "cx: {value: 30, scale: nps}",
        "cx: {value: 0.62, scale: percent}",
        (8, 9),
        "organisation.index.cx",
        "1 … 99",
        "write 62",
    ),
    (
        "effect: {median: 6, factor: 1.8}, scale: enps",
        "effect: 0.5, scale: percent",
        (19, 42),
        EFFECT,
        "one point in a hundred",
        "write 50",
    ),
    ("effect: {median: 6, factor: 1.8}", "effect: [2, 8]", (19, 42), EFFECT, "expected a number", "{interval: [2, 8]}"),
    (
        "effect: {median: 6, factor: 1.8}",
        "effect: {median: 6, faktor: 1.8}",
        (19, 54),
        f"{EFFECT}.faktor",
        "`faktor`",
        "",
    ),
    ("months: 6\n  scope", "months: 6.5\n  scope", (23, 11), "pilot.months", "whole number of months", "write 6"),
    (
        "months: 6\n  scope",
        "months: '6'\n  scope",
        (23, 11),
        "pilot.months",
        "whole number of months",
        "write 6 without quotes",
    ),
    ("horizon_months: 36", "horizon_months: 241", (26, 17), "horizon_months", "0 … 240", ""),
    ("currency: EUR", "currency: €", (5, 13), "organisation.currency", "three capital letters", "write EUR"),
    ("name: desk", "name: Service Desk", (17, 11), "drivers[0].name", "a name is", "write service_desk"),
    (
        "scale: enps, months",
        "scale: nsp, months",
        (19, 75),
        "drivers[0].pushes[0].scale",
        "unknown scale `nsp`; did you mean `nps`?",
        "known: index",
    ),
    ("  scope: 25 %", "  scope: 25 %\n  months: 7", (25, 3), "pilot.months", "stands twice, first in line 23", ""),
    ("pilot:\n", "pilot:\n  <<: {months: 5}\n", (23, 3), "pilot", "merge keys", "extends"),
    (
        "    one_off: 8000",
        "    onw_off: 8000",
        (20, 5),
        "drivers[0].onw_off",
        "unknown key `onw_off`; did you mean `one_off`?",
        "",
    ),
    (
        "    one_off: 8000",
        "    one_off: 8000\n    cost_per_year: 12000",
        (21, 5),
        "drivers[0].cost_per_year",
        "unknown key `cost_per_year`; did you mean `monthly`?",
        "a twelfth of a year's figure",
    ),
    (
        "churn_per_month: 1.5 %",
        "churn_per_year: 20 %",
        (13, 3),
        "organisation.churn_per_year",
        "unknown key `churn_per_year`; did you mean `churn_per_month`?",
        "write 1 − (1 − y)^(1/12): 20 % a year are 1.84 % a month",
    ),
    (
        "true, turnover_per_year: 22 %",
        "true, turnover_per_month: 2 %",
        (10, 51),
        "organisation.staff.front.turnover_per_month",
        "unknown key `turnover_per_month`; did you mean `turnover_per_year`?",
        "write 1 − (1 − m)^12: 2 % a month are 21.5 % a year",
    ),
    ("title: Desk", "titel: Desk", (1, 1), "titel", "unknown key `titel`; did you mean `title`?", ""),
    ("title: Desk", 'title: "a\\u202eb"', (1, 8), "title", "invisible character", "leave it out"),
]


@pytest.mark.parametrize(("old", "new", "place", "path", "message", "hint"), TRAPS, ids=[trap[1] for trap in TRAPS])
def test_each_trap_is_told(
    changed: Fixture, only: Fixture, old: str, new: str, place: tuple[int, int], path: str, message: str, hint: str
) -> None:
    problem = only(changed(old, new))
    assert (problem.file, problem.line, problem.column) == ("desk.yaml", *place)
    assert problem.path == path
    assert message in str(problem.message)
    assert hint in str(problem.hint or "")
    assert problem.source == changed(old, new).splitlines()[place[0] - 1]
    shown = str(problem)
    assert shown.startswith(f"desk.yaml:{place[0]}:{place[1]}  {path}\n")
    assert "^" in shown


#: A broken structure: one message, with the line where a person has to look.
BROKEN = [
    ("  scope: 25 %", "\tscope: 25 %", (24, 1), "a tab", "two spaces"),
    ("title: Desk", "title: Desk: the first", (1, 12), "`:` cannot stand here", "in quotes"),
    ("title: Desk", 'title: "Desk', (1, 8), "does not end", "close the quotes"),
    ("title: Desk", "title: @home", (1, 8), "no value can begin", "in quotes"),
    ("factor: 1.8}", "factor: 1.8", (19, 9), "does not end here", "`}`"),
    ("  scope: 25 %", "scope: 25 %", (25, 10), "`:` cannot stand here", "indent"),
    ("  months: 6\n", "  months: 6\n - a\n", (24, 2), "does not fit its neighbours", "indent"),
    ("  scope: 25 %", "   scope: 25 %", (24, 9), "`:` cannot stand here", "indent"),
    ("title: Desk", "title: De\u202esk", (1, 10), "invisible character, U+202E", "delete it"),
    ("title: Desk", "title: De\0sk", (1, 10), "invisible character, U+0000", "delete it"),
    ("title: Desk", "title: De\ud800sk", (1, 10), "surrogate", ""),
    ("pilot:\n", "--- \npilot:\n", (22, 1), "second document", "one scenario"),
    ("title: Desk", "title: *desk", (1, 8), "alias", "extends"),
    ("title: Desk", "title: !desk Desk", (1, 8), "tags", ""),
]


@pytest.mark.parametrize(("old", "new", "place", "message", "hint"), BROKEN, ids=[repr(case[1]) for case in BROKEN])
def test_a_broken_structure_is_told_where_it_breaks(
    changed: Fixture, only: Fixture, old: str, new: str, place: tuple[int, int], message: str, hint: str
) -> None:
    problem = only(changed(old, new))
    assert (problem.file, problem.line, problem.column) == ("desk.yaml", *place)
    assert message in str(problem.message)
    assert hint in str(problem.hint or "")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n", "---\n"])
def test_an_empty_file_is_told(only: Fixture, text: str) -> None:
    assert any(word in str(only(text).message) for word in ("empty", "nothing is written"))


@pytest.mark.parametrize(
    ("text", "found"), [("- a\n- b\n", "a list"), ("hello\n", "a single value"), ("3\n", "a single value")]
)
def test_a_file_without_keys_is_told(only: Fixture, text: str, found: str) -> None:
    assert str(only(text).message) == f"expected `key: value` lines, found {found}"


def test_a_wrong_indentation_is_never_silent(changed: Fixture, wrong: Fixture) -> None:
    text = changed("pilot:\n  months: 6\n  scope: 25 %\n  one_off: 2500\n", "pilot:\nmonths: 6\nscope: 25 %\n")
    told = {problem.path: problem for problem in wrong(text)}
    assert set(told) == {"pilot", "months", "scope"}
    assert "`pilot`" in str(told["scope"].hint or "")
    assert "indentation" in str(told["scope"].hint or "")


@pytest.mark.parametrize("digits", [41, 5000, 900_000])
def test_a_number_of_thousands_of_digits_is_never_converted(changed: Fixture, only: Fixture, digits: int) -> None:
    problem = only(changed("one_off: 8000", f"one_off: {'9' * digits}"))
    assert problem.path == "drivers[0].one_off"
    assert "at most 1e15" in str(problem.hint or "")
    assert len(str(problem)) < 500


def test_aliases_that_explode_are_refused_at_once(wrong: Fixture) -> None:
    laughs = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    laughs += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefghi", "bcdefghij", strict=True)]
    (problem,) = wrong("\n".join(laughs))
    assert "10,000 values" in str(problem.message)


def test_an_alias_of_itself_ends(wrong: Fixture, only: Fixture) -> None:
    found = wrong("title: &a [*a]\n")
    assert any("nested deeper than 32" in str(problem.message) for problem in found)


def test_a_small_alias_is_read_as_written_out(changed: Fixture, valid: str) -> None:
    text = changed("{median: 6, factor: 1.8}", "&six {median: 6, factor: 1.8}").replace("monthly: 300", "monthly: *six")
    assert loads(text).drivers[0].monthly == loads(valid).drivers[0].pushes[0].effect


@pytest.mark.parametrize("depth", [33, 40, 1000, 400_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
def test_deep_nesting_is_refused_at_once(wrong: Fixture, depth: int, opening: str, closing: str) -> None:
    text = opening * depth + "x" + closing * depth
    found = wrong(text if opening == "- " else f"title: {text}")
    assert any("32 levels" in str(problem.message) or "list" in str(problem.message) for problem in found)


def test_huge_but_valid_structure_is_refused_at_once(wrong: Fixture) -> None:
    (problem,) = wrong("title: [" + "x," * 400_000 + "x]")
    assert "more than 10,000 values" in str(problem.message)


def test_all_errors_are_told_at_once_in_the_order_of_the_file(changed: Fixture, wrong: Fixture, valid: str) -> None:
    text = valid
    for old, new in (
        ("name: Nord", "nmae: Nord"),
        ("meets_customers: true", "meets_customers: yes"),
        ("group: front", "group: frnt"),
        ("one_off: 8000", "one_off: 1e3"),
        ("scope: 25 %", "scope: 25"),
        ("discount_rate: 0.1", "discount_rate: .inf\npriors: {ex_cxx: 0.3}"),
    ):
        text = changed(old, new, text)
    found = wrong(text)
    assert [problem.path for problem in found] == [
        "organisation.nmae",
        "organisation.staff.front.meets_customers",
        "drivers[0].pushes[0].group",
        "drivers[0].one_off",
        "pilot.scope",
        "discount_rate",
        "priors.ex_cxx",
    ]
    assert [problem.line for problem in found] == sorted(problem.line or 0 for problem in found)


def test_one_wrong_value_does_not_hide_what_does_not_fit(changed: Fixture, wrong: Fixture) -> None:
    text = changed("group: front", "group: frnt", changed("one_off: 2500", "one_off: -2500"))
    found = {problem.path: str(problem.message) for problem in wrong(text)}
    assert set(found) == {"drivers[0].pushes[0].group", "pilot.one_off"}
    assert "did you mean `front`" in found["drivers[0].pushes[0].group"]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("1.5", 1.5),
        ("-0.25", -0.25),
        (".5", 0.5),
        ("5.", 5.0),
        ("1.0e+3", 1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        *((word, word) for word in ("none", "22 %", "2026-11-24", "1.2.3", "-", "+", "٣", "ex -> cx", "nothing", "1e")),
    ],
)
def test_words_on_which_all_readers_agree(word: str, value: object) -> None:
    found = read_plain(word)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "word", ["0" * 4000, "1" * 4000, "0." + "1" * 4000, "1e" + "9" * 4000, "1_" * 2000 + "1", "1:" * 2000 + "1"]
)
def test_long_words_are_refused_in_short(word: str) -> None:
    with pytest.raises(Trap) as caught:
        read_plain(word)
    assert len(str(caught.value.message)) < 200
    assert len(str(caught.value.hint)) < 200


def test_quoted_words_are_text(changed: Fixture) -> None:
    assert loads(changed("title: Desk", 'title: "no"')).title == "no"
    assert loads(changed("title: Desk", "title: '1e3'")).title == "1e3"
    assert loads(changed("title: Desk", "title: |\n  no\n")).title == "no\n"


def test_off_is_a_word_for_edges_only(wrong: Fixture, valid: str) -> None:
    assert loads(valid + "edges:\n  ux_employee -> cx: off\n").edges == {"ux_employee -> cx": 0.0}
    (problem,) = wrong(valid + "edges:\n  ux_employee -> cx: no\n")
    assert "`no`" in str(problem.message)


def test_tabs_in_comments_and_inside_text_are_harmless(changed: Fixture, valid: str) -> None:
    loads(valid + "# a\tcomment\n")
    assert loads(changed("title: Desk", "title: 'a\tb'")).title == "a\tb"


def test_a_unicode_title_is_kept(changed: Fixture) -> None:
    title = "Größe 測試 👩‍💻 שלום"
    assert loads(changed("title: Desk", f"title: {title}")).title == title


@pytest.mark.parametrize("setting", ["edges.ex -> cx=off", 'edges={"ex -> cx": off}', "edges.ex -> cx=0"])
def test_off_is_that_word_where_an_edge_is_set_too(valid: str, tmp_path: Path, setting: str) -> None:
    file = tmp_path / "firm.yaml"
    file.write_text(valid)
    assert load(file, overrides=[setting]).edges == {"ex -> cx": 0.0}


@pytest.mark.parametrize("word", ["false", "no", "Off", "on", "true"])
def test_no_message_about_an_edge_sends_its_reader_to_what_another_refuses(
    valid: str, tmp_path: Path, word: str
) -> None:
    file = tmp_path / "firm.yaml"
    file.write_text(valid)
    with pytest.raises(InputError) as refused:
        load(file, overrides=[f"edges.ex -> cx={word}"])
    assert str(refused.value.problems[0].hint) == "write off, or a factor"


@pytest.mark.parametrize("written", ["1.0e-310", "-1.0e-310", "4.9e-324", "9.9e-301"])
def test_a_number_next_to_nothing_is_refused_at_every_key(valid: str, written: str) -> None:
    """Its inverse is beyond all numbers; whatever the key, 0 is what is meant."""
    for old in ("one_off: 8000", "customers: 2500", "horizon_months: 36"):
        assert old in valid
        with pytest.raises(InputError, match="closer to 0 than any number that counts"):
            loads(valid.replace(old, f"{old.split(':')[0]}: {written}"))
    with pytest.raises(InputError, match="closer to 0 than any number that counts"):
        loads(valid.replace("one_off: 8000", f"one_off: {{interval: [{written}, 1]}}"))
    assert read_plain("1.0e-299") == 1e-299
    assert read_plain("0.0e-310") == 0


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("horizon_months: 36", "horizon_months: 36.4", "write 36"),
        ("months: 6\n  scope", "months: 1.0e+9\n  scope", None),
        ("months: 6\n  scope", "months: 24.0\n  scope", "write 24"),
        ("months: 6\n  scope", "months: -3.0\n  scope", None),
        ("one_off: 8000", "one_off: [9000, 7000]", "write {interval: [7000, 9000]}"),
        ("one_off: 8000", "one_off: [7000, 9000]", "write {interval: [7000, 9000]}"),
    ],
)
def test_what_a_hint_says_to_write_is_taken(valid: str, old: str, new: str, hint: str | None) -> None:
    assert old in valid
    with pytest.raises(InputError) as fault:
        loads(valid.replace(old, new))
    (problem,) = fault.value.problems
    if hint is None:
        assert problem.hint is None or "write" not in str(problem.hint)
    else:
        written = str(problem.hint).split("write ")[1]
        assert written == hint.removeprefix("write ")
        loads(
            valid.replace(old, new[: new.index(": ") + 2] + written + new.partition("\n")[1] + new.partition("\n")[2])
        )


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("5 %", "5"),
        ("-5 %", "-5"),
        ("{median: 5 %, factor: 1.8}", "{median: 5, factor: 1.8}"),
        ("{interval: [2 %, 8 %]}", "{interval: [2, 8]}"),
        ("{quantiles: {5 %: 2 %, 0.95: 8 %}}", "{quantiles: {5 %: 2, 0.95: 8}}"),
        ("5 % ×/÷ 2", "5 ×/÷ 2"),
    ],
)
def test_percent_of_points_may_be_points_or_a_share_of_the_level(valid: str, written: str, plain: str) -> None:
    """Both are told, and what is told to be written is read as it is printed."""
    with pytest.raises(InputError) as caught:
        loads(valid.replace("{median: 6, factor: 1.8}", written))
    hint = str(caught.value.problems[0].hint)
    assert hint.startswith(f"for points of its scale write {plain}; for percent of today's level write the points")
    loads(valid.replace("{median: 6, factor: 1.8}", plain))


@pytest.mark.parametrize("level", ["50 %", "{value: 50 %, scale: enps}", "{value: {interval: [40 %, 60 %]}}"])
def test_percent_of_a_level_may_be_points_or_a_share_of_answers(valid: str, level: str) -> None:
    with pytest.raises(InputError) as caught:
        loads(valid.replace("cx: {value: 30, scale: nps}", f"cx: {level}"))
    plain = "{interval: [40, 60]}" if "interval" in level else "50"
    share = f"{{value: {plain}, scale: percent}}"
    hint = f"for points of its scale write {plain}; for a share of favourable answers write {share}"
    assert str(caught.value.problems[0].hint) == hint
    loads(valid.replace("cx: {value: 30, scale: nps}", f"cx: {plain}"))
    loads(valid.replace("cx: {value: 30, scale: nps}", f"cx: {share}"))
