# SPDX-License-Identifier: MIT
"""Beliefs in files by hand: their quantiles, two files side by side, what is possible, and how many may be in doubt."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.scenario.test_unstated import LEAST
from txsim.errors import InputError
from txsim.priors.catalogue import calibration_parameters
from txsim.priors.moments import median
from txsim.scenario import loads
from txsim.scenario.editing import Note
from txsim.scenario.pilot_log import PilotReading
from txsim.scenario.prior_diff import compare_beliefs
from txsim.scenario.prior_setting import set_prior, stated_quantiles
from txsim.scenario.record_fields import Faulty
from txsim.simulate.layout import link_slopes


def test_an_interval_is_one_of_ninety_percent() -> None:
    assert stated_quantiles({"interval": [1, 9]}) == {0.05: 1, 0.95: 9}
    assert stated_quantiles({"interval": [1, 9], "median": 4}) == {0.05: 1, 0.5: 4, 0.95: 9}
    assert stated_quantiles({"quantiles": {0.1: 2, 0.8: 3}}) == {0.1: 2, 0.8: 3}
    assert stated_quantiles({"median": 4, "factor": 2}) == stated_quantiles(3.0) == {}


def put(folder: Path, name: str, belief: str) -> Path:
    path = folder / name
    path.write_text(LEAST + f"priors: {{churn_cx: {belief}}}\n", "utf-8")
    return path


def test_two_files_side_by_side(tmp_path: Path) -> None:
    """The second median over the first, and 5 % and 95 % within the factor."""
    one = put(tmp_path, "one.yaml", "{median: 0.02, factor: 2}")
    other = put(tmp_path, "other.yaml", "{median: 0.05, factor: 4, by: Ada, why: workshop}")
    told = compare_beliefs(one, other)
    assert [row.name for row in told.parameters if row.differs] == ["churn_cx"]
    first = told.parameters[0]
    assert first.name == "churn_cx"
    assert first.a is not None
    assert first.b is not None
    assert (first.a.p05, first.a.median, first.a.p95) == pytest.approx((0.01, 0.02, 0.04))
    assert (first.b.p05, first.b.median, first.b.p95) == pytest.approx((0.0125, 0.05, 0.2))
    assert first.median_ratio == pytest.approx(2.5)
    assert (first.a.by, first.b.by) == ("", "Ada")
    assert all(row.median_ratio in (None, pytest.approx(1.0)) for row in told.parameters[1:])


def test_a_prior_that_is_set_is_told_before_after_and_in_the_catalogue(tmp_path: Path) -> None:
    path = put(tmp_path, "one.yaml", "{median: 0.02, factor: 2}")
    told = set_prior(path, "churn_cx", {"interval": [0.01, 0.09]}, Note())
    assert told.before is not None
    assert (told.before.p05, told.before.median, told.before.p95) == pytest.approx((0.01, 0.02, 0.04))
    assert (told.now.p05, told.now.median, told.now.p95) == pytest.approx((0.01, 0.03, 0.09))
    assert told.catalogue is not None
    assert told.catalogue.p05 < told.catalogue.median < told.catalogue.p95
    assert told.misfit == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "belief", "possible"),
    [
        ("churn_cx", "{distribution: normal, mean: 0.01, sd: 0.01}", False),  # below nothing
        ("churn_cx", "{median: 0.02, factor: 3}", True),
        ("digital_leave", "{median: 0.3, factor: 2}", False),  # a log-normal has no end, and a share has one
        ("digital_leave", "{interval: [0.1, 0.4], family: beta}", True),
    ],
)
def test_beliefs_keep_to_either_limit(name: str, belief: str, possible: bool) -> None:
    text = LEAST + f"priors: {{{name}: {belief}}}\n"
    if possible:
        loads(text)
        return
    with pytest.raises(InputError, match="possible"):
        loads(text)


def test_four_links_may_be_in_doubt_and_no_more() -> None:
    links = ["ex_cx", "cx_ex", "mx_cx", "ux_ex", "uxe_cx"]
    text = LEAST.replace("cx: 60", "cx: 60, mx: 40, ux_employee: 50")
    loads(text + "priors: {doubt: {" + ", ".join(f"{name}: 0.2" for name in links[:4]) + "}}\n")
    with pytest.raises(InputError, match="5 links are in doubt, the limit is 4"):
        loads(text + "priors: {doubt: {" + ", ".join(f"{name}: 0.2" for name in links) + "}}\n")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("8k", "8000"), ("1.5M", "1500 or 1500000"), ("8.000.000", "8000000"), ("3,5", "3.5")],
)
def test_a_number_with_letters_is_told_as_it_is_meant(written: str, meant: str) -> None:
    text = LEAST.replace("arpu_per_month: 90", f"arpu_per_month: {written}")
    with pytest.raises(InputError) as caught:
        loads(text)
    assert f"write {meant}" in str(caught.value)


@pytest.mark.parametrize(("growth", "possible"), [("100 %", True), ("-90 %", True), ("110 %", False), ("-95 %", False)])
def test_growth_is_at_most_a_doubling_a_year(growth: str, possible: bool) -> None:
    text = LEAST.replace("arpu_per_month: 90", f"arpu_per_month: 90\n  arpu_growth: {growth}")
    if possible:
        loads(text)
        return
    with pytest.raises(InputError):
        loads(text)


def test_a_level_by_its_scale_may_be_uncertain() -> None:
    """An NPS of 0 … 40 is an index of 50 … 70, with the same normal."""
    baseline = loads(LEAST.replace("cx: 60", "cx: {value: {interval: [0, 40]}, scale: nps}")).baseline("cx")
    assert baseline is not None
    assert baseline.index.family == "normal"
    assert baseline.index.args == pytest.approx((60.0, 10.0 / 1.6449), abs=1e-3)
    assert math.isfinite(baseline.sd_ratio)


def test_a_slope_of_ones_own_is_that_of_all_staff_whatever_their_groups() -> None:
    """A point of all staff is worth the slope, of 70 of 100 heads seven tenths of it; both groups meet customers."""
    text = LEAST.replace(", meets_customers: false", "").replace("cx: 60}", "cx: 60, fcr: 40}")
    text += """graph:
  nodes: [{name: fcr, meaning: solved at once}]
  edges:
    - {source: ex, target: fcr, slope: 0.2, lag: lag_people}
    - {source: fcr, target: cx, slope: 0.5, lag: lag_people}
