# SPDX-License-Identifier: MIT
"""Studies as they are reported: conversions against printed examples, and what is refused."""

from __future__ import annotations

import importlib
import math
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from scipy import stats

from txsim.elicit.study_interview import answer_of, next_question
from txsim.errors import InputError
from txsim.evidence import Settings, read_claims, selection
from txsim.evidence.claims import library
from txsim.evidence.effect_sizes import (
    correlation_from_t,
    correlation_z,
    log_hazard_ratio,
    log_odds_ratio,
    mean_difference,
    se_from_interval,
    se_from_p,
    share_difference,
    t_from_p,
)
from txsim.evidence.study_figures import NotConverted
from txsim.evidence.study_values import LOG_RATES, converted
from txsim.pooling.studies import studies_from_text
from txsim.pooling.study_table import claims_of_rows
from txsim.priors.catalogue import parameters
from txsim.scenario import load_beliefs, loads, warnings
from txsim.scenario.claim_targets import beyond_sense
from txsim.scenario.editing import block_text
from txsim.scenario.starters import STARTERS, starter
from txsim.scenario.yaml_reader import read_text

STAR = {"per": 1, "per_unit": "stars"}


def add(*args: str | Path, answers: str = "") -> Any:
    command = importlib.import_module("txsim.cli.evidence_add").command
    return CliRunner().invoke(command, [str(arg) for arg in args], input=answers)


def test_printed_examples() -> None:
    # Altman and Bland, BMJ 343 (2011), d2090: 49 % against 32 %, P = 0.032: z 2.141, SE 7.940 (by an approximation)
    assert t_from_p(0.032) == pytest.approx(2.141, rel=2e-3)
    assert se_from_p(17, 0.032) == pytest.approx(7.940, rel=2e-3)
    # and back, from their interval 1.4 to 32.6
    assert se_from_interval(17, 1.4, 32.6) == pytest.approx(7.94, abs=0.03)
    # Bland and Altman, BMJ 320 (2000), 1468: hay fever and eczema, odds ratio 4.89, log 1.588, standard error 0.103
    log_odds, error = log_odds_ratio(141, 141 + 420, 928, 928 + 13525)
    assert (math.exp(log_odds), log_odds, error) == pytest.approx((4.89, 1.588, 0.103), abs=5e-3)
    # Borenstein et al. (2009), ch. 6: r = 0.50, n = 100: z 0.5493, variance 0.0103; ch. 4: D = 3, variance 1.01
    z, error = correlation_z(0.5, 100)
    assert (z, error**2) == pytest.approx((0.5493, 0.0103), abs=5e-5)
    difference, error = mean_difference(103, 5.5, 50, 100, 4.5, 50)
    assert (difference, error**2) == pytest.approx((3.0, 1.01))


def test_tests_and_correlations_agree_with_data() -> None:
    rng = np.random.default_rng(5)
    x = rng.standard_normal(40)
    y = 0.4 * x + rng.standard_normal(40)
    r, p = stats.pearsonr(x, y)
    fit = stats.linregress(x, y)
    t = fit.slope / fit.stderr
    assert correlation_from_t(t, 38) == pytest.approx(r)
    for told in ({"t": t}, {"p": p, "sign": "positive"}, {"f": r**2 * 38 / (1 - r**2), "sign": "+"}):
        found = converted("correlation", "ex -> cx", {**told, "n": 40})
        assert found.value == pytest.approx(r)
        assert found.se == pytest.approx(1 / math.sqrt(37))
    # the slope's own error from its p value
    assert se_from_p(fit.slope, p, 38) == pytest.approx(fit.stderr)


def test_error_of_a_ratio_of_hazards_by_simulation() -> None:
    rng = np.random.default_rng(7)
    runs = 20_000
    left = [rng.binomial(400, share, runs) for share in (0.1, 0.2)]
    ratios = np.log(np.log1p(-left[0] / 400) / np.log1p(-left[1] / 400))
    value, error = log_hazard_ratio(40, 400, 80, 400)
    assert value == pytest.approx(math.log(math.log(0.9) / math.log(0.8)))
    # the sd of 20,000 runs is known to 0.5 %; the delta method itself to a few percent at these counts
    assert ratios.std() == pytest.approx(error, rel=0.04)


def test_an_odds_ratio_from_a_share() -> None:
    # by hand: odds 2/3, times 1.5 are 1, a share of .5: ten points of a favourable share, 6.67 of a mean, by 25 points
    odds = {"odds_ratio": 1.5, "se": 0.16, "base": 0.4, **STAR}
    found = converted("effect", "ex -> cx", {**odds, "event": "favourable"})
    assert found.value == pytest.approx(10 / 1.5 / 25)
    assert found.se == pytest.approx(0.16 * 0.25 * 100 / 1.5 / 25)
    bad = converted("effect", "ex -> cx", {**odds, "event": "unfavourable"})
    assert bad.value == pytest.approx(-found.value)
    # the same two shares as counts: the difference is the same, and both hazards
    table = {"events1": 250, "n1": 500, "events2": 200, "n2": 500, **STAR}
    assert converted("effect", "ex -> cx", {**table, "event": "favourable"}).value == pytest.approx(found.value)
    left = {"event": "unfavourable"}
    by_counts, by_odds = (converted("parameter", "churn_cx", told | left) for told in (table, odds))
    assert by_counts.value == pytest.approx(math.log(math.log(0.6) / math.log(0.5)) / 25)
    assert by_counts.value == pytest.approx(by_odds.value)
    # a ratio of hazards where the happier side comes first: fewer leave, so the parameter is above 0
    told = {"hazard_ratio": 0.8, "interval": [0.7, 0.915], "per": 10, "per_unit": "index"}
    hazard = converted("parameter", "churn_cx", told)
    assert hazard.value == pytest.approx(-math.log(0.8) / 10)
    assert hazard.value > 0 > by_counts.value
    assert not hazard.null


