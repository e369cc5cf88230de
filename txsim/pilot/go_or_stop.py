# SPDX-License-Identifier: MIT
"""Go or stop after a pilot: by the saved rule, and by what is expected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from txsim.pilot.did import DiffInDiff
from txsim.pilot.rule_file import read_rule
from txsim.scenario import Scenario

__all__ = ["basis", "decision_after", "sentence"]


def basis(plain: DiffInDiff) -> str:
    """Return in words what the comparison's error rests on."""
    text = f"{plain.degrees:.0f} degrees of freedom"
    if plain.permutation is not None:
        text += f"; {100 * plain.permutation:.0f} of 100 placebo comparisons move as far"
    return text


def decision_after(
    rule: Path | None,
    plain: DiffInDiff,
    points: float,
    node: str,
    go: tuple[float, float],
    scenario: Scenario,
    warnings: list[str],
) -> dict[str, Any]:
    """Return the choice, by the saved rule where there is one, with its reason.

    Parameters
    ----------
    rule
        File of the rule.
    plain, points, node
        The comparison, its effect in index points, and what was measured.
    go
        Expected net present value of scaling and of stopping.
    scenario, warnings
        What was piloted; what the reader must know is appended.

    Raises
    ------
    InputError
        If the file holds no rule, or was changed after it was saved.
    """
    plain_hash = scenario.replaced(pilots=None).hash  # a rule that was saved before the first pilot still holds
    expected = "go" if go[0] > go[1] else "stop"
    decision: dict[str, Any] = {
        "choice": expected,
        "expected_npv": {"scale": go[0], "stop": go[1]},
        "rule": None,
        "reason": f"no rule was saved; by expected NPV {'scaling' if expected == 'go' else 'stopping'} is better "
        f"(scaling {go[0]:,.0f}, stopping {go[1]:,.0f})",
    }
    if rule is None:
        return decision
    file = read_rule(rule)
    content, saved, threshold = file.content, file.details, file.threshold
    if content.get("scenario_hash") and content["scenario_hash"] not in (scenario.hash, plain_hash):
        warnings.append("the rule was saved for another version of the scenario")
    if saved.get("node") and str(saved["node"]).partition("[")[0] != node.partition("[")[0]:
        warnings.append(f"the rule reads `{saved['node']}`, but the pilot measured `{node}`")
    decision["rule"] = saved
    if saved.get("always"):
        decision["choice"] = "go" if saved["always"] == "scale" else "stop"
        decision["reason"] = f"the saved rule says {saved['always']} whatever is read"
    elif threshold is not None:
        baseline = scenario.baseline(str(saved.get("node", node)))
        factor = baseline.scale.points_per_unit if baseline is not None else 1.0
        read = points / factor
        passed = read >= threshold if saved.get("rises", True) else read <= threshold
        decision["choice"] = "go" if passed else "stop"
        unit = saved.get("unit", "")
        decision["reason"] = (
            f"the saved rule asks for {threshold:+.2f} {unit}; measured {read:+.2f}: {decision['choice']}"
        )
    if decision["choice"] != expected:
        warnings.append(
            f"by expected NPV it would be {expected}: the rule was made before the data, and before this surprise"
        )
    return decision


def sentence(summary: dict[str, Any]) -> str:
    """Return the outcome in one sentence."""
    measured = summary["effect"]["measured"]
    sign = "rose" if measured["median"] > 0 else "fell"
    sure = measured["p05"] > 0 or measured["p95"] < 0
    text = f"{summary['measure']} {sign} by {abs(measured['median']):.3g} more in pilot than in control units"
    text += "" if sure else ", which is within what chance does"
    choice = {"go": "Go: scale the driver", "stop": "Stop"}[summary["decision"]["choice"]]
    return f"{choice}. {text}; {summary['decision']['reason']}."
