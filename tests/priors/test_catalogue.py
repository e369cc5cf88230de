# SPDX-License-Identifier: MIT
"""The catalogue holds every parameter of the evidence page, with the prior that stands there."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from txsim.evidence import library
from txsim.priors import calibration_parameters, delivery_prior, overrun_prior, parameters, slip_prior
from txsim.priors.distributions import Distribution, beta, is_point, lognormal, ppf, support
from txsim.priors.moments import mean, median


def _printed(text: str) -> Distribution:
    """Read a prior as it is printed: `0.30 ×/÷ 7.5 …` or `Beta(2, 5)`."""
    found = re.search(r"Beta\(([\d.]+), ([\d.]+)\)", text)
    if found:
        return beta(float(found[1]), float(found[2]))
    found = re.search(r"([\d.]+) ×/÷ ([\d.]+)", text)
    assert found, text
    return lognormal(float(found[1]), float(found[2]))


def _rows(data: Path) -> dict[str, str]:
    section = (data / "evidence/tables.md").read_text().split("## 6.")[1]
    found: dict[str, str] = {}
    for line in section.splitlines():
        if not line.startswith("| `"):
            continue
        names, told = (part.strip() for part in line.split("|")[1:3])
        each = re.findall(r"`(\w+)`", names)
        parts = told.split("; ") if len(each) > 1 and ";" in told else [told] * len(each)
        found |= dict(zip(each, parts, strict=True))
    return found


def test_every_parameter_has_the_prior_that_is_printed(data: Path) -> None:
    rows = _rows(data)
    # The third edition's parameters are printed on a page of their own.
    assert set(rows) | {"time_ux", "absence_ex"} == set(parameters())
    assert parameters()["time_ux"].prior == lognormal(0.03, 6.0)
    assert parameters()["absence_ex"].prior == lognormal(0.006, 5.0)
    special = {"delivery", "cost_overrun", "slip", "lag_tools", "lag_people", "margin_lag"}
    for name in set(rows) - special:
        prior = parameters()[name].prior
        assert prior == _printed(rows[name]), name
    lags = re.findall(r"\d+", rows["lag_tools"])
    for name, middle in zip(("lag_tools", "lag_people", "margin_lag"), lags, strict=False):
        assert parameters()[name].prior == lognormal(float(middle), 2.0)


def test_reference_classes_have_the_prior_that_is_printed() -> None:
    assert delivery_prior("shared") == beta(3.5, 3.9)
    assert delivery_prior("c_level") == beta(4.5, 3)
    assert delivery_prior("none") == beta(2.5, 4)
    assert mean(delivery_prior("shared")) == pytest.approx(0.46, abs=0.02)
    assert overrun_prior("people") == lognormal(1.05, 1.35)
    it = overrun_prior("it")
    expected = (5 / 6, *lognormal(0.92, 1.2).args, *lognormal(3.0, 1.45).args)
    np.testing.assert_allclose(it.args, expected, rtol=1e-12)
    assert mean(it) == pytest.approx(1.28, abs=0.01)
    slip = slip_prior(12)
    assert median(slip) == pytest.approx(1.8)
    np.testing.assert_allclose(ppf(slip, 0.95), 1.8 * 7)
    assert slip_prior(0).args == (0.0,)


@pytest.mark.parametrize(("call", "says"), [(delivery_prior, "c_level"), (overrun_prior, "people")])
def test_unknown_reference_classes_are_refused(call: object, says: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=f"known: .*{says}"):
        call("nobody")


def test_what_a_calibration_holds() -> None:
    held = calibration_parameters()
    assert list(held) == [name for name, entry in parameters().items() if entry.role == "calibration"]
    others = {name: entry.role for name, entry in parameters().items() if entry.role != "calibration"}
    drivers, pilots = ("delivery", "cost_overrun", "slip"), ("boost", "spill")
    assert others == dict.fromkeys(drivers, "driver") | dict.fromkeys(pilots, "pilot") | dict.fromkeys(
        ("time_ux", "absence_ex"), "simulation"
    )
    assert not any(is_point(prior) for prior in held.values())


def test_every_entry_says_what_it_is_and_why() -> None:
    known = library()
    for name, entry in parameters().items():
        assert entry.name == name
        assert entry.unit
        assert entry.meaning
        assert len(entry.reason) > 8
        assert set(entry.evidence) <= set(known), name
        assert (entry.prior is None) == bool(entry.variants), name
        for prior in (entry.prior, *entry.variants.values()):
            if prior is None:
                continue
            low, high = support(prior)
            assert low >= (entry.low if entry.low is not None else -math.inf)
            assert high <= (entry.high if entry.high is not None else math.inf)


def test_defaults_of_the_library_are_named_by_the_parameters_they_support() -> None:
    for claim in library().values():
        for name in claim.default_for:
            if name in parameters():
                assert claim.id in parameters()[name].evidence, (claim.id, name)
