# SPDX-License-Identifier: MIT
"""What can be moved on the page: trust in claims and designs, links, other beliefs, drivers, the pilot, the firm."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from txsim.errors import InputError
from txsim.evidence import Claim, ScoredClaim, designs
from txsim.forecast import calibration_spec
from txsim.forecast.labels import label_of
from txsim.forecast.settable import Settable, settable_in
from txsim.language import N_, Message, Words, lazy, verbatim
from txsim.language.numbers import number
from txsim.priors.catalogue import Parameter, parameters
from txsim.priors.distributions import Distribution, is_point, point, quantile
from txsim.priors.moments import median
from txsim.results.names import node_message
from txsim.scenario import Scenario
from txsim.scenario.beliefs import DOUBT
from txsim.scenario.findings import value_at
from txsim.scenario.layers import parse_path
from txsim.scenario.yaml_reader import Path_
from txsim.workbench.quantities import Beyond, Part, Quantity, moved, typed

#: Prefixes of names that are no quantity of a scenario.
CREDIBILITY, DOUBTED = "credibility:", "doubt:"

#: What of a driver stands in its rows, by the end of its name.
_DRIVER = {
    "effect": N_("Effect, as designed"),
    "delivery": N_("Share delivered"),
    "one_off": N_("One-off cost"),
    "monthly": N_("Monthly cost"),
    "per_head_monthly": N_("Monthly cost per head"),
    "cost_overrun": N_("Bills against plan"),
    "months": N_("Months to full effect"),
    "slip": N_("Months late"),
    "fade": N_("Half is gone after, months"),
}
#: Nodes whose names are too long for a row.
_NODES = {
    "ux_employee": N_("tools"),
    "ux_customer": N_("channels"),
    "mx": N_("journeys"),
    "coordination": N_("coordination"),
}
_PILOT_WHOLE = {
    "months": (N_("Months it runs"), 1, 24),
    "decision_months": (N_("Months to the decision"), 0, 12),
    "units": (N_("Units that take part"), 1, 40),
    "waves": (N_("Waves of the survey"), 2, 12),
}
#: Labels of a pilot's quantities, and how far the slider of one reaches that is 0.
_PILOT = {
    "scope": (N_("Share of units"), 1.0),
    "respondents": (N_("People who answer a wave"), 200.0),
    "one_off": (N_("One-off cost"), 10_000.0),
    "monthly": (N_("Monthly cost"), 1_000.0),
    "cost_per_response": (N_("Cost of an answer"), 20.0),
    "response": (N_("Share who answer"), 1.0),
    "reusable": (N_("One-off cost reused"), 1.0),
}


#: Quantities of a pilot that count people.
_WHOLE = ("respondents", "control_respondents")


@dataclass(frozen=True)
class Control:
    """One thing that can be moved."""

    #: Its name in messages and journal: that of a parameter or quantity, ``credibility:CLAIM``, ``doubt:LINK``.
    name: str
    group: str  #: ``evidence``, ``links``, ``beliefs``, ``driver:NAME``, ``pilot``, ``terms`` or ``firm``.
    #: ``label``, ``question``: In a row, and above the picture when it is in hand.
    label: Words
    question: Words
    unit: Words  #: What it is counted in; ``%`` where 1 is shown as 100 %.
    place: Path_  #: Its path in a file.
    now: Distribution  #: What holds.
    #: ``low``, ``high``: Ends of its slider, in the unit of the file; ``log`` where equal steps are equal factors.
    low: float
    high: float
    log: bool = False
    #: ``least``, ``most``: Limits of what is possible, ``None`` for none.
    least: float | None = 0.0
    most: float | None = None
    whole: bool = False  #: Whether it is a whole number.
    below: str = ""  #: The design under which a claim's row stands.
    together: tuple[str, ...] = ()  #: Other claims that move with this one, for they tell the same story.
    about: str = ""  #: More on what it is: the publication of a claim.
    grouped: bool = False  #: Whether three digits behind a point may be thousands: of money and people.

    @property
    def middle(self) -> float:
        """Its median."""
        return median(self.now)

    @property
    def ends(self) -> tuple[float, float] | None:
        """Its 5 % and 95 % quantiles, ``None`` for a known number."""
        return None if is_point(self.now) else (quantile(self.now, 0.05), quantile(self.now, 0.95))

    def reach(self, value: float) -> tuple[float, float]:
        """Return the ends of its slider, wide enough for a value that was typed beyond them."""
        if self.low <= value <= self.high:
            return self.low, self.high
        if self.log:
            return min(self.low, value / 3), max(self.high, value * 3)
        if value < self.low:
            return value - 0.25 * (self.high - value), self.high
        far = _nice(1.25 * value)
        return self.low, far if self.most is None else min(far, self.most)

    def typed(self, text: str) -> float:
        """Return what was typed here, in the unit of the file; :class:`~txsim.errors.InputError` if that is asked."""
        return typed(text, percent=str(self.unit) == "%", grouped=self.grouped)

    def moved(self, part: Part, value: float, alone: bool | None = None) -> Quantity:
        """Return what a file says once a part of it is elsewhere; :class:`~txsim.errors.InputError` if it cannot be.

        ``alone``: as for :func:`txsim.workbench.quantities.moved`.
        """
        if self.whole and value != round(value):
            raise InputError(lazy("a whole number is counted here; {value} is none", value=number(value, 2)))
        try:
            return moved(self.now, part, value, low=self.least, high=self.most, alone=alone)
        except Beyond as error:  # said in the unit in which it was typed
            raise InputError(error.message(percent=str(self.unit) == "%")) from None


@dataclass(frozen=True)
class Controls:
    """Everything that can be moved in a scenario as it stands, and what a file may be told of it."""

    by_name: Mapping[str, Control]
    settable: Settable

    def __iter__(self) -> Iterator[Control]:
        return iter(self.by_name.values())


def controls_of(scenario: Scenario, beliefs: Mapping[str, Parameter]) -> Controls:
    """Return what can be moved.

    ``beliefs``: what its file may have beliefs about, from :func:`~txsim.scenario.prior_setting.usable_parameters`.
    """
    settable = settable_in(scenario, beliefs)
    every = [*_trust(scenario), *_links(scenario), *_beliefs(scenario), *_own(scenario, settable), *_terms(scenario)]
    return Controls({control.name: control for control in every}, settable)


def _share(name: str, group: str, label: Words, question: Words, place: Path_, value: float, **more: Any) -> Control:
    return Control(name, group, label, question, "%", place, point(value), 0.0, 1.0, most=1.0, **more)


def _trust(scenario: Scenario) -> Iterator[Control]:
    # What the file takes at face value is not weighed: whoever wants to weigh it takes it out of `face_value` first.
    claims = [claim for claim in scenario.selection().claims if claim.id not in scenario.evidence.face_value]
    kinds, trust = designs(), scenario.evidence.settings()
    by_cluster: dict[str, list[ScoredClaim]] = {}
    for claim in claims:
        by_cluster.setdefault(claim.cluster, []).append(claim)
    for kind, design in kinds.items():
        own = [claim for claim in claims if claim.design == kind]
        if not own:
            continue
        name = lazy(design.title)
        value = trust.believed(design)
        question = lazy("How probable is it that such a study is sound: {design}?", design=name)
        # What hangs together with claims of another kind keeps its trust, for a story is believed as a whole.
        mixed = [c.id for c in claims if any(o.design == kind for o in by_cluster[c.cluster])
                 and any(o.design != kind for o in by_cluster[c.cluster])]  # fmt: skip
        place = ("evidence", "credibility", kind)
        yield _share(CREDIBILITY + kind, "evidence", name, question, place, value, together=tuple(mixed))
        for claim in own:
            with_it = tuple(other.id for other in by_cluster[claim.cluster] if other.id != claim.id)
            question = lazy("How probable is it that {claim} is sound?", claim=claim.id)
            place = ("evidence", "credibility", claim.id)
            yield _share(
                CREDIBILITY + claim.id, "evidence", verbatim(claim.id), question, place, claim.credibility,
                below=kind, together=with_it, about=cited(scenario.claims()[claim.id]),
            )  # fmt: skip


def cited(claim: Claim) -> str:
    """Return where a claim was published, and when."""
    return f"{claim.source}{f', {claim.year}' if claim.year else ''}"


def _links(scenario: Scenario) -> Iterator[Control]:
    spec = calibration_spec(scenario, data=False)
    slopes = {}
    for edge in scenario.full_graph().edges:
        if edge.slope in spec.priors and edge.slope not in slopes:
            slopes[edge.slope] = lazy("{source} → {target}", source=_short(edge.source), target=_short(edge.target))
    for name, label in slopes.items():
        yield _belief(name, "links", label, spec.priors[name])
    for name, label in slopes.items():
        doubt = scenario.link_doubt.get(name, 0.0)
        question = lazy("How probable is it that this link does nothing: {link}?", link=label)
        yield _share(
            DOUBTED + name, "doubt", label, question, ("priors", DOUBT, name), doubt,
        )  # fmt: skip


def _short(node: str) -> Message:
    return lazy(_NODES[node]) if node in _NODES else node_message(node)


def _belief(name: str, group: str, label: Words, prior: Distribution) -> Control:
    entry = parameters().get(name)
    meaning = lazy(entry.meaning) if entry is not None else label
    unit = lazy(entry.unit) if entry is not None else lazy("points per point")
    share = entry is not None and entry.low == 0 and entry.high == 1
    low, high, log = _range(prior, share)
    least = None if entry is None else entry.least
    return Control(
        name, group, label, meaning, "%" if share and entry is not None and entry.unit == "share" else unit,
        ("priors", name), prior, low, high, log, least, entry.high if entry is not None else None,
    )  # fmt: skip


def _range(d: Distribution, share: bool) -> tuple[float, float, bool]:
    """Return the ends of a slider: far enough for what is believed, and the same however it is moved a little."""
    if share:
        return 0.0, 1.0, False
    middle = median(d)
    if middle > 0:
        base = 10.0 ** (round(2 * math.log10(middle)) / 2)
        return base / 30, base * 30, True
    spread = max(abs(quantile(d, 0.95)), abs(quantile(d, 0.05)), 1.0)
    return -2 * spread, 2 * spread, False


def _beliefs(scenario: Scenario) -> Iterator[Control]:
    spec = calibration_spec(scenario, data=False)
    slopes = {edge.slope for edge in scenario.full_graph().edges}
    for name, prior in spec.priors.items():
        if name not in slopes:
            entry = parameters().get(name)
            label = lazy(entry.meaning) if entry is not None else verbatim(name)
            yield _belief(name, "beliefs", label, prior)


def _own(scenario: Scenario, settable: Settable) -> Iterator[Control]:
    for name, place in settable.places.items():
        parameter = settable.parameters[name]
        now = parameter.prior
        if now is None:
            continue
        owner, _dot, rest = name.partition(".")
        last = rest.rpartition(".")[2]
        group = "firm"
        label: Words = label_of(scenario, name).meaning
        driver = next((each for each in scenario.drivers if each.name == owner), None)
        if driver is not None:
            group = f"driver:{owner}"
            label = _of_driver(scenario, name, rest, last, label)
        elif owner == "pilot":
            group = "pilot"
            label = lazy(_PILOT[rest][0]) if rest in _PILOT else label
        share = parameter.unit == "share"
        if now.args == (0.0,) and is_point(now) and not (group in ("pilot",) and rest in _PILOT):
            continue  # what a scenario does without is written into its file, not slid to
        low, high, log = _own_range(now, parameter, share)
        if group == "pilot" and rest in _PILOT and median(now) == 0:
            low, high, log = 0.0, _PILOT[rest][1], False
        unit: Words = "%" if parameter.unit in ("share", "ratio") else lazy(parameter.unit)
        question = label_of(scenario, name).meaning
        least, most = parameter.least, parameter.high
        if place[:2] == ("organisation", "index"):
            place, (low, high) = _of_index(scenario, place)
            log, least, most = False, low, high
        whole = group == "pilot" and rest in _WHOLE and is_point(now)
        yield Control(
            name, group, label, question, unit, place, now, low, high, log, least, most, whole,
            grouped=parameter.grouped,
        )  # fmt: skip
    if scenario.pilot is not None:
        for key, (words, least, most) in _PILOT_WHOLE.items():
            value = float(getattr(scenario.pilot, key))
            top = float(max(most, 2 * value))
            yield Control(
                f"pilot.{key}", "pilot", lazy(words), lazy(words), "", ("pilot", key), point(value),
                float(least), top, False, float(least), None, whole=True,
            )  # fmt: skip


def _of_index(scenario: Scenario, place: Path_) -> tuple[Path_, tuple[float, float]]:
    """Return where the level of a node stands, which may be short for a mapping, and the ends of its scale."""
    layers = scenario._places
    if layers is not None and not isinstance(value_at(layers.data, place[:-1]), dict):
        place = place[:-1]
    baseline = scenario.baseline(str(place[2]))
    ends = (0.0, 100.0) if baseline is None else (baseline.scale.worst, baseline.scale.best)
    return place, (min(ends), max(ends))


def _of_driver(scenario: Scenario, name: str, rest: str, last: str, meaning: Words) -> Words:
    if last not in _DRIVER or rest.startswith(("benefits", "costs")):
        return meaning
    if rest.startswith("pushes"):
        index = parse_path(name)[2]
        driver = next(each for each in scenario.drivers if each.name == name.partition(".")[0])
        push = driver.pushes[int(index)]
        where = node_message(f"{push.node}[{push.group}]" if push.group else push.node)
        return lazy("{what}: {node}", what=lazy(_DRIVER[last]), node=where)
    return lazy(_DRIVER[last])


def _own_range(now: Distribution, parameter: Parameter, share: bool) -> tuple[float, float, bool]:
    if share:
        return 0.0, 1.0 if parameter.high is None or median(now) <= 1 else float(parameter.high), False
    middle = median(now)
    if middle > 0:
        top = _nice(3 * middle)
        return 0.0, top if parameter.high is None else min(top, float(parameter.high)), False
    return _range(now, share)


def _nice(value: float) -> float:
    """Return a round number that is not smaller."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 5, 7.5, 10) if step * power >= value * 0.999)


def _terms(scenario: Scenario) -> Iterator[Control]:
    months, rate = lazy("Months that are counted"), lazy("Discount rate a year")
    yield Control(
        "horizon_months", "terms", months, months, "", ("horizon_months",), point(float(scenario.horizon_months)),
        6.0, float(max(120, scenario.horizon_months)), False, 1.0, 240.0, whole=True,
    )  # fmt: skip
    yield Control(
        "discount_rate", "terms", rate, rate, "%", ("discount_rate",), point(float(scenario.discount_rate)),
        0.0, max(0.3, 2 * float(scenario.discount_rate)), False, 0.0, 1.0,
    )  # fmt: skip