def test_the_p_value_of_a_ratio_is_that_of_a_normal() -> None:
    """However few people a study has: 0.05 is 1.96 standard errors of the log of a ratio, of a mean 2.306 at n = 10."""
    figures = {"hazard_ratio": 2.0, "p": 0.05, "n": 10, "per": 10, "per_unit": "index"}
    assert converted("parameter", "churn_cx", figures).se == pytest.approx(math.log(2) / 1.959964 / 10, rel=1e-6)
    mean = {"estimate": 2.0, "p": 0.05, "n": 10, "unit": "index", "per": 10, "per_unit": "index"}
    assert converted("effect", "ex -> cx", mean).se == pytest.approx(2 / 2.306004 / 10, rel=1e-6)


def test_rates_are_those_of_the_catalogue() -> None:
    units = {name: parameter.unit for name, parameter in parameters().items()}
    assert set(LOG_RATES) == {name for name, unit in units.items() if unit.startswith("log ")}


POINTS = {"unit": "nps", "per": 1, "per_unit": "index"}


@pytest.mark.parametrize(
    ("statistic", "about", "reported", "words"),
    [
        ("effect", "ex -> cx", {"odds_ratio": 1.5, "interval": [1.1, 2.05]}, "missing: event, base, per, per_unit"),
        ("effect", "ex -> cx", {"estimate": 5, "se": 2}, "missing: unit, per, per_unit"),
        ("effect", "ex -> cx", {"estimate": 5, "se": 2, **POINTS, "unit": "nsp"}, "did you mean `nps`"),
        ("effect", "ex -> cx", {"estimate": 5, **POINTS}, "how sure `estimate` is"),
        (
            "effect",
            "ex -> cx",
            {"estimate": 5, "se": 1, "p": 0.1, "unit": "nps"},
            "p = 0.1 contradicts estimate",
        ),
        ("effect", "ex -> cx", {"r": 0.3, "n": 100}, "a correlation is no effect"),
        ("effect", "ex -> cx", {"hazard_ratio": 0.8, "se": 0.1}, "no difference in points of cx"),
        ("effect", "ex -> cx", {"estimate": 1.2, "interval": [0.9, 3], **POINTS}, "not in the middle"),
        ("correlation", "ex -> cx", {"odds_ratio": 2, "p": 0.01}, "`odds_ratio` is no correlation"),
        ("correlation", "ex -> cx", {"f": 4.0, "n": 30}, "`sign` is missing"),
        ("correlation", "ex -> cx", {"r": 1.2, "n": 30}, "between -1 and 1"),
        ("correlation", "ex -> cx", {"r": 0.2, "nn": 30}, "did you mean `n`"),
        ("parameter", "churn_cx", {"estimate": 3, "se": 1}, "no ratio of rates"),
        ("parameter", "churn_cx", {"hazard_ratio": 0.8, "se": 0.1}, "missing: per, per_unit"),
        ("parameter", "reach", {"estimate": 1.2, "se": 0.3}, "must say so"),
        ("quantity", "growth_rate_cx", {"estimate": -1.2, "se": 0.3, "unit": "model"}, "above 0"),
        ("effect", "ex -> cx", {}, "no figure is reported"),
        ("effect", "ex -> cx", {"r": 0.3, "estimate": 3}, "one figure at a time"),
    ],
)
def test_what_has_no_stated_conversion_is_refused(
    statistic: str, about: str, reported: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotConverted) as caught:
        converted(statistic, about, reported)
    assert words in str(caught.value.args[0])


@pytest.mark.parametrize(
    ("figures", "key"),
    [({"estimate": 5, "se": 0, **POINTS}, "se"), ({"estimate": 5, "se": -1, **POINTS}, "se")],
)
def test_a_figure_that_cannot_be_is_refused_where_it_stands(figures: dict[str, Any], key: str) -> None:
    with pytest.raises(NotConverted, match="above 0") as caught:
        converted("effect", "ex -> cx", figures)
    assert caught.value.key == key
    with pytest.raises(InputError) as raised:
        read_claims(claim(**figures))
    assert [problem.path.rpartition(".")[2] for problem in raised.value.problems] == [key]


def test_a_p_of_nought_and_a_base_in_percent_come_with_their_cure() -> None:
    with pytest.raises(ValueError, match=r"for p < \.001 write 0\.001"):
        t_from_p(0.0)
    told = {"odds_ratio": 2, "se": 0.2, "event": "favourable", "per": 10, "per_unit": "index"}
    with pytest.raises(NotConverted, match="between 0 and 1, it is 30") as caught:
        converted("effect", "ex -> cx", {**told, "base": 30})
    assert (str(caught.value.hint), caught.value.key) == ("write 30 % or 0.3", "base")


@pytest.mark.parametrize(("value", "percent"), [(1.05, False), (40.0, True)])
def test_a_share_a_little_above_one_is_no_percent(value: float, percent: bool) -> None:
    statement = SimpleNamespace(statistic="parameter", about="digital_leave", value=value, reported=None)
    hints = [str(hint) for *_place, hint in beyond_sense({"a": SimpleNamespace(statements=[statement])})]
    assert [f"write {value / 100:g}" in hint for hint in hints] == [percent]


def test_two_people_leave_no_interval_of_students_and_the_key_is_theirs() -> None:
    scale = {"unit": "index", "per": 1, "per_unit": "index"}
    with pytest.raises(NotConverted, match="of 2 there is no interval") as caught:
        converted("effect", "ex -> cx", {"estimate": 0.4, "interval": [0.2, 0.6], "n": 2, **scale})
    assert (caught.value.key, "number of groups" in str(caught.value.hint)) == ("n", True)


