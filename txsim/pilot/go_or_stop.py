# SPDX-License-Identifier: MIT
"""Go or stop after a pilot: by the saved rule, and by what is expected."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from txsim.decide.pilot_rule import bills_condition
from txsim.errors import InputError, Problem
from txsim.language import N_, Figure, Message, joined, lazy, lazy_plural
from txsim.pilot.did import DiffInDiff
from txsim.pilot.rule_file import SavedRule, read_rule
from txsim.pilot.weighted_draws import Conflict, Paths
from txsim.priors.moments import median
from txsim.results.names import npv_message
from txsim.results.pilot import digits_of
from txsim.results.update import Choice, Decision, Difference, ExpectedNpv
from txsim.scenario import Scenario
from txsim.scenario.pilot_log import PilotReading

#: Decimals beyond which a reading and a threshold count as one.
_MOST_DIGITS = 6
#: By so much a share or a number of answers may be off for two pilots to be one.
_SAME = 1e-6


def basis(comparison: DiffInDiff) -> Message:
    """Return in words what the comparison's error rests on."""
    degrees = lazy_plural("{n} degree of freedom", "{n} degrees of freedom", round(comparison.degrees))
    if not comparison.control:
        words = N_("spread of {units} units, and an sd of 3 index points for what rose everywhere")
        return lazy(words, units=comparison.treated)
    if comparison.permutation is None:
        return degrees
    if comparison.treated == 1:
        return lazy(
            "{degrees}; of {controls} control units {far} moved as far from the others",
            degrees=degrees,
            controls=comparison.control,
            far=round(comparison.permutation * (comparison.control + 1)) - 1,
        )
    return lazy(
        "{degrees}; {placebo} of 100 placebo comparisons move as far",
        degrees=degrees,
        placebo=Figure(100 * comparison.permutation, "number", digits=0),
    )


def decision_after(
    rule: Path | None,
    reading: PilotReading,
    expected: ExpectedNpv,
    scenario: Scenario,
    warnings: list[Message | str],
    *,
    apart: bool = False,
    digits: int = 2,
    paths: Paths | None = None,
    weak: bool = False,
    conflict: Conflict | None = None,
) -> Decision:
    """Return the choice, by the saved rule where there is one, with its reason.

    Parameters
    ----------
    scenario, warnings
        What was piloted; what the reader must know is appended.
    apart
        Whether arms moved apart before the start by as much as the effect: then there is none to decide by.
    digits
        With how many decimals the reading is told, as in every other place.
    paths
        What else is known of scaling and stopping: how far apart they must be, and what limits exclude.
    weak
        Whether the pilot could hardly tell (:func:`weakness`): what is better without a rule is no finding of it.
    conflict
        What the belief cannot hold of the reading: it gives no choice that the reading speaks against, but a saved
        threshold that was read does.

    Raises
    ------
    InputError
        If the file holds no rule, was changed after it was saved, is of another pilot than the one that the scenario
        states or reads something else than this one measured, or asks for bills that are not told.
    """
    by_npv: Choice = "go" if expected.scale > expected.stop else "stop"
    no_effect = lazy(
        "a start that never was moves them apart, too, and a drift that goes on so comes as far, so that the "
        "difference cannot be read as an effect; a comparison with control units that moved alike before the start "
        "would settle it"
    )
    if rule is None:
        if apart:
            return Decision("open", expected, None, no_effect)
        choice, reason = _by_npv(by_npv, expected, scenario, paths)
        if conflict is not None and choice == conflict.against:
            return Decision("open", expected, None, conflict.reason)
        return Decision("open" if weak else choice, expected, None, reason)
    file = _of_this_pilot(read_rule(rule), scenario, rule)
    if file.threshold is not None:
        _ask_of_this_reading(file, reading, scenario, rule)
    if not file.sealed:
        warnings.append(
            lazy(
                "the rule in {file} has no `hash`: whether it was changed after the data were seen, nobody can tell; "
                "`txsim pilot --out FILE` saves a rule with one",
                file=rule.name,
            )
        )
    plain_hash = scenario.replaced(pilots=None).hash  # a rule that was saved before the first pilot still holds
    if file.scenario_hash and file.scenario_hash not in (scenario.hash, plain_hash):
        warnings.append(lazy("the rule was saved for another version of the scenario"))
    if file.always == "scale":
        choice, reason = "go", lazy("the saved rule says to scale, whatever is read")
    elif file.always == "stop":
        choice, reason = "stop", lazy("the saved rule says to stop, whatever is read")
    else:
        choice, reason = _by_rule(file, reading, scenario, digits)
    # where the survey is not asked, or the bills have failed, no drift of it could turn the choice
    billed = file.overrun_limit is None or (reading.bills is not None and reading.bills <= file.overrun_limit)
    if apart and file.threshold is not None and billed:
        return Decision("open", expected, dict(file.details), no_effect)
    if conflict is not None and choice == conflict.against and file.threshold is None:
        return Decision("open", expected, dict(file.details), conflict.reason)
    if choice != by_npv:
        warnings.append(
            lazy(
                "by expected {npv} it would be go: the rule was made before the data, and before this surprise",
                npv=_npv(scenario),
            )
            if by_npv == "go"
            else lazy(
                "by expected {npv} it would be stop: the rule was made before the data, and before this surprise",
                npv=_npv(scenario),
            )
        )
    return Decision(choice, expected, dict(file.details), reason)


