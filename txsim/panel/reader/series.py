# SPDX-License-Identifier: MIT
"""One series of a panel, EX or CX: answers, shares or scores on any scale, as index points with their noise."""

from __future__ import annotations

import re

import numpy as np

from txsim.errors import InputError, Problem
from txsim.panel.reader.cells import Cells
from txsim.panel.reader.link_spec import AUTO, RAW
from txsim.panel.reader.numerals import SENTINELS
from txsim.panel.reader.panel import FEWEST
from txsim.types import Array
from txsim.units import SCALES

__all__ = ["read_series"]


#: Typical variance of one answer, squared index points, where only a mean and a count are known (judgement): a score's
#: answers have an sd of about 22 points; of NPS answers about 30 % are passive.
_ANSWER_SD = 22.0
_PASSIVE = 0.3
#: Robust standard deviations beyond which a value is no answer but a slip of the pen.
_SLIP = 20.0


def read_series(cells: Cells, series: str) -> tuple[Array, Array, Array, str]:
    """Return values in index points (or raw), respondents, variance of one answer, and the scale."""
    count = np.full(len(cells.table.rows), np.nan)
    if f"n_{series}" in cells.column:
        count = cells.numbers(f"n_{series}", comma="thousands")
        for k, (line, _) in enumerate(cells.table.rows):
            if np.isfinite(count[k]) and count[k] <= 0:
                if count[k] < 0:
                    cells.place(line, f"n_{series}", "respondents below zero", refuse=True)
                count[k] = np.nan if count[k] < 0 else 0.0
            elif np.isfinite(count[k]) and count[k] > 1e7:
                cells.place(line, f"n_{series}", "more respondents than can be", f"{count[k]:g}", refuse=True)
                count[k] = np.nan
    if f"{series}_promoters" in cells.column:
        return _shares(cells, series, count)
    answers = sorted(int(name.split("_")[1]) for name in cells.column if re.fullmatch(rf"{series}_\d+", name))
    if answers:
        return _answers(cells, series, answers)
    values = cells.numbers(series)
    values[count == 0] = np.nan
    scale = cells.spec.scale_of(series)
    if scale == AUTO:
        scale = _guess(cells, series, values)
    values = _checked(cells, series, _percentages(cells, series, values, scale), count, scale)
    if scale == RAW:
        return values, count, np.full(len(values), np.nan), scale
    told = SCALES[scale]
    index = 100.0 * (values - told.worst) / (told.best - told.worst)
    return index, count, _answer_variance(index, told.measure), scale


def _percentages(cells: Cells, series: str, values: Array, scale: str) -> Array:
    """Return percentages where a file writes fractions of one; a fraction among percentages is refused."""
    seen = np.isfinite(values) & ~np.isin(values, list(SENTINELS))
    if scale not in ("index", "percent") or seen.sum() < 3:
        return values
    if values[seen].min() >= 0 and values[seen].max() <= 1:
        cells.report.warnings.append(f"{series.upper()} lies between 0 and 1: taken for fractions, 0.5 for 50")
        return np.where(seen, 100.0 * values, values)
    low = seen & (values > 0) & (values < 1)
    others = values[seen & ~low]
    found = values.copy()
    if low.any() and others.size and np.quantile(others, 0.02) > 5:
        for k in np.flatnonzero(low):
            cells.place(cells.table.rows[k][0], series, "a fraction among percentages", f"{values[k]:g}", refuse=True)
            found[k] = np.nan
    return found


def _shares(cells: Cells, series: str, count: Array) -> tuple[Array, Array, Array, str]:
    up, down = cells.numbers(f"{series}_promoters"), cells.numbers(f"{series}_detractors")
    passive = cells.numbers(f"{series}_passives") if f"{series}_passives" in cells.column else None
    if passive is not None:
        total = up + down + passive
        whole = float(np.nanmedian(total)) if np.isfinite(total).any() else 0.0
        if not (abs(whole - 1) < 0.03 or abs(whole - 100) < 3):  # counts, not shares
            count = total
            up, down, whole = up / np.maximum(total, 1), down / np.maximum(total, 1), 1.0
    else:
        total = up + down
        whole = 1.0 if np.nanmax(np.append(total, 0.0)) <= 1.0 else 100.0
    up, down = up / (100 if whole > 2 else 1), down / (100 if whole > 2 else 1)
    for k, (line, _) in enumerate(cells.table.rows):
        if np.isfinite(up[k] + down[k]) and (up[k] < 0 or down[k] < 0 or up[k] + down[k] > 1.03):
            cells.place(line, f"{series}_promoters", "shares outside 0 … 100 %", refuse=True)
            up[k] = np.nan
    net = up - down
    variance = 2500.0 * np.maximum(up + down - net**2, 0.01)  # index points: an answer is worth 0, 50 or 100
    return 50.0 * (net + 1.0), count, variance, "enps" if series == "ex" else "nps"