@pytest.mark.parametrize("share", ["30 %", 0.3, "30%"])
def test_a_share_may_be_in_percent_in_a_file(share: object) -> None:
    told = {"odds_ratio": 2, "se": 0.2, "event": "favourable", "base": share, **STAR}
    assert converted("effect", "ex -> cx", told).value == pytest.approx((0.6 / 1.3 - 0.3) * 100 / 1.5 / 25)
    assert read_claims(claim(**{**told, "base": 0.3}) | {"y": {**claim(**told)["x"], "credibility": share}})[
        "y"
    ].credibility == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("figures", "says", "cure"),
    [
        ({"odds_ratio": 2, "p": "<0.001", "base": 0.3}, "<0.001", "write 0.001 where the bound itself is meant"),
        ({"events1": 34.2, "n1": 500, "events2": 41.8, "n2": 500}, "34.2 is no whole number", "write 171"),
        ({"events1": 1.25, "n1": 12.5, "events2": 2.5, "n2": 12.5}, "12.5 is no whole number", "write 12500"),
        ({"events1": 0.6, "n1": 100, "events2": 0.4, "n2": 100}, "a share? Give how many they are, as 60", ""),
    ],
)
def test_what_is_no_count_or_no_number_comes_with_what_was_meant(figures: dict[str, Any], says: str, cure: str) -> None:
    said = asked(**figures, event="favourable", per=10, per_unit="index")
    assert says in said
    assert cure in said


def test_a_p_below_all_digits_is_a_p() -> None:
    for p in (1e-15, 1e-17, 1e-200):
        assert t_from_p(p) == pytest.approx(stats.norm.isf(p / 2), rel=1e-9)
        assert t_from_p(p, 4998) == pytest.approx(stats.t.isf(p / 2, 4998), rel=1e-6)
    with pytest.raises(ValueError, match="degrees of freedom are above 0"):
        t_from_p(0.04, 0)


def test_nobody_of_two_is_no_certain_share() -> None:
    """None of 2 against 50 of 100: with a half more in each cell 1/6 of 3 and 1/2 of 101."""
    difference, error = share_difference(0, 2, 50, 100)
    assert (difference, error) == pytest.approx((-0.5, math.sqrt(1 / 6 * 5 / 6 / 3 + 0.25 / 101)))
    # 0 of 40 against 5 of 40 as a ratio of hazards: 0.5 of 41 and 5.5 of 41, by the delta method
    shares = (0.5 / 41, 5.5 / 41)
    logs = [math.log(-math.log1p(-share)) for share in shares]
    variance = sum(share / (41 * (1 - share) * math.log1p(-share) ** 2) for share in shares)
    assert log_hazard_ratio(0, 40, 5, 40) == pytest.approx((logs[0] - logs[1], math.sqrt(variance)))
    told = {"events1": 0, "n1": 40, "events2": 5, "n2": 40, "event": "unfavourable", "per": 10, "per_unit": "index"}
    assert any("a half is added" in str(step) for step in converted("parameter", "churn_cx", told).steps)


def test_revenue_is_not_counted_and_a_log_rate_may_be_in_its_own_unit() -> None:
    counts = {"events1": 180, "n1": 200, "events2": 160, "n2": 200, "event": "favourable"}
    said = asked("parameter", "spend_cx", **counts, per=10, per_unit="index")
    assert "say nothing of `spend_cx`" in said
    told = converted("parameter", "spend_cx", {"hazard_ratio": 1.04, "se": 0.01, "per": 10, "per_unit": "index"})
    assert (told.value, told.se) == pytest.approx((math.log(1.04) / 10, 0.001))
    own = converted("parameter", "spend_cx", {"estimate": 0.004, "se": 0.001, "unit": "model"})
    assert (own.value, own.se, own.transform) == (0.004, 0.001, "natural")
    assert "`per` plays no part" in asked("parameter", "spend_cx", estimate=0.04, se=0.01, unit="model", per=10)


@pytest.mark.parametrize("unit", ["5 … 5", "1.2.3 … 5", "1 … 1e400"])
def test_a_scale_without_two_ends_is_no_scale(unit: str) -> None:
    assert f"unknown scale `{unit}`" in asked(estimate=2.0, se=1.0, unit=unit, per=10, per_unit="index")


def test_a_claim_holds_to_what_a_parameter_can_be(tmp_path: Path) -> None:
    own = {"unit": "model", "se": 0.03}
    for about, value, cure in (("digital_leave", 62, "write 0.62"), ("lag_people", -3, "leave the minus out")):
        code, said, path = study(tmp_path, about, estimate=value, **own)
        assert (code, cure in said, path.exists()) == (2, True, False), said
    assert study(tmp_path, "digital_leave", estimate=0.62, **own)[0] == 0
    assert study(tmp_path, "cx_margin", estimate=-0.02, **own)[0] == 0  # harm enters
    assert study(tmp_path, "absence_ex", hazard_ratio=0.8, se=0.1, per=10, per_unit="index")[0] == 0  # with its `needs`


def claim(where: str | None = "elsewhere", **reported: Any) -> dict[str, Any]:
    statements = [{"statistic": "effect", "about": "ex -> cx", "reported": reported}]
    entry = {"role": "scored", "statement": "s", "read": "yes", "design": "experiment", "statements": statements}
    return {"x": entry if where is None else {**entry, "where": where}}


NOTHING = {"estimate": -0.3, "interval": [-1.3, 0.7], "unit": "nps", **STAR}


def test_nothing_and_harm_enter() -> None:
    scored = selection(Settings(), (), read_claims(claim(**NOTHING))).claims[0].statements[0]
    assert scored.transform == "natural"
    assert scored.value == pytest.approx(-0.3 / 4 / 25)
    assert scored.spread == 0.25  # the design's


def test_where_a_study_was_made_is_asked() -> None:
    with pytest.raises(InputError, match="where the study was made is not said"):
        read_claims(claim(None, **NOTHING))
    entry = claim(**NOTHING)
    entry["x"]["statements"][0]["se"] = 0.3
    with pytest.raises(InputError, match="follows from `reported`"):
        read_claims(entry)