def _of_this_pilot(file: SavedRule, scenario: Scenario, path: Path) -> SavedRule:
    """Return the rule that was made for the pilot which the scenario states.

    One made for another is refused: its limits hold for what that pilot reads, and when.
    """
    pilot = scenario.pilot
    if pilot is None:
        return file
    stated = {
        "months": pilot.months,
        "scope": median(pilot.scope),
        "respondents": median(pilot.respondents),
        "control": pilot.control,
    }

    def apart(rule: SavedRule) -> dict[str, float]:
        return {key: value for key, value in rule.design.items() if abs(float(value) - float(stated[key])) > _SAME}

    for rule in (file, file.stated):
        if rule is not None and not apart(rule):
            return rule
    other = apart(file)
    message = lazy(
        "the rule was made for a pilot of {other}, and the scenario states {stated}",
        other=_designed(other),
        stated=_designed({key: stated[key] for key in other}),
    )
    hint = lazy(
        "if the pilot that ran is that of the rule, say so in the scenario's `pilot`; a rule for the pilot as it is "
        "stated has to be made before its data are seen: `txsim pilot --rule FILE`"
    )
    raise InputError(Problem(message, file=str(path), hint=hint))


def _ask_of_this_reading(file: SavedRule, reading: PilotReading, scenario: Scenario, path: Path) -> None:
    """Refuse a rule whose threshold is for something else than what was read."""
    message, hint = None, lazy("say what the rule reads by --measure and --node, or make the decision without it")
    if file.node and file.node != reading.node and _nodes(scenario, file.node) != _nodes(scenario, reading.node):
        message = lazy("the rule reads `{rule}`, but the pilot measured `{node}`", rule=file.node, node=reading.node)
    elif not file.by_unit:
        message = lazy("the rule reads `{node}` in the whole firm, but this file compares units", node=reading.node)
        hint = lazy("in the whole firm an effect is smaller, by the units outside the pilot: no reading of units "
                    "passes or fails that rule")  # fmt: skip
    else:
        baseline = scenario.baseline(reading.node)
        now = "points" if baseline is None else baseline.scale.unit
        if file.unit and file.unit != now:
            message = lazy(
                "the rule is in {unit}, and the scenario's baseline of `{node}` in {now}",
                unit=lazy(file.unit), node=reading.node, now=lazy(now),
            )  # fmt: skip
            hint = lazy("state the baseline as it was when the rule was saved")
    if message is not None:
        raise InputError(Problem(message, file=str(path), hint=hint))


def _nodes(scenario: Scenario, node: str) -> set[str]:
    return set(scenario.nodes_read(node)) or {node}


def _designed(design: Mapping[str, float]) -> Message:
    """Return parts of a pilot's design in words."""
    parts: list[Message | str] = []
    for key, value in design.items():
        if key == "months":
            parts.append(lazy_plural("{n} month", "{n} months", round(value)))
        elif key == "scope":
            parts.append(lazy("{share} of the units", share=Figure(value, "percent")))
        elif key == "respondents":
            parts.append(lazy("{n} answers a wave", n=Figure(value, "number", digits=0)))
        else:
            parts.append(lazy("control units") if value else lazy("no control units"))
    return joined(", ", parts)