def _answers(cells: Cells, series: str, answers: list[int]) -> tuple[Array, Array, Array, str]:
    table = np.stack([np.nan_to_num(cells.numbers(f"{series}_{a}", comma="thousands")) for a in answers], axis=1)
    count = table.sum(axis=1)
    scale = cells.spec.scale_of(series)
    if scale == AUTO:
        top = answers[-1]
        scale = {10: "nps" if answers[0] == 0 else "likert10", 5: "likert5", 7: "likert7"}.get(top, "likert5")
    worth = np.array(answers, dtype=float)
    if SCALES[scale].measure == "nps":
        points = np.where(worth >= 9, 100.0, np.where(worth <= 6, 0.0, 50.0))
    else:
        told = SCALES[scale]
        points = 100.0 * (worth - told.worst) / (told.best - told.worst)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = table / count[:, None]
        mean = share @ points
        variance = np.maximum(share @ points**2 - mean**2, 1.0)
    count = np.where(count > 0, count, np.nan)
    return np.where(np.isfinite(count), mean, np.nan), count, variance, scale


def _guess(cells: Cells, series: str, values: Array) -> str:
    seen = values[np.isfinite(values)]
    sane = seen[~np.isin(seen, list(SENTINELS))] if seen.size else seen
    if sane.size < 3:
        return RAW
    low, high = np.quantile(sane, [0.005, 0.995])
    if low >= 0 and high <= 10 and high > 5.0:
        scale = "zero_to_ten"
    elif low >= 1 and high <= 5 and high > 1.5:
        scale = "likert5"
    elif low >= 0 and high <= 100 and high > 10:
        scale = "index"
    elif -100 <= low < 0 and high <= 100 and max(-low, high) > 15:
        scale = "enps" if series == "ex" else "nps"
    else:
        scale = RAW
    told = "no known scale, so that effects are told in standard deviations" if scale == RAW else f"the scale `{scale}`"
    cells.report.warnings.append(
        f"{series.upper()} lies between {low:.3g} and {high:.3g}: taken for {told}. Say --scale if that is wrong"
    )
    return scale


def _checked(cells: Cells, series: str, values: Array, count: Array, scale: str) -> Array:
    found = values.copy()
    finite = np.isfinite(values)
    if scale == RAW:
        sane = values[finite & ~np.isin(values, list(SENTINELS))]
        if sane.size < 3:
            return found
        middle = float(np.median(sane))
        width = 1.4826 * float(np.median(np.abs(sane - middle)))
        width = width or float(sane.std()) or 1.0
        outside = finite & (np.abs(values - middle) > _SLIP * width)
        limits = "far from all others"
        sentinel = finite & np.isin(values, list(SENTINELS)) & (np.abs(values - middle) > 6 * width)
    else:
        low, high = sorted((SCALES[scale].worst, SCALES[scale].best))
        outside = finite & ((values < low - 1e-9) | (values > high + 1e-9))
        limits = f"outside the scale {scale} ({low:g} … {high:g})"
        sentinel = outside & np.isin(values, list(SENTINELS))
    plain = outside & ~sentinel
    if plain.sum() > max(2, 0.2 * finite.sum()):
        seen = values[finite & ~sentinel]
        inside = [
            s.name for s in SCALES.values() if seen.min() >= min(s.worst, s.best) and seen.max() <= max(s.worst, s.best)
        ]
        hint = f"it would fit: {', '.join(inside)}" if inside else "for any other unit: --scale raw"
        raise InputError(
            Problem(
                f"{int(plain.sum())} of {int(finite.sum())} values of {series.upper()} lie {limits}",
                file=cells.table.name,
                hint=hint,
            )
        )
    for k in np.flatnonzero(outside | sentinel):
        line = cells.table.rows[k][0]
        shown = "" if np.isfinite(count[k]) and count[k] < FEWEST else f"{values[k]:g}"
        if sentinel[k]:
            cells.place(line, series, "code for a missing value taken as missing", shown)
        else:
            cells.place(line, series, f"value {limits}", shown, refuse=True)
        found[k] = np.nan
    return found


def _answer_variance(index: Array, measure: str) -> Array:
    """Return the expected variance of one answer, squared index points, where only the mean is known."""
    share = np.clip(index / 100.0, 0.01, 0.99)
    if measure == "favourable":
        found: Array = 1e4 * share * (1 - share)
    elif measure == "nps":
        net = 2 * share - 1
        found = 2500.0 * np.maximum((1 - _PASSIVE) - net**2, 0.15)
    else:
        found = np.minimum(_ANSWER_SD**2, 1e4 * share * (1 - share))
    return found