def test_the_own_firm_counts_once() -> None:
    text = starter(STARTERS[0])

    def told(where: str, data: bool, drop: tuple[str, ...] = ()) -> str:
        more: dict[str, Any] = {"evidence": {"add": claim(where, **NOTHING), "drop": list(drop)}}
        return text + yaml.safe_dump({**more, "data": "panel.csv"} if data else more)

    with pytest.raises(InputError, match="they count twice"):
        loads(told("own_firm", data=True))
    for where, data, drop in (("elsewhere", True, ()), ("own_firm", True, ("x",)), ("own_firm", False, ())):
        assert "x" in loads(told(where, data, drop)).claims()


FLAGS = (
    *("--id", "acme", "--about", "ex -> cx", "--statistic", "effect", "--where", "elsewhere"),
    *("--design", "experiment", "--read", "yes", "--statement", "We found nothing", "--source", "Box 2020"),
)


def test_flags_a_file_and_an_interview_give_the_same_claim(tmp_path: Path) -> None:
    by_flags, by_file, by_interview = (tmp_path / f"{i}.yaml" for i in range(3))
    figures = ("--estimate", "-0.3", "--interval", "-1.3 0.7", "--unit", "nps", "--per", "1", "--per-unit", "stars")
    found = add(by_flags, *FLAGS, *figures)
    assert found.exit_code == 0, found.output
    assert "Cochrane Handbook" in found.output  # the formula's source is shown
    rows = tmp_path / "studies.csv"
    rows.write_text(
        "id;about;statistic;where;design;read;statement;source;estimate;low;high;unit;per;per_unit\n"
        "acme;ex -> cx;effect;elsewhere;experiment;yes;We found nothing;Box 2020;-0.3;-1.3;0.7;nps;1;stars\n",
        "utf-8",
    )
    assert add(by_file, "--from", rows).exit_code == 0
    answers = (
        "acme\nWe found nothing\nBox 2021\nback\nBox 2020\n?\nelsewhere\nyes\nexperiment\nex->cx\neffect\nestimate\n"
        "-0.3\ninterval\n-1.3 0.7\nnps\n1\nstars\n"
    )
    found = add(by_interview, answers=answers)
    assert found.exit_code == 0, found.output
    assert "your firm's panel hold the same people" in found.output
    whole = [yaml.safe_load(file.read_text("utf-8")) for file in (by_flags, by_file, by_interview)]
    assert whole[0] == whole[1] == whole[2]
    assert whole[0]["add"]["acme"]["null"] is True
    statement = load_beliefs(evidence=by_file).claims()["acme"].statements[0]
    assert statement.value == pytest.approx(-0.003)


START = ["acme", "We asked.", "Our intranet", "elsewhere", "yes", "experiment"]


@pytest.mark.parametrize(
    ("before", "wrong", "says", "after"),
    [
        (["ex -> cx", "effect", "estimate", "3.2", "interval"], "6.8 -0.4", "the lower end comes first",
         ["-0.4 6.8", "nps", "10", "index"]),
        (["ex -> cx", "effect", "odds_ratio"], "-0.5", "-0.5 is outside what is possible, at least 0",
         ["0.6", "interval", "0.4 0.9", "unfavourable", "0.3", "10", "index"]),
        (["ex -> cx", "effect", "odds_ratio", "0.6", "interval", "0.4 0.9", "unfavourable"], "30", "write 30 % or 0.3",
         ["30 %", "10", "index"]),
        (["ex -> cx", "correlation", "r"], "1.3", "1.3 is outside what is possible, -1 … 1", ["0.3", "n", "100"]),
    ],
)  # fmt: skip
def test_a_slip_is_told_at_its_own_question(
    tmp_path: Path, before: list[str], wrong: str, says: str, after: list[str]
) -> None:
    done = add(tmp_path / "e.yaml", answers="\n".join([*START, *before, wrong, *after]) + "\n")
    assert done.exit_code == 0, done.output
    asked = done.output.splitlines()
    told = next(i for i, line in enumerate(asked) if says in line)
    assert asked[told - 1].endswith(f": {wrong}")


