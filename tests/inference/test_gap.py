# SPDX-License-Identifier: MIT
"""Association and effect: parts add up, and vanish with what causes them."""

from __future__ import annotations

import numpy as np
import pytest

from txsim.desk.association import PARTS, gap
from txsim.errors import InputError
from txsim.inference.spec import CalibrationSpec, prior_draws
from txsim.inference.statements import Reference
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters

PATHS = ("ex -> cx", "cx -> ex", "ux_employee -> ex", "mx -> cx", "ex[support] -> ex[front]")


@pytest.fixture(scope="module")
def par() -> dict[str, np.ndarray]:
    return prior_draws(CalibrationSpec(default_graph(), calibration_parameters(), ()), 2000, 8)


@pytest.mark.parametrize("path", PATHS)
def test_effect_and_parts_add_up_to_the_association(par: dict[str, np.ndarray], path: str) -> None:
    found = gap(default_graph(), path, par)
    np.testing.assert_allclose(found.effect + sum(found.parts.values()), found.association, rtol=1e-9)
    reference = Reference(default_graph())
    gain, _ = reference.matrices(par, lambda parts: np.stack(np.broadcast_arrays(*parts), -1), np.log, (2000,))
    np.testing.assert_allclose(found.association, reference.statistic("slope", path, par, gain), rtol=1e-9)
    np.testing.assert_allclose(found.effect, reference.statistic("effect", path, par, gain), rtol=1e-9)


def test_each_part_vanishes_with_its_cause(par: dict[str, np.ndarray]) -> None:
    none = np.zeros(2000)
    assert np.abs(gap(default_graph(), "ex -> cx", par | {"confounding": none}).parts["confounding"]).max() < 1e-12
    assert np.abs(gap(default_graph(), "ex -> cx", par | {"cx_ex": none}).parts["feedback"]).max() < 1e-12
    apart = gap(default_graph(), "ex -> cx", par | {"uxe_cx": none, "ux_ex": none, "cx_ex": none})
    assert np.abs(apart.parts["common_causes"]).max() < 1e-12


def test_what_nothing_moves_has_no_gap(par: dict[str, np.ndarray]) -> None:
    found = gap(default_graph(), "ux_customer -> cx", par)
    np.testing.assert_allclose(found.association, found.effect, rtol=1e-9)
    assert set(found.parts) == {*PARTS, "mix"}


def test_groups_alike_and_one_by_one(par: dict[str, np.ndarray]) -> None:
    """With one person of internal staff worth one of the front line and no link between, groups do not matter."""
    told = par | {"support_front": np.zeros(2000), "reach": np.ones(2000), "cx_ex": np.zeros(2000)}
    assert np.abs(gap(default_graph(), "ex -> cx", told).parts["mix"]).max() < 1e-9


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(InputError, match="route"):
        gap(default_graph(), "cx -> mx", {name: np.full(3, 0.1) for name in calibration_parameters()})
