# SPDX-License-Identifier: MIT
"""How people write a quantity: a number, an interval, quantiles, ``median ×/÷ factor`` or a named distribution.

============================================  ==========================================================
written                                       read as
============================================  ==========================================================
``3``                                         known
``20 %``                                      0.2, where a share is meant
``0.30 ×/÷ 7.5`` (also ``x/``, ``*/``)        log-normal, 90 % interval 0.30/7.5 … 0.30·7.5
``{median: 0.3, factor: 7.5}``                the same
``{interval: [2, 8]}``                        90 % interval; with ``median: 4`` and ``family: normal`` if wanted,
                                              refused as quantiles are
``{quantiles: {0.05: 1, 0.5: 2, 0.95: 6}}``   best fit, refused if it misses by more than 5 % of probability
``{distribution: beta, a: 2, b: 5}``          by name, see :data:`txsim.priors.distributions.FAMILIES`
============================================  ==========================================================
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from txsim.errors import did_you_mean, message_of
from txsim.language import Message, Words, lazy, verbatim
from txsim.priors.distributions import FAMILIES, Distribution, clipped, is_point, lognormal, point, support
from txsim.priors.fits import (
    CLIPPED_MASS,
    FITTED,
    LARGEST_MISS,
    fit_quantiles,
    fitting,
    from_interval,
    mass_beyond,
    misfit,
    missed_values,
    refuse_one_sided,
    shown,
    value_at,
)
from txsim.priors.moments import typical_figures
from txsim.priors.splines import SPLINES
from txsim.priors.typed_numbers import LARGEST
from txsim.priors.written_numbers import (
    DIGITS,
    FORMS,
    QuantityError,
    beyond_limits,
    kind_name,
    limits_in_words,
    number_of,
    quantity_meant,
    refuse_beyond,
    text_number,
    written_alike,
)

_TIMES = re.compile(rf"\s*([-+]?{DIGITS})\s*(%?)\s*(?:×|x|X|\*)\s*/\s*÷?\s*({DIGITS})\s*")
#: What may be written for a spline of the kind that the quantity allows.
SPLINE = "spline"
#: Largest misfit of a fit to quantiles, in probability.
_MISFIT = 0.05
#: Of an interval that touches a limit, by how much of its width the cure draws that end inside.
_INSIDE = 0.01

#: Families of what lies between 0 and 1.
_SHARES = ("beta", "spline_logitnormal")
#: Families of which every value is above 0, so that a median of 0 is none.
_LOGS = ("lognormal", "split_lognormal", "lognormal_mixture", "spline_lognormal")
#: Figures of a distribution by the name of :func:`~txsim.priors.moments.typical_figures`, in words.
_FIGURES = {
    "lowest": lazy("lowest value"),
    "highest": lazy("highest value"),
    "5 %": lazy("low end, 5 %,"),
    "median": lazy("median"),
    "95 %": lazy("high end, 95 %,"),
    "mean": lazy("mean"),
}


def parse_quantity(
    raw: Any, *, share: bool = False, low: float | None = None, high: float | None = None
) -> Distribution:
    """Return the distribution that a person wrote.

    ``raw``: plain data as read from YAML, see :data:`FORMS`; a :class:`Distribution` is taken as it is. ``share``:
    whether it is a fraction 0 … 1, so that ``20 %`` may be written for 0.2. ``low``, ``high``: physical limits. At most
    0.1 % of the mass may lie beyond them and is moved onto them (:func:`txsim.priors.distributions.clipped`); more is
    refused. Raises QuantityError with what was expected and what was probably meant.

    >>> parse_quantity({"median": 10, "factor": 2}).family
    'lognormal'
    """
    if share:
        low, high = (0.0 if low is None else low), (1.0 if high is None else high)
    ends = (-math.inf if low is None else low, math.inf if high is None else high)
    try:
        distribution = raw if isinstance(raw, Distribution) else _read(raw, share, ends)
    except QuantityError:
        raise
    except (ValueError, OverflowError) as error:
        raise QuantityError(message_of(error)) from error
    signed = isinstance(raw, str) and "%" in raw
    with np.errstate(all="ignore"):  # of what is beyond sense, which is refused next
        return _within_sense(_inside(distribution, *ends, share, signed))


def _within_sense(d: Distribution) -> Distribution:
    """Return the distribution, or refuse one whose figures nobody can compute with, whatever its family.

    Every number that states it may be fair and its draws yet be infinite, or 0 for want of smaller numbers: a
    log-normal of ``mu: 1000``, or of ``sigma: 1000``.
    """
    if is_point(d):
        return d
    easier = lazy("a 90 % interval is easier to check: write {interval: [1, 6]}")
    for name, value in typical_figures(d).items():
        if not abs(value) <= LARGEST:
            figure: Words = f"{value:.3g}" if math.isfinite(value) else lazy("beyond all numbers")
            message = lazy("this distribution is too wide or too far out: its {name} is {figure}; numbers are finite "
                           "and at most 1e15", name=_FIGURES[name], figure=figure)  # fmt: skip
            raise QuantityError(message, easier)
        if name == "median" and value == 0 and d.family in _LOGS:
            message = lazy("this distribution is too close to 0: half of it is smaller than any number that is known")
            raise QuantityError(message, easier)
    return d


def _inside(d: Distribution, low: float, high: float, share: bool, signed: bool) -> Distribution:
    """Return the distribution held to its limits, or refuse it; ``signed``: it was written with a percent sign."""
    bottom, top = support(d)
    if bottom >= low and top <= high:
        return d
    limits = limits_in_words(low, high, share=share)
    if d.family == "point":
        value = d.args[0]
        if signed and share:
            # Whoever wrote the sign knows that it is a share: there is no other reading to point to.
            limits = f"{100 * low:g} % … {100 * high:g} %"
            message = lazy("{value:g} % is outside what is possible, {limits}", value=100 * value, limits=limits)
            raise QuantityError(message)
        raise beyond_limits(value, low, high, share=share)
    refuse_beyond([value_at(d, 0.5)], low, high, share=share)
    beyond = mass_beyond(d, low, high)
    if beyond > CLIPPED_MASS:
        message = lazy("{beyond:.2g} % of it lies outside what is possible, {limits}", beyond=100 * beyond,
                       limits=limits)  # fmt: skip
        hint = (lazy("a narrower one, or a lognormal or gamma, would stay above 0") if low == 0
                else lazy("a narrower one would stay inside"))  # fmt: skip
        if math.isfinite(low) and math.isfinite(high):
            hint = lazy("a narrower one, or a beta or triangular between the limits, would stay inside")
        raise QuantityError(message, hint)
    return clipped(d, low, high)


def _read(raw: Any, share: bool, limits: tuple[float, float]) -> Distribution:
    if isinstance(raw, str) and (match := _TIMES.fullmatch(raw)) is not None:
        middle = text_number(f"{match[1]} %", "median", share) if match[2] else float(match[1])
        return _times(number_of(middle, "median", share), number_of(float(match[3]), "factor", False))
    if not isinstance(raw, Mapping):
        return point(number_of(raw, "value", share))
    meant = quantity_meant(raw, share=share, high=limits[1])
    if "distribution" in raw:
        return _named(raw, share)
    if meant is not None:
        raise QuantityError(_no_quantity(raw, ""), meant)
    if "quantiles" in raw:
        return _quantiles(raw, share, limits)
    if "interval" in raw:
        return _interval(raw, share, limits)
    if "median" in raw or "factor" in raw:
        _only(raw, ("median", "factor"))
        _all(raw, ("median", "factor"))
        return _times(number_of(raw["median"], "median", share), number_of(raw["factor"], "factor", False))
    keys = ("median", "factor", "interval", "quantiles", "distribution")
    close = did_you_mean(str(next(iter(raw), "")), keys)
    raise QuantityError(_no_quantity(raw, close), lazy("a quantity is {forms}", forms=FORMS))


def _no_quantity(raw: Mapping[Any, Any], close: Words) -> Message:
    keys: Words = ", ".join(f"`{key}`" for key in raw)[:80] or lazy("no keys")
    return lazy("this is not a quantity: {unknown}{close}", unknown=keys, close=close)


def _times(middle: float, factor: float) -> Distribution:
    if middle <= 0:
        message = lazy("median: {middle:g} ×/÷ a factor needs a median above 0", middle=middle)
        hint = lazy("for values below 0 write {{distribution: normal, mean: {middle:g}, sd: …}}", middle=middle)
        raise QuantityError(message, hint, "median")
    if factor <= 1:
        message = lazy("factor: must be above 1, it is {factor:g}", factor=factor)
        raise QuantityError(message, lazy("for a known number write {middle:g} alone", middle=middle), "factor")
    return lognormal(middle, factor)


def _quantiles(raw: Mapping[Any, Any], share: bool, limits: tuple[float, float]) -> Distribution:
    _only(raw, ("quantiles", "family"))
    entries = raw["quantiles"]
    if not isinstance(entries, Mapping):
        message = lazy("quantiles: expected probabilities with their values, found {kind}", kind=kind_name(entries))
        raise QuantityError(message, verbatim("quantiles: {0.05: 1, 0.5: 3, 0.95: 6}"), "quantiles")
    read: dict[float, float] = {}
    for level, value in entries.items():
        if isinstance(level, str) and (told := re.fullmatch(r"[pPqQ]\s?(\d{1,2}(?:\.\d+)?)", level)) is not None:
            message = lazy("a probability lies between 0 and 1, it is {level}", level=level)
            raise QuantityError(message, lazy("write {text}", text=f"{float(told[1]) / 100:g}"), "quantiles")
        at = number_of(level, "quantiles", True)
        if not 0 < at < 1:
            percent = lazy("for {percent:g} % write {level:g}", percent=at, level=at / 100) if 1 <= at < 100 else None
            message = lazy("a probability lies between 0 and 1, it is {level:g}", level=at)
            raise QuantityError(message, percent, "quantiles")
        if at in read:
            raise QuantityError(lazy("quantiles: the probability {at:g} stands twice", at=at), None, "quantiles")
        read[at] = number_of(value, "quantiles", share)
    if len(read) < 2:
        raise QuantityError(lazy("at least two values with their probability are needed"), None, "quantiles")
    _refuse_mixed(entries.values(), list(read.values()), "quantiles")
    refuse_one_sided(sorted(read))
    refuse_beyond(read.values(), *limits, share=share)
    family = _through_all(_family(raw, (*FITTED, SPLINE)), read, share) or ("beta" if share else None)
    return _as_stated(fit_quantiles(read, family)[0], read, limits, "quantiles")


def _as_stated(fit: Distribution, stated: Mapping[float, float], limits: tuple[float, float], key: str) -> Distribution:
    """Return a fit with what was stated, or refuse one that misses it, in probability or in the unit."""
    if misfit(fit, stated) > _MISFIT or missed_values(fit, stated) > LARGEST_MISS:
        fitted = shown(value_at(fit, level) for level in stated)
        message = lazy("no {family} goes through these values: stated {said}, fitted {fitted}", family=fit.family,
                       said=shown(stated.values()), fitted=fitted)  # fmt: skip
        other = fitting(stated, *limits)
        cure = (
            lazy("write `family: {family}`, as an option `--family {family}`, which has them", family=other)
            if other
            else lazy("state only two or three values by probability")
            if key == "quantiles"
            else lazy("leave the median out")
        )
        raise QuantityError(message, cure, key)
    return replace(fit, stated=tuple(stated.items()))


def _through_all(family: str | None, stated: Mapping[float, float], share: bool) -> str | None:
    """Return which spline is meant where only `spline` is written: of what is possible for the quantity."""
    if family != SPLINE:
        return family
    if share and min(stated.values()) > 0 and max(stated.values()) < 1:
        return "spline_logitnormal"
    return "spline_lognormal" if min(stated.values()) > 0 else "spline_normal"


def _interval(raw: Mapping[Any, Any], share: bool, limits: tuple[float, float]) -> Distribution:
    _only(raw, ("interval", "median", "family"))
    ends = raw["interval"]
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        message = lazy(
            "interval: expected two numbers between which it lies with 90 %: 5 in 100 below the first, 5 in 100 above "
            "the second"
        )
        raise QuantityError(message, verbatim("interval: [1, 6]"), "interval")
    low, high = (number_of(end, "interval", share) for end in ends)
    middle = number_of(raw["median"], "median", share) if "median" in raw else None
    try:
        refuse_beyond((low, high), *limits, share=share)
        _refuse_mixed(ends, (low, high), "interval")
    except QuantityError as error:
        told = written_alike([ends[0], raw.get("median", ends[0]), ends[1]], share, limits[1])
        if told is None or not 0 <= told[0][0] <= told[1][0] < told[2][0] <= 100 * limits[1]:
            raise
        inside = "" if middle is None else f", median: {told[1][1]}"
        text = f"{{interval: [{told[0][1]}, {told[2][1]}]{inside}}}"
        raise QuantityError(error.message, lazy("write {text}", text=text), error.key) from None
    family = _family(raw, (*FITTED, SPLINE, "uniform"))
    family = _through_all(family, {0.05: low} | ({} if middle is None else {0.5: middle}) | {0.95: high}, share)
    if family is None and share and (low > 0 or low == limits[0]) and high <= 1:
        family = "beta"
    if low < high:
        _refuse_touching(low, high, (limits[0], 1.0 if family in _SHARES else limits[1]), more=limits[1] > 1.0)
    fit = from_interval(low, high, middle, family)
    if middle is not None:
        return _as_stated(fit, {0.05: low, 0.5: middle, 0.95: high}, limits, "median")
    if misfit(fit, {0.05: low, 0.95: high}) > 1e-6:
        message = lazy("no {family} has this interval", family=fit.family)
        raise QuantityError(message, lazy("state another family: {fitted}", fitted=", ".join(FITTED)), "interval")
    return fit


def _refuse_mixed(written: Iterable[Any], read: Sequence[float], key: str) -> None:
    """Ask about numbers of which only some have a percent sign and that do not rise as they are read: `[1, 3 %]`."""
    bare = [value for value in written if not isinstance(value, str)]
    if 0 < len(bare) < len(read) and any(b <= a for a, b in itertools.pairwise(read)):
        message = lazy("{key}: write the percent sign behind each number that is in percent", key=key)
        raise QuantityError(message, lazy("write {text}", text=f"{bare[0]:g} %"), key)


def _refuse_touching(low: float, high: float, limits: tuple[float, float], *, more: bool) -> None:
    """Refuse an interval of which an end is a limit, where no family has a 5 % or 95 % quantile.

    ``more``: a beta ends at 1, the quantity does not.
    """
    step = _INSIDE * (high - low)
    first, last = low + step * (low == limits[0]), high - step * (high == limits[1])
    if (first, last) == (low, high):
        return
    message = lazy(
        "of a 90 % interval 5 % lie beyond each end; {low:g} … {high:g} ends at a limit, {limits}",
        low=low, high=high, limits=limits_in_words(*limits),
    )  # fmt: skip
    hint = lazy(
        "if all of it lies between these ends, write {{distribution: uniform, low: {low:g}, high: {high:g}}}",
        low=low, high=high,
    )  # fmt: skip
    if limits[1] in (1.0, math.inf):  # of a beta, or without an upper limit
        hint = lazy(
            "write where 5 % lie beyond, {{interval: [{first:.3g}, {last:.3g}]}}; {hint}",
            first=first, last=last, hint=hint,
        )  # fmt: skip
    if high == limits[1] and more:
        hint = lazy("{hint}; if more than {high:g} is possible, `family: lognormal`", hint=hint, high=high)
    raise QuantityError(message, hint, "interval")


def _named(raw: Mapping[Any, Any], share: bool) -> Distribution:
    family = raw["distribution"]
    if not isinstance(family, str) or family not in (*FAMILIES, *SPLINES):
        message = lazy(
            "unknown distribution `{family}`{suggestion}",
            family=str(family)[:40],
            suggestion=did_you_mean(str(family), FAMILIES),
        )
        raise QuantityError(message, lazy("known: {names}", names=", ".join(FAMILIES)), "distribution")
    if family == "lognormal" and not {"mu", "sigma"} & set(raw):
        _only(raw, ("distribution", "median", "factor"))
        _all(raw, ("median", "factor"))
        return _times(number_of(raw["median"], "median", share), number_of(raw["factor"], "factor", False))
    if family in SPLINES:
        message = lazy("a {family} is written by values with their probability: `quantiles`", family=family)
        hint = verbatim(f"{{quantiles: {{0.05: 1, 0.5: 3, 0.95: 6}}, family: {family}}}")
        raise QuantityError(message, hint, "distribution")
    if family == "lognormal_mixture" and not {"mu", "mu2"} & set(raw):
        return _mixture(raw, share)
    names = FAMILIES[family]
    _only(raw, ("distribution", *names))
    given = {"low": 0.0, "high": 1.0} if family == "beta" else {}
    given |= {str(key): number_of(value, str(key), share) for key, value in raw.items() if key != "distribution"}
    _all(given, names)
    return Distribution(family, tuple(given[name] for name in names))


def _mixture(raw: Mapping[Any, Any], share: bool) -> Distribution:
    """Read two log-normals, each ``median ×/÷ factor``, with their weights."""
    names = ("weights", "medians", "factors")
    _only(raw, ("distribution", *names))
    _all(raw, names)
    pairs = []
    for name in names:
        pair = raw[name]
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            message = lazy("{name}: expected two numbers, one for each part of the mixture", name=name)
            raise QuantityError(message, verbatim(f"{name}: [1, 2]"), name)
        pairs.append([number_of(number, name, share and name == "medians") for number in pair])
    weights, medians, factors = pairs
    if not (min(weights) > 0 and math.isclose(sum(weights), 1.0, abs_tol=1e-6)):
        message = lazy("weights: must be above 0 and add up to 1, they are {first:g} and {second:g}",
                       first=weights[0], second=weights[1])  # fmt: skip
        raise QuantityError(message, None, "weights")
    one, two = (_times(middle, factor) for middle, factor in zip(medians, factors, strict=True))
    return Distribution("lognormal_mixture", (weights[0] / sum(weights), *one.args, *two.args))


def _family(raw: Mapping[Any, Any], known: Sequence[str]) -> str | None:
    family = raw.get("family")
    if family is None or (isinstance(family, str) and family in known):
        return family
    message = lazy(
        "family: unknown `{family}`{suggestion}", family=str(family)[:40], suggestion=did_you_mean(str(family), known)
    )
    raise QuantityError(message, lazy("known: {names}", names=", ".join(known)), "family")


def _only(raw: Mapping[Any, Any], allowed: Sequence[str]) -> None:
    for key in raw:
        if key not in allowed:
            message = lazy(
                "unknown key `{key}` in a quantity{suggestion}",
                key=str(key)[:40],
                suggestion=did_you_mean(str(key), allowed),
            )
            raise QuantityError(message, lazy("here: {names}", names=", ".join(allowed)), str(key), unknown=True)


def _all(given: Mapping[Any, Any], names: Sequence[str]) -> None:
    missing = [name for name in names if name not in given]
    if missing:
        message = lazy("missing here: {missing}", missing=", ".join(missing))
        raise QuantityError(message, lazy("needed: {names}", names=", ".join(names)))