@pytest.mark.parametrize(
    ("asked_before", "wrong", "says", "right", "kept"),
    [
        (["ex -> cx", "effect", "estimate", "3.2", "p"], ".000", "for .000 write 0.0005", "0.0005", "0.0005"),
        (["ex -> cx", "correlation", "r"], "1", "between -1 and 1", "0.3", "0.3"),
        (["ex -> cx", "correlation", "r", "0.3", "n"], "3", "more than 3 observations", "40", "40"),
        (["ex -> cx", "effect", "odds_ratio", "2", "se"], "0", "0 is a limit", "0.2", "0.2"),
        (["ex -> cx", "effect", "odds_ratio", "2", "se", "0.2", "favourable"], "1", "1 is a limit", "30 %", "0.3"),
        (["ex -> cx", "effect", "table"], "120 100 20 100", "they are 120 of 100", "12/100, 20/100", "12 100 20 100"),
        (["ex -> cx", "effect", "table"], "34.2 500 41.8 500", "write 171", "10 of 100 against 20 of 1 000",
         "10 100 20 1000"),
        (["digital_leave", "estimate"], "62", "write 62 % or 0.62", "62 %", "0.62"),
        (["lag_people", "estimate"], "-3", "at least 0", "3", "3"),
        (["lag_people", "estimate", "3", "se", "1"], "no", "expected model", "yes", "model"),
        (["ex -> cx", "effect", "estimate", "0.3", "se", "0.1"], "5 to 1", "expected index", "5..1", "5 … 1"),
        (["ex -> cx", "effect", "estimate", "12", "se", "5", "likert5", "10"], "index",
         "12 is impossible on the scale likert5, 1 … 5; go `back` to: The figure?", "", ""),
        (["spend_cx"], "table", "expected estimate / hazard_ratio", "hazard_ratio", "hazard_ratio"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_where_it_is_typed(
    asked_before: list[str], wrong: str, says: str, right: str, kept: str
) -> None:
    answers: dict[str, str] = {}

    def type_(raw: str) -> str:
        question = next_question(answers)
        assert question is not None
        answers[question.key] = answer_of(question.key, raw, answers)[0]
        return answers[question.key]

    for raw in (*START, *asked_before):
        type_(raw)
    with pytest.raises(ValueError, match=re.escape(says)):
        type_(wrong)
    if right:
        assert type_(right) == kept


def test_names_are_looked_up_at_their_questions_and_harm_is_asked_about(tmp_path: Path) -> None:
    """Unhappy customers leave 2.4 times as often: of 20 points less that is ln 2.4 / 20 a point."""
    taken = next(iter(library()))
    answers = [taken, *START[:-1], START[-1], "Churn_CX", "churn_cx", "hazard_ratio", "2.4", "interval", "1.8 3.2",
               "-20", "index"]  # fmt: skip
    done = add(tmp_path / "e.yaml", answers="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert f"has a claim `{taken}` already" in done.output
    assert "did you mean `churn_cx`" in done.output
    assert "does harm" not in done.output
    assert load_beliefs(evidence=tmp_path / "e.yaml").claims()["acme"].statements[0].value == pytest.approx(
        math.log(2.4) / 20
    )
    code, said, _path = study(tmp_path, "churn_cx", hazard_ratio=2.4, interval="1.8 3.2", per=20, per_unit="index")
    assert code == 0
    assert "write `per: -20`" in " ".join(said.split())


@pytest.mark.parametrize("about", ["ex → cx", "EX->CX", "ex => cx", "ex –> cx"])
def test_an_arrow_is_an_arrow(tmp_path: Path, about: str) -> None:
    done = add(tmp_path / "e.yaml", "--id", "a", "--about", about, "--statistic", "correlation", "--where", "elsewhere",
               "--design", "cross_section", "--read", "yes", "--statement", "s", "--r", "0.2", "--n", "50")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert yaml.safe_load((tmp_path / "e.yaml").read_text("utf-8"))["add"]["a"]["statements"][0]["about"] == "ex -> cx"


@pytest.mark.parametrize(("ratio", "fewer"), [("0.7", "lower:30"), ("0.3", "lower:70"), ("1.25", "raise:25")])
def test_a_ratio_of_rates_is_said_as_how_many_fewer_leave(tmp_path: Path, ratio: str, fewer: str) -> None:
    """A ratio of 0.7 for ten points are 30 % fewer, 1 − 0.7: who typed 0.3 for that reads 70 %."""
    done = add(tmp_path / "e.yaml", "--id", "a", "--about", "churn_cx", "--statistic", "parameter", "--where",
               "elsewhere", "--design", "experiment", "--read", "yes", "--statement", "s", "--hazard-ratio", ratio,
               "--se", "0.2", "--per", "10", "--per-unit", "index")  # fmt: skip
    assert done.exit_code == 0, done.output
    verb, by = fewer.split(":")
    assert f"+10 index points of CX {verb} the rate of leaving by {by} %" in " ".join(done.output.split())


def test_what_is_refused_leaves_the_file(tmp_path: Path) -> None:
    out = tmp_path / "e.yaml"
    assert "missing: event, base" in str(add(out, *FLAGS, "--odds-ratio", "2", "--p", "0.01").exception)
    assert "missing: --about" in str(add(out, "--id", "x", "--r", "0.2", "--n", "50").exception)
    rows = tmp_path / "studies.csv"
    rows.write_text("id,abuot,statistic,where,design,read,statement,r,n\n", "utf-8")
    assert "there is no study" in str(add(out, "--from", rows).exception)
    rows.write_text("id,abuot,statistic,where,design,read,statement,r,n\na,b,c,d,e,f,g,1,2\n", "utf-8")
    assert "did you mean `about`" in str(add(out, "--from", rows).exception)
    head = "id,about,statistic,where,design,read,statement,r,n\n"
    good = "a,ex -> cx,correlation,elsewhere,cross_section,yes,s,0.3,50\n"
    rows.write_text(f"{head}{good}b,ex -> cx,correlation,elsewhere,cross_section,yes,s,x,50\n", "utf-8")
    assert "studies.csv:3" in str(add(out, "--from", rows).exception)
    rows.write_text(f"{head}{good}{good}", "utf-8")
    assert "stands twice" in str(add(out, "--from", rows).exception)
    assert not out.exists()
    assert add(out, answers="acme\nquit\n").exit_code == 0
    assert not out.exists()


MEANS_OF_STARS = {"mean1": 4.2, "sd1": 0.9, "n1": 50, "mean2": 4.0, "sd2": 0.8, "n2": 50, "unit": "stars",
                  "per": 10, "per_unit": "index"}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "key"),
    [({"mean1": 42}, "mean1"), ({"mean2": 0.4}, "mean2"), ({"sd1": 9}, "sd1"), ({"per": 120}, "per"),
     ({"per": 5, "per_unit": "likert5"}, "per")],
)  # fmt: skip
def test_what_a_scale_has_no_room_for_is_refused(changed: dict[str, Any], key: str) -> None:
    assert converted("effect", "ex -> cx", MEANS_OF_STARS).value == pytest.approx(0.2 * 25 / 10)
    with pytest.raises(NotConverted, match="is impossible on the scale") as caught:
        converted("effect", "ex -> cx", {**MEANS_OF_STARS, **changed})
    assert caught.value.key == key


def test_a_difference_wider_than_its_scale_is_refused() -> None:
    told = {"estimate": 120.0, "se": 3.0, "unit": "nps", "per": 10, "per_unit": "index"}
    assert converted("effect", "ex -> cx", told).value == pytest.approx(120 / 4 / 10)  # of the 200 that NPS has
    with pytest.raises(NotConverted, match="201 is impossible on the scale nps, -100 … 100"):
        converted("effect", "ex -> cx", {**told, "estimate": 201.0})


@pytest.mark.parametrize(
    ("statistic", "told", "idle"),
    [
        ("correlation", {"r": 0.3, "n": 100, "unit": "nps"}, "unit"),
        ("effect", {"events1": 30, "n1": 100, "events2": 20, "n2": 100, "event": "favourable", "unit": "top2"}, "unit"),
        ("effect", {"odds_ratio": 1.5, "interval": [1.1, 2.0454545], "base": 0.3, "event": "favourable",
                    "unit": "nps"}, "unit"),
        ("effect", {"estimate": 3.0, "se": 1.0, "unit": "nps", "base": 0.3}, "base"),
    ],
)  # fmt: skip
def test_what_plays_no_part_is_refused(statistic: str, told: dict[str, Any], idle: str) -> None:
    whole = {**told, **({} if statistic == "correlation" else STAR)}
    with pytest.raises(NotConverted, match=f"`{idle}` plays no part") as caught:
        converted(statistic, "ex -> cx", whole)
    assert caught.value.key == idle
    del whole[idle]
    if idle == "unit" or statistic == "correlation":
        converted(statistic, "ex -> cx", whole)


def own(about: str = "ex -> cx", cluster: str = "") -> dict[str, Any]:
    entry = claim("own_firm", **NOTHING)["x"]
    entry["statements"][0]["about"] = about
    return {**entry, "cluster": cluster} if cluster else entry


@pytest.mark.parametrize("key", ["add", "replace"])
def test_two_studies_of_the_own_firm_are_the_same_people(key: str) -> None:
    text = starter(STARTERS[0])
    other = next(iter(library())) if key == "replace" else "y"

    def load(second: dict[str, Any], **settings: Any) -> Any:
        first = own(cluster=second.get("cluster", ""))
        evidence = {"add": {"x": first}, **settings}
        evidence[key] = {**evidence.get(key, {}), other: second}
        return loads(text + yaml.safe_dump({"evidence": evidence}))

    with pytest.raises(InputError, match=r"are both studies of your own firm about ex -> cx: .* count twice"):
        load(own())
    load(own("cx -> ex"))
    load(own(), drop=["x"])
    if key == "add":
        load(own(cluster="ours"))


def test_a_second_study_of_the_own_firm_needs_a_cluster(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    figures = ("--estimate", "-0.3", "--interval", "-1.3 0.7", "--unit", "nps", "--per", "1", "--per-unit", "stars")
    first = ["own_firm" if flag == "elsewhere" else flag for flag in FLAGS]
    second = ["again" if flag == "acme" else flag for flag in first]
    assert add(file, *first, "--cluster", "ours", *figures).exit_code == 0
    before = file.read_bytes()
    refused = add(file, *second, *figures).exception
    assert isinstance(refused, InputError)
    assert "`cluster:`" in str(refused.problems[0].hint)
    assert file.read_bytes() == before
    assert add(file, *second, "--cluster", "ours", *figures).exit_code == 0
    assert set(load_beliefs(evidence=file).evidence.add) == {"acme", "again"}


PILOTS = {"entries": [{"node": "ex", "points": 2.0, "error": 1.0, "degrees": 10.0}]}


def test_a_log_of_pilots_may_hold_the_study(tmp_path: Path) -> None:
    text = starter(STARTERS[0])
    evidence = yaml.safe_dump({"evidence": {"add": {"x": own()}}, "pilots": PILOTS})
    told = [str(problem.message) for problem in warnings(loads(text + evidence))]
    assert sum("is it one of them?" in each for each in told) == 1
    plain = [str(problem.message) for problem in warnings(loads(text + yaml.safe_dump({"pilots": PILOTS})))]
    assert not any("is it one of them?" in each for each in plain)


def test_a_table_of_studies_may_hold_what_people_put_there(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    row = "a;ex -> cx;effect;elsewhere;experiment;yes;s;{};{};nps;1;stars"
    head = "ID;About;Statistic;Where;Design;Read;Statement;Estimate;{};Unit;Per;Per-unit"
    told = []
    for title, cells in (("se", ("0,6", "0,4")), ("interval", ("0,6", "-0,2..1,4")), ("se;p", ("0,6", "0,4;n.s."))):
        path.write_text(f"sep=;\n# by Ada, 2026\n{head.format(title)}\n{row.format(*cells)}\n", "utf-8")
        told.append(claims_of_rows(path)["a"]["statements"][0]["reported"])
    assert told[0] == told[2] == {"estimate": 0.6, "se": 0.4, "unit": "nps", "per": 1.0, "per_unit": "stars"}
    assert told[1]["interval"] == [-0.2, 1.4]
    pooled = studies_from_text("sep=;\n# by Ada, 2026\nstudy;estimate;se\nA;0,6;0,4\n")
    assert (pooled.estimates, pooled.se) == ((0.6,), (0.4,))


def test_rows_that_sum_up_others_are_asked_about_in_a_table_of_claims_too(tmp_path: Path) -> None:
    """z of .35 and .20, weights 81 and 117: tanh(.269) = .26; one of a group by its figures, one by its name."""
    path = tmp_path / "s.csv"
    head = "id,about,statistic,where,design,read,statement,r,n"

    def told(*rows: str, head: str = head) -> list[str]:
        text = [f"{id},ex -> cx,correlation,elsewhere,cross_section,yes,{id},{rest}"
                for id, rest in (row.split(",", 1) for row in rows)]  # fmt: skip
        path.write_text("\n".join([head, *text]) + "\n", "utf-8")
        try:
            return list(claims_of_rows(path))
        except InputError as error:
            return [f"{problem.line}: {problem.message}" for problem in error.problems]

    north, south = ("a,.35,84", "b,.20,120", "north,.26,204"), ("d,.10,150", "e,.05,90", "south,.08,240")
    said = told(*north, *south)
    assert [each.split(" give")[0] for each in said] == [
        "4: `north` is what 2 rows from row 2 to row 3", "7: `south` is what 2 rows from row 5 to row 6"
    ]  # fmt: skip
    assert told(*north[:2], "overall,.5,30") == ["4: `overall` is called as a row that sums up others: no study?"]
    assert told(*(f"{row},study" for row in north), head=f"{head},kind") == ["a", "b", "north"]


@pytest.mark.parametrize("sign", [";", "\t", ","])
def test_decimal_commas_in_a_table_of_studies(tmp_path: Path, sign: str) -> None:
    head = "id;about;statistic;where;design;read;statement;estimate;se;unit;per;per_unit"
    row = 'a;ex -> cx;effect;elsewhere;experiment;yes;s;"{}";"{}";nps;1;stars'
    claims = []
    for name, figures in (("points", ("2.5", "0.75")), ("commas", ("2,5", "0,75"))):
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join([head, row.format(*figures)]).replace(";", sign))
        claims.append(claims_of_rows(path))
    assert claims[0] == claims[1]
    path = tmp_path / "mixed.csv"
    path.write_bytes(b"PK\x03\x04" + bytes(90))
    with pytest.raises(InputError, match=r"Office document, a CSV file was expected\n.*save a table as CSV"):
        claims_of_rows(path)
    path.write_text("\n".join([head, row.format("2,5", "0.75")]).replace(";", sign))
    with pytest.raises(InputError, match="expected a number") as raised:
        claims_of_rows(path)
    assert "write all of them one way" in str(raised.value.problems[0].hint)


def asked(statistic: str = "effect", about: str = "ex -> cx", **reported: Any) -> str:
    with pytest.raises(NotConverted) as error:
        converted(statistic, about, reported)
    return f"{error.value.message} {error.value.hint or ''}"


def test_a_ratio_typed_as_a_difference_is_asked_about() -> None:
    per = {"unit": "index", "per": 1, "per_unit": "index"}
    assert "no difference in points of churn_cx" in asked("effect", "churn_cx", hazard_ratio=1.4, se=0.1)
    assert "by factors, not differences: a ratio?" in asked(estimate=1.8, interval=[1.1, 2.9], **per)
    assert converted("effect", "ex -> cx", {"estimate": 1.8, "se": 0.46, **per}).value == pytest.approx(1.8)
    assert converted("effect", "ex -> cx", {"estimate": 0.35, "interval": [0.1, 0.6], **per}).value == pytest.approx(
        0.35
    )
    # rounding of a difference: 0.9 ± 0.59 printed as 0.3 … 1.5
    assert converted("effect", "ex -> cx", {"estimate": 0.9, "interval": [0.3, 1.5], **per}).null is False


def test_shares_given_as_events_are_asked_about() -> None:
    said = asked(events1=0.6, n1=100, events2=0.4, n2=100, event="favourable", per=10, per_unit="index")
    assert "0.6 events of 100: a share? Give how many they are, as 60" in said


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"events1": "3 %", "n1": 410, "events2": 24, "n2": 400}, "3 % of 410 are about 12"),
        ({"r": "35 %", "n": 84}, "a correlation has no percent sign, write 0.35"),
        ({"r": 0.3, "N": 84}, "did you mean `n`?"),
        ({"OR": 2.0, "se": 0.1}, "did you mean `odds_ratio`?"),
        ({"rho": 0.3, "n": 84}, "did you mean `r`?"),
        ({"r": 0.3, "ci": [0.1, 0.5]}, "did you mean `interval`?"),
        ({"t": 2.1, "df": 82}, "did you mean `n`?"),
    ],
)  # fmt: skip
def test_what_a_claim_reports_in_other_words_is_told_its_own(figures: dict[str, Any], words: str) -> None:
    assert words in asked("correlation", **figures)