def _by_rule(file: SavedRule, reading: PilotReading, scenario: Scenario, digits: int) -> tuple[Choice, Message]:
    """Return the choice by a rule that asks for the survey, the bills or both, and why."""
    passed, reasons = True, []
    if file.threshold is not None:
        baseline = scenario.baseline(file.node or reading.node)
        read = reading.points / (baseline.scale.points_per_unit if baseline is not None else 1.0)
        sign = 1 if file.rises else -1
        passed = sign * read >= sign * file.threshold
        # A reading beside the threshold needs the digits that tell the two apart.
        while (sign * round(read, digits) >= sign * file.threshold) != passed and digits < _MOST_DIGITS:
            digits += 1
        words = N_("the saved rule asks for {threshold}; measured {measured}")
        asked = 2 if file.step is None else digits_of(file.step)
        threshold = Figure(file.threshold, "number+", file.unit, asked)
        reasons.append(lazy(words, threshold=threshold, measured=Figure(read, "number+", digits=digits)))
    if file.overrun_limit is not None:
        if reading.bills is None:
            message = lazy("the saved rule asks for the bills of the pilot, and they are not told")
            raise InputError(Problem(message, hint=lazy("say how far they ran above plan, as in `--bills 12%`")))
        passed = passed and reading.bills <= file.overrun_limit
        words = (
            N_("it asks that {condition}; {billed}")
            if reasons
            else N_("the saved rule asks that {condition}; {billed}")
        )
        reasons.append(
            lazy(
                words, condition=bills_condition(file.overrun_limit), billed=_billed(reading.bills, file.overrun_limit)
            )
        )
    choice: Choice = "go" if passed else "stop"
    said = lazy("go") if passed else lazy("stop")
    return choice, lazy("{reasons}: {choice}", reasons=joined("; ", reasons), choice=said)


def _billed(over: float, limit: float) -> Message:
    """Return how the pilot's bills came in against plan, with the digits that tell them from their limit."""
    digits = 0
    while (round(over, digits + 2) <= round(limit, 2)) != (over <= limit) and digits < _MOST_DIGITS:
        digits += 1
    if not round(over, digits + 2):
        return lazy("they came in on plan")
    words = N_("they ran {share} above it") if over > 0 else N_("they came in {share} below it")
    return lazy(words, share=Figure(abs(over), "percent", digits=digits))


def _npv(scenario: Scenario) -> Message:
    """Return what the expected value is called by which it is decided."""
    return npv_message(after_tax=scenario.decision.after_tax, taxed=scenario.finance is not None)


def _by_npv(choice: Choice, expected: ExpectedNpv, scenario: Scenario, paths: Paths | None) -> tuple[Choice, Message]:
    """Return the choice by what is expected, within the limits of ``decision``, and why."""
    currency = scenario.organisation.currency
    told = (expected.scale, expected.scale_resolution), (expected.stop, expected.stop_resolution)
    scale, stop = (Figure(v, "money+", currency, round(math.log10(grain)) if grain else None) for v, grain in told)
    npv = _npv(scenario)
    broken = (
        [] if paths is None else [_broken(scenario, *of) for of in zip(paths.p_loss, paths.peak_funding, strict=True)]
    )
    if all(broken) and broken:
        words = N_("no rule was saved; neither keeps to what is allowed (scaling {scale}, stopping {stop}): of "
                   "scaling, {why}; of stopping, {other}")  # fmt: skip
        why, other = (joined(", ", each) for each in broken)
        return "open", lazy(words, scale=scale, stop=stop, why=why, other=other)
    if broken and broken[0] and choice == "go":
        words = N_(
            "no rule was saved; by expected {npv} scaling is better (scaling {scale}, stopping {stop}), but {why}"
        )
        return "stop", lazy(words, npv=npv, scale=scale, stop=stop, why=joined(", ", broken[0]))
    if broken and broken[1] and choice == "stop":
        words = N_(
            "no rule was saved; by expected {npv} stopping is better (scaling {scale}, stopping {stop}), but {why}"
        )
        return "open", lazy(words, npv=npv, scale=scale, stop=stop, why=joined(", ", broken[1]))
    if paths is not None and not abs(expected.scale - expected.stop) > paths.gap:
        words = N_("no rule was saved; by expected {npv} neither is clearly better (scaling {scale}, stopping {stop}), "
                   "and stopping is the cheaper to take back")  # fmt: skip
        return "open", lazy(words, npv=npv, scale=scale, stop=stop)
    if choice == "go":
        words = N_("no rule was saved; by expected {npv} scaling is better (scaling {scale}, stopping {stop})")
    else:
        words = N_("no rule was saved; by expected {npv} stopping is better (scaling {scale}, stopping {stop})")
    return choice, lazy(words, npv=npv, scale=scale, stop=stop)


