# SPDX-License-Identifier: MIT
"""Whether what a study prints agrees: a test, p, standard error and interval of one estimate; a spread and its mean.

A test, a p value, a standard error and an interval are each compared by the test statistic that they stand for, within
what rounding in print leaves open. A tenth is granted on top: papers take t for z, or adjust degrees of freedom, and
neither changes what was found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import NormalDist, median
from typing import Any

from txsim.evidence.effect_sizes import t_from_p
from txsim.language import Message, lazy
from txsim.units import Scale

_GRANTED = 1.1
#: p values that are printed as bounds: what is smaller agrees with each.
_BOUNDS = (0.05, 0.01, 0.005, 0.001, 0.0005, 0.0001)
#: What a printed p of 0 is below: 0.00, where two digits are printed.
_ZERO = 0.005
_RATIOS = ("odds_ratio", "hazard_ratio")
_Range = tuple[float, float]
#: Share of a scale that answers of people spread at least, and what they can spread at most.
_LEAST, _MOST = 0.05, 1 / math.sqrt(2)
#: Degrees of freedom of an interval where nobody says of how many it is: the fewest that are usual.
_FEW = 5
#: How many times a spread may be that of other studies.
_ALIKE = 1.6


def disagreement(printed: Mapping[str, Any], level: float = 0.95) -> tuple[str, Message] | None:
    """Return the key of what contradicts the rest, and in what; ``None`` where all agree or nothing is said twice.

    ``printed``: ``r``, ``estimate``, ``odds_ratio`` or ``hazard_ratio`` if there is one, with any of ``n``, ``se``,
    ``interval``, ``t``, ``f`` and ``p``; what stands first in that order is compared with what follows.
    """
    way = next((key for key in ("r", "estimate", *_RATIOS) if key in printed), "")
    # Without its estimate an interval or an error says nothing of a test: not even their scale is known.
    beside = ("se", "interval") if way else ()
    said = [key for key in ("n" if way == "r" else "", *beside, "t", "f", "p") if key in printed]
    if len(said) < 2:
        return None
    try:
        return _against(printed, way, said, level)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None  # what is impossible by itself is told where it is converted


def _against(printed: Mapping[str, Any], way: str, said: list[str], level: float) -> tuple[str, Message] | None:
    df = printed["n"] - 2 if "n" in printed and way not in _RATIOS else math.inf
    first, *others = said
    source = f"{way} = {printed[way]:g}" if way else f"{first} = {printed[first]:g}"
    if way and first != "interval":
        source += f", {first} = {printed[first]:g}"
    elif way:
        source += f", {printed[first][0]:g} … {printed[first][1]:g}"
    estimate = _estimate(printed, way)
    for key in others:
        if key == "interval":
            low, high = printed["interval"]
            if way and not low < printed[way] < high:
                return key, lazy("the estimate {estimate:g} must lie inside {low:g} … {high:g}", estimate=printed[way],
                                 low=low, high=high)  # fmt: skip
            one, other = _errors(printed, way, first, level), _errors(printed, way, key, level)
            if _apart(one, other):
                return key, lazy("the interval is that of a standard error of {found:.3g}, but {source} give "
                                 "{follows:.3g}", found=sum(_errors(printed, way, key, level, wide=False)) / 2,
                                 source=source, follows=sum(one) / 2)  # fmt: skip
            continue
        one = _test(printed, first, df) if first in "tfp" else _of_errors(printed, way, first, level, estimate)
        middle = sum(one) / 2 if math.isfinite(one[1]) else one[0]
        if first == "interval":
            middle = sum(_of_errors(printed, way, first, level, estimate, wide=False)) / 2
        turned = key == "t" and way and printed["t"] * _sign(printed, way) < 0 and one[0] > 0.5
        if turned or _apart(one, _test(printed, key, df)):
            return key, lazy("{key} = {value:g} contradicts {source}: {key} = {follows:.2g} follows from that", key=key,
                             value=printed[key], source=source, follows=_told(key, middle, df))  # fmt: skip
    return None


def standard_errors_as_spreads(
    figures: Mapping[str, float], scale: Scale | None, others: Sequence[float] = ()
) -> tuple[str, Message, Message] | None:
    """Return which ``sd`` is most likely the standard error of a mean, why, and what to write; ``None`` without doubt.

    ``figures``: ``mean1, sd1, n1, mean2, sd2, n2``; ``scale``: of the answers: few of them spread as little as a
    standard error, and around most means none can (an NPS of 42 takes a spread of 49 at least); ``others``: spreads of
    other studies of the same figure, where the scale is not known.
    """
    found = None
    for arm in "12":  # a study prints both in one way
        mean, sd, n = (figures[f"{name}{arm}"] for name in ("mean", "sd", "n"))
        if not (sd > 0 and n > 1):
            return None
        whole = sd * math.sqrt(n)
        if scale is not None:
            reach = abs(scale.best - scale.worst)
            least = max(_LEAST * reach, _least_spread(mean, scale))
            doubtful = sd < least and _LEAST * reach <= whole <= _MOST * reach
            why = lazy("single answers on {name} spread by {least:.3g} at least around a mean of {mean:g}",
                       name=scale.name, least=least, mean=mean)  # fmt: skip
        else:
            usual = median(others) if others else math.nan
            doubtful = sd < usual / 4 and usual / _ALIKE <= whole <= usual * _ALIKE
            why = lazy("the other studies have standard deviations about {usual:.3g}", usual=usual)
        if not doubtful:
            return None
        if found is None:
            error = math.hypot(figures["sd1"] / math.sqrt(figures["n1"]), figures["sd2"] / math.sqrt(figures["n2"]))
            found = f"sd{arm}", lazy("a standard deviation of {sd:g} among {n:g}: a standard error? {why}", sd=sd, n=n,
                                    why=why), lazy(
                "write the standard deviation, {whole:.3g}, if it is one (times √n); if these are means of units, give "
                "the difference as `estimate` {difference:.4g} with `se` {error:.3g}", whole=whole,
                difference=figures["mean1"] - figures["mean2"], error=error)  # fmt: skip
    return found


def _least_spread(mean: float, scale: Scale) -> float:
    """Return the standard deviation of answers that lie on the two nearest steps of the scale around their mean."""
    reach = abs(scale.best - scale.worst)
    step = 100.0 if scale.measure != "mean" else 1.0 if reach <= 10 else 0.0
    if not step:
        return 0.0
    part = ((mean - scale.worst) / step) % 1.0
    return step * math.sqrt(part * (1 - part))


def half_digit(value: float) -> float:
    """Return half a unit of the last printed digit."""
    exponent = Decimal(f"{value:.12g}").as_tuple().exponent
    return 0.5 * 10.0**exponent if isinstance(exponent, int) else 0.0


def _apart(one: _Range, other: _Range) -> bool:
    return one[0] > _GRANTED * other[1] or other[0] > _GRANTED * one[1]


def _sign(printed: Mapping[str, Any], way: str) -> float:
    return math.log(printed[way]) if way in _RATIOS else float(printed[way])


def _estimate(printed: Mapping[str, Any], way: str) -> _Range:
    """Return within what the size of the estimate lies on its own scale, a logarithm of ratios."""
    if not way:
        return 0.0, math.inf
    value, half = float(printed[way]), half_digit(printed[way])
    low, high = value - half, value + half
    if way in _RATIOS:
        low, high = math.log(max(low, value / 2)), math.log(high)
    low, high = sorted((abs(low), abs(high))) if low * high > 0 else (0.0, max(-low, high))
    return low, high


def _errors(printed: Mapping[str, Any], way: str, key: str, level: float, *, wide: bool = True) -> _Range:
    """Return within what the standard error lies, on the scale of the estimate; of a correlation that of Fisher's z.

    Papers make intervals of means and slopes with Student's t, of large samples and by habit with z: ``wide`` holds
    both, else it is the one with which the number is converted.
    """
    if key == "n":
        return (se := 1 / math.sqrt(printed["n"] - 3)), se
    if key == "se":
        half = half_digit(printed["se"])
        return max(printed["se"] - half, 0.0), printed["se"] + half
    half = max(map(half_digit, printed["interval"]))
    turn = math.log if way in _RATIOS else math.atanh if way == "r" else float
    low, high = printed["interval"]
    most = least = 2 * NormalDist().inv_cdf((1 + level) / 2)
    if way == "estimate" and (wide or "n" in printed):
        most = 2 * t_from_p(1 - level, printed["n"] - 2 if "n" in printed else _FEW)
        least = least if wide else most
    width = turn(high) - turn(low)
    slack = abs(turn(high) - turn(high - half)) + abs(turn(low + half) - turn(low))
    return max(width - slack, 0.0) / most, (width + slack) / least


def _of_errors(
    printed: Mapping[str, Any], way: str, key: str, level: float, size: _Range, *, wide: bool = True
) -> _Range:
    """Return within what the test statistic lies that follows from the estimate and its error."""
    if key == "n":
        free = math.sqrt(printed["n"] - 2)
        return tuple(each * free / math.sqrt(1 - each**2) for each in (size[0], min(size[1], 0.9999)))  # type: ignore[return-value]
    low, high = _errors(printed, way, key, level, wide=wide)
    if way == "r":
        size = math.atanh(size[0]), math.atanh(min(size[1], 0.9999))
    return size[0] / high, size[1] / low if low > 0 else math.inf


def _test(printed: Mapping[str, Any], key: str, df: float) -> _Range:
    """Return within what the size of the test statistic lies that is printed as t, F or p."""
    value, half = float(printed[key]), half_digit(printed[key])
    if key == "p":
        most = _ZERO if value == 0 else min(value + half, 1 - 1e-9)
        least = 0.0 if value == 0 or value in _BOUNDS else value - half
        return t_from_p(most, df), t_from_p(least, df) if least > 0 else math.inf
    low, high = max(abs(value) - half, 0.0), abs(value) + half
    return (math.sqrt(low), math.sqrt(high)) if key == "f" else (low, high)


def _told(key: str, t: float, df: float) -> float:
    """Return a test statistic as t, F or a two-sided p."""
    if key == "p":
        from scipy.special import stdtr

        return float(2 * stdtr(df, -t)) if math.isfinite(df) else 2 * NormalDist().cdf(-t)
    return t**2 if key == "f" else t