@pytest.mark.parametrize("unit", ["percent", "nps", "index"])
def test_means_that_are_fractions_are_asked_about(unit: str) -> None:
    arms = {"sd1": 0.2, "n1": 100, "sd2": 0.2, "n2": 100}
    said = asked(mean1=0.41, mean2=0.39, **arms, unit=unit, per=10, per_unit="index")
    assert "fractions? Write 41 for 0.41" in said
    whole = {key: 100 * value if key[0] == "s" else value for key, value in arms.items()}
    study = {"mean1": 41, "mean2": 39, **whole, "unit": unit, "per": 10, "per_unit": "index"}
    assert converted("effect", "ex -> cx", study).value > 0


def study(folder: Path, about: str = "ex->cx", **options: object) -> tuple[int, str, Path]:
    words = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
    path = folder / "mine.yaml"
    path.unlink(missing_ok=True)
    kind = "effect" if "->" in about else "parameter"
    plain = ["--id", "a", "--where", "elsewhere", "--design", "experiment", "--read", "yes", "--statement", "s"]
    outcome = add(path, "--about", about, "--statistic", kind, *plain, *words)
    said = outcome.output
    if isinstance(outcome.exception, InputError):  # the command line itself says it and ends with 2
        return 2, " ".join(f"{each.message} {each.hint or ''}" for each in outcome.exception.problems), path
    return outcome.exit_code, said, path