def _broken(scenario: Scenario, p_loss: float, peak_funding: float) -> list[Message]:
    """Return which limits of ``decision`` are broken by so probable a loss and so much peak funding, in words."""
    limits, broken = scenario.decision, []
    if limits.max_p_loss is not None and p_loss > limits.max_p_loss:
        broken.append(lazy("it ends with a loss with probability {p}, and {most} are allowed",
                           p=Figure(p_loss, "share"), most=Figure(limits.max_p_loss, "share")))  # fmt: skip
    if limits.max_peak_funding is not None and peak_funding > limits.max_peak_funding:
        peak, most = (
            Figure(v, "money", scenario.organisation.currency) for v in (peak_funding, limits.max_peak_funding)
        )
        broken.append(lazy("its peak funding may reach {peak}, and {most} are allowed", peak=peak, most=most))
    return broken


def sentence(
    measure: str,
    measured: Difference,
    decision: Decision,
    *,
    controls: bool,
    unit: str = "",
    apart: bool = False,
    weak: Message | None = None,
    drifts: Message | None = None,
    conflict: Conflict | None = None,
) -> Message:
    """Return the outcome in one sentence, figures in ``unit``; without control units nothing is said of them.

    ``apart`` says that the arms moved apart before the start by as much, which leaves no decision.
    ``weak`` says of a pilot why it could hardly tell. Where no rule was made for it beforehand, what is better is no
    finding of the pilot, and the sentence does not begin with it; where it read clearly all the same, the reading
    overstates the effect (Gelman & Carlin 2014, Perspectives on Psychological Science 9(6), 641–651). ``drifts`` says
    that a drift cannot be told from the effect (:func:`blind`). ``conflict`` stands before what was decided.
    """
    rose, clear = measured.median > 0, measured.p05 > 0 or measured.p95 < 0
    if not controls:
        if rose and clear:
            words = N_("{measure} rose by {amount} in pilot units, with no control units to compare with")
        elif rose:
            words = N_("{measure} rose by {amount} in pilot units, which is within what chance does")
        elif clear:
            words = N_("{measure} fell by {amount} in pilot units, with no control units to compare with")
        else:
            words = N_("{measure} fell by {amount} in pilot units, which is within what chance does")
    elif clear:
        if rose:
            words = N_("{measure} rose by {amount} more in pilot than in control units")
        else:
            words = N_("{measure} fell by {amount} more in pilot than in control units")
    elif rose:
        words = N_("{measure} rose by {amount} more in pilot than in control units, which is within what chance does")
    else:
        words = N_("{measure} fell by {amount} more in pilot than in control units, which is within what chance does")
    called = measure.upper() if measure in ("ex", "cx") else measure
    moved = lazy(words, measure=called, amount=Figure(abs(measured.median), "number", unit, measured.digits))
    if decision.choice == "open" and apart:
        words = N_("No decision: pilot and control units moved apart before the start already. {moved}; {reason}.")
        return lazy(words, moved=moved, reason=decision.reason)
    if conflict is not None:
        if decision.reason == conflict.reason:
            return lazy("The pilot contradicts what was believed. {moved}; {reason}.", moved=moved,
                        reason=decision.reason)  # fmt: skip
        rest = sentence(measure, measured, decision, controls=controls, unit=unit, weak=weak, drifts=drifts)
        return lazy("The pilot contradicts what was believed: {conflict}. {rest}", conflict=conflict.reason, rest=rest)
    if drifts is not None:
        moved = lazy("{moved}, but {drifts}", moved=moved, drifts=drifts)
    if weak is not None and decision.rule is None and clear:
        words = N_(
            "The pilot was too small to size the effect, and a clear reading of such a pilot overstates it: {weak}. "
            "{moved}; {reason}."
        )
        return lazy(words, weak=weak, moved=moved, reason=decision.reason)
    if weak is not None and decision.rule is None:
        words = N_("The pilot could not tell: {weak}. {moved}; {reason}.")
        return lazy(words, weak=weak, moved=moved, reason=decision.reason)
    if decision.choice == "open":
        return lazy("No clear choice. {moved}; {reason}.", moved=moved, reason=decision.reason)
    if decision.choice == "go":
        return lazy("Go: scale the driver. {moved}; {reason}.", moved=moved, reason=decision.reason)
    return lazy("Stop. {moved}; {reason}.", moved=moved, reason=decision.reason)