"""
    scenario = loads(text)
    priors = calibration_parameters() | scenario.edge_priors
    known = {name: np.full(1, median(prior)) for name, prior in priors.items()}
    links = scenario.network().links
    slopes = link_slopes(scenario, {}, known, 1)[:, 0]
    mine = {link.source: slope for link, slope in zip(links, slopes, strict=True) if link.edge == "ex -> fcr"}
    assert sorted(mine.values()) == pytest.approx([0.06, 0.14])
    assert [slope for link, slope in zip(links, slopes, strict=True) if link.edge == "fcr -> cx"] == [0.5]


def test_a_notebook_shows_horizon_rate_and_pilot() -> None:
    page = loads(LEAST + "horizon_months: 24\ndiscount_rate: 0.08\n")._repr_html_()
    assert "24 months" in page
    assert ">8 % a year, nominal" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "6 months, then 1 until the decision" in page


@pytest.mark.parametrize(
    ("key", "value", "possible"),
    [("error", 0.0, False), ("error", 0.1, True), ("degrees", 0.0, False), ("degrees", -3.0, False),
     ("degrees", 0.5, True), ("bills", -1.0, False), ("bills", -0.5, True), ("bills", 0.0, True)],
)  # fmt: skip
def test_a_reading_has_an_error_and_degrees_of_freedom(key: str, value: float, possible: bool) -> None:
    told = {"node": "ex", "points": 3.0, "error": 0.5, "degrees": 8.0, key: value}
    if possible:
        assert getattr(PilotReading.model_validate(told), key) == value
        return
    with pytest.raises(Faulty):
        PilotReading.model_validate(told)