def test_an_effect_beyond_sense_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    # 4.1 - 3.9 of five are 5 index points, over a tenth of a point: 50 for each
    arms = {"mean1": 4.1, "sd1": 0.8, "n1": 120, "mean2": 3.9, "sd2": 0.9, "n2": 110, "unit": "likert5"}
    code, said, path = study(tmp_path, **arms, per=0.1, per_unit="index")
    assert code == 2
    assert "beyond sense" in said
    assert not path.exists()
    code, _said, path = study(tmp_path, **arms, per=10, per_unit="index")
    assert code == 0
    assert load_beliefs(evidence=path).claims()["a"].statements[0].about == "ex -> cx"  # with blanks or without
    code, said, _path = study(tmp_path, "churn_cx", hazard_ratio=0.2, se=0.1, per=1, per_unit="index")
    assert code == 2
    assert "more than a hundredfold" in said


def test_ends_with_decimal_commas_are_read_where_something_else_parts_them(tmp_path: Path) -> None:
    scale = {"unit": "nps", "per": 10, "per_unit": "enps"}
    for ends in ("1,1;5,3", "1,1–5,3", "1,1 .. 5,3", "1.1,5.3"):
        code, said, path = study(tmp_path, estimate=3.2, interval=ends, **scale)
        assert code == 0, said
        statement = yaml.safe_load(path.read_text("utf-8"))["add"]["a"]["statements"][0]
        assert list(statement["reported"]["interval"]) == [1.1, 5.3]
    for ends in ("1,1", "1 1", "5.3 1.1"):  # no width, and the wrong way round
        code, said, _path = study(tmp_path, estimate=3.2, interval=ends, **scale)
        assert code == 2
        assert "the lower end comes first" in said
    assert study(tmp_path, estimate=1500, interval="1,100;1,900", **scale)[0] == 2


@pytest.mark.parametrize("ends", ["-0.4 6.8", "-0.4,6.8", "-0.4..6.8", "-0.4;6.8", "[-0.4, 6.8]", "−0,4; 6,8"])
def test_an_interval_stands_in_one_cell_of_a_file_of_studies(tmp_path: Path, ends: str) -> None:
    rows = tmp_path / "studies.csv"
    titles = "id,about,statistic,where,design,read,statement,estimate,interval,unit,per,per_unit"
    row = f'b,ex -> cx,effect,elsewhere,experiment,yes,S,3.2,"{ends}",nps,10,index'
    rows.write_text(f"{titles}\n{row}\n", "utf-8")
    path = tmp_path / "mine.yaml"
    outcome = add(path, "--from", str(rows))
    assert outcome.exit_code == 0, outcome.output
    reported = yaml.safe_load(path.read_text("utf-8"))["add"]["b"]["statements"][0]["reported"]
    assert list(reported["interval"]) == [-0.4, 6.8]
    # By hand: a width of 7.2 NPS points over 2 · 1.96; a mean moves a quarter as much; per ten points of EX.
    assert "0.0459" in outcome.output


@pytest.mark.parametrize(
    ("stayed", "left"),
    [
        ({"events1": 88, "n1": 100, "events2": 80, "n2": 100}, {"events1": 12, "n1": 100, "events2": 20, "n2": 100}),
        ({"odds_ratio": 1.25, "interval": [1.0, 1.5625], "base": 0.8},
         {"odds_ratio": 0.8, "interval": [0.64, 1.0], "base": 0.2}),
    ],
)  # fmt: skip
def test_those_who_stayed_say_as_much_of_a_rate_as_those_who_left(stayed: dict[str, Any], left: dict[str, Any]) -> None:
    per = {"per": 10, "per_unit": "index"}
    kept = converted("parameter", "churn_cx", {**stayed, "event": "favourable", **per})
    gone = converted("parameter", "churn_cx", {**left, "event": "unfavourable", **per})
    assert kept.value == pytest.approx(gone.value, rel=1e-12)
    assert (gone.value > 0, kept.se) == (True, pytest.approx(gone.se, rel=1e-12))
    with pytest.raises(NotConverted, match="missing: event"):
        converted("parameter", "churn_cx", {**left, **per})
    with pytest.raises(NotConverted, match="hazard ratio"):
        converted("parameter", "churn_cx", {"hazard_ratio": 1.25, "se": 0.1, "event": "favourable", **per})


def test_an_interval_of_a_ratio_by_differences_is_asked_about() -> None:
    told = {"base": 0.2, "event": "favourable", "per": 10, "per_unit": "index"}
    for ratio, ends in ((2.0, [1.1, 2.9]), (1.8, [1.25, 2.35])):
        with pytest.raises(NotConverted, match="by differences, not by factors"):
            converted("effect", "ex -> cx", {**told, "odds_ratio": ratio, "interval": ends})
    # by factors before one digit behind the point was left: 1.09 (0.91 … 1.31), 0.78 (0.62 … 0.98), 1.27 (1.07 … 1.51)
    for ratio, ends in ((1.8, [1.2, 2.7]), (1.1, [0.9, 1.3]), (0.8, [0.6, 1.0]), (1.3, [1.1, 1.5])):
        assert converted("effect", "ex -> cx", {**told, "odds_ratio": ratio, "interval": ends}).se > 0
    # rounding of a ratio: exp(−0.2231 ± 0.1178) is 0.711 … 0.900
    assert converted("parameter", "churn_cx", {"hazard_ratio": 0.8, "interval": [0.7, 0.9], "per": 1,
                                               "per_unit": "stars"}).se > 0  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "says"),
    [("-0,2; 2,8", "cells, but the header has"), ("0,2", "2 numbers are needed, found `0,2`"), ('"-0,2; 2,8"', "")],
)
def test_an_interval_is_not_torn_by_what_parts_cells(tmp_path: Path, cell: str, says: str) -> None:
    rows = tmp_path / "studies.csv"
    titles = "id;about;statistic;where;design;read;statement;estimate;unit;per;per_unit;interval"
    rows.write_text(f"{titles}\na;ex -> cx;effect;elsewhere;experiment;yes;S;1,3;nps;10;index;{cell}\n", "utf-8")
    done = add(tmp_path / "mine.yaml", "--from", str(rows))
    assert (done.exit_code == 0) is (says == ""), done.output
    assert says in str(done.exception)


def test_one_study_under_two_ids_is_asked_about(tmp_path: Path) -> None:
    head = "id,about,statistic,where,design,read,statement,r,n\n"
    row = "{},ex -> cx,correlation,elsewhere,cross_section,yes,{},0.45,84\n"
    path = tmp_path / "studies.csv"
    path.write_text(head + row.format("a", "banks") + row.format("b", "banks"))
    with pytest.raises(InputError, match="`b` says the very same as `a`"):
        claims_of_rows(path)
    path.write_text(head + row.format("a", "banks") + row.format("b", "shops"))
    assert list(claims_of_rows(path)) == ["a", "b"]


@pytest.mark.parametrize("word", ["y", "No", "on", "~", "1", "1,5", "null", "a: b", "# x", "- x", "2019-01-01"])
def test_words_come_back_as_they_were_written(word: str) -> None:
    assert read_text(block_text({"a": {"statement": word}}), "file").data == {"a": {"statement": word}}


def test_a_decimal_comma_in_braces_is_told() -> None:
    (problem,) = read_text("a: {median: 3, factor: 1,5}", "file").problems
    assert "for decimals write a point" in str(problem.hint)
