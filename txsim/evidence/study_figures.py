# SPDX-License-Identifier: MIT
"""What a study prints, read: a figure, and how sure it is, on the scale on which estimates are about normal.

``reported`` of a statement takes one of these, and what says how sure it is:

============================  =========================================  ====================================
what is printed               how sure                                   gives
============================  =========================================  ====================================
``r``                         ``n``, or ``interval``                     a correlation
``t`` or ``f`` or ``p``       ``n`` (``sign`` for f and p)               a correlation
``estimate``                  ``se``, ``interval``, ``t``, ``f``, ``p``  a difference or slope in ``unit``
``mean1, sd1, n1, mean2, …``                                             a difference in ``unit``
``events1, n1, events2, n2``                                             shares of two groups
``odds_ratio``                ``se`` of its log, ``interval``, ``p``     shares, with the ``base`` they start at
``hazard_ratio``              ``se`` of its log, ``interval``, ``p``     a log rate
============================  =========================================  ====================================

Each figure needs one of what says how sure it is; the first counts, in the order of the table, and others must agree
with it (:mod:`txsim.evidence.consistency`). Formulas and their sources stand in :mod:`txsim.evidence.effect_sizes`, and
each one that was used is a step that people are shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from txsim.errors import did_you_mean
from txsim.evidence import effect_sizes as sizes
from txsim.evidence.consistency import disagreement, half_digit
from txsim.language import Message, Words, lazy
from txsim.priors.written_numbers import QuantityError, as_percent, number_of

TABLE = ("events1", "n1", "events2", "n2")
MEANS = ("mean1", "sd1", "n1", "mean2", "sd2", "n2")
#: What a study prints, by its first key, and what says how sure it is: one of these where there are any.
WAYS: dict[str, tuple[str, ...]] = {
    "r": ("n", "interval"),
    "estimate": ("se", "interval", "t", "f", "p"),
    "odds_ratio": ("se", "interval", "p"),
    "hazard_ratio": ("se", "interval", "p"),
    "events1": (),
    "mean1": (),
}
#: Share of an interval's width by which rounding puts the estimate of one study off its middle, at most.
_OFF_MIDDLE = 0.03
WORDS = ("unit", "per_unit", "sign", "event")
_NUMBERS = ("r", "n", "t", "f", "p", "estimate", "se", "level", "odds_ratio", "hazard_ratio", "base", "per")
#: Figures that count people or events, and shares, which may be written in percent.
COUNTS, SHARES = ("n", "n1", "n2", "events1", "events2"), ("p", "level", "base")
#: Tests of an estimate's being 0.
_TESTS = ("t", "f", "p")
#: What leads to the model's scales, and is looked at there.
TO_SCALES = ("unit", "per", "per_unit", "event", "base")
#: What to do about figures of one study that do not go together.
OTHER_ANALYSIS = lazy("look both up in the source: a p value is two-sided here; leave out what belongs to another "
                      "analysis, with covariates or by clusters")  # fmt: skip
#: Every key of ``reported``.
REPORTED = tuple(dict.fromkeys((*_NUMBERS, "interval", *TABLE, *MEANS, *WORDS)))

#: What papers and programs call a key. Degrees of freedom are so many less than people.
_CALLED = {
    "or": "odds_ratio", "hr": "hazard_ratio", "rho": "r", "correlation": "r", "ci": "interval", "df": "n", "sd": "sd1",
    "mean": "mean1", "events": "events1", "b": "estimate", "beta": "estimate", "std_err": "se", "p_value": "p",
}  # fmt: skip


class NotConverted(ValueError):
    """What is reported does not give what the claim speaks of; says what is missing, and the key it is about."""

    def __init__(self, message: Words, hint: Words | None = None, key: str = "") -> None:
        super().__init__(message)
        self.message, self.hint, self.key = message, hint, key


class StudyFigures:
    """What is printed, checked, with the steps of its conversion.

    ``reported``: see the module; numbers, words, and ``interval`` as two numbers. Raises :class:`NotConverted` if keys
    are unknown, too few or too many, or numbers impossible.
    """

    def __init__(self, reported: Mapping[str, Any]) -> None:
        self.steps: list[Message] = []  #: Conversions that were made.
        #: What is printed by key, and the key of the figure.
        self.told = figures = dict(reported)
        for key, value in figures.items():
            if key not in REPORTED:
                raise NotConverted(
                    lazy("unknown key{suggestion}", suggestion=_suggestion(str(key))),
                    lazy("known: {names}", names=", ".join(REPORTED)),
                    str(key)[:40],
                )
            if key == "interval":
                if not (isinstance(value, list | tuple) and len(value) == 2 and all(map(_finite, value))):
                    raise NotConverted(lazy("expected both ends, as in [0.1, 0.5]"), key=key)
                refuse_falling(*value)
            elif key in WORDS:
                if not isinstance(value, str):
                    raise NotConverted(lazy("expected a word"), key=key)
            else:
                percent = percent_meant(key, value, figures.get(f"n{key[-1]}", ""))
                if percent is not None:
                    raise NotConverted(percent, key=key)
                figures[key] = _number(key, value)
        for key, message, hint in no_count(figures):
            raise NotConverted(message, hint, key)
        if "base" in figures and not 0 < figures["base"] < 1:
            raise NotConverted(lazy("a share lies between 0 and 1, it is {base:g}", base=figures["base"]),
                               as_percent(figures["base"]) if 1 < figures["base"] < 100 else None, "base")  # fmt: skip
        ways = [way for way in WAYS if way in figures]
        if len(ways) > 1:
            raise NotConverted(lazy("one figure at a time; here are {names}", names=", ".join(ways)))
        self.way = ways[0] if ways else next((way for way in ("t", "f", "p") if way in figures), "")
        if not self.way:
            raise NotConverted(
                lazy("no figure is reported"), lazy("one of: {names}", names=", ".join((*WAYS, "t", "f", "p")))
            )
        for whole in (TABLE, MEANS):
            if self.way == whole[0]:
                self._needs(*whole)
        self._sure()

    def _sure(self) -> None:
        """Refuse a figure without what says how sure it is, with what contradicts that or plays no part in it."""
        wanted = WAYS.get(self.way, ("n",))
        if self.way not in WAYS:
            self._needs("n")
        elif wanted and not any(key in self.told for key in wanted):
            raise NotConverted(lazy("how sure `{way}` is stands in one of {wanted}; found none", way=self.way,
                                    wanted=", ".join(wanted)))  # fmt: skip
        cells = TABLE if self.way == TABLE[0] else MEANS if self.way == MEANS[0] else ("n", *_TESTS)
        plays = {self.way, *cells, *wanted, *TO_SCALES, *(["level"] if "interval" in wanted else [])}
        plays |= {"sign"} if self.way in ("f", "p") else set()
        idle = [key for key in self.told if key not in plays or (key == "level" and "interval" not in self.told)]
        if idle:
            raise NotConverted(
                lazy("`{key}` plays no part in what `{way}` becomes here", key="`, `".join(idle), way=self.way),
                lazy("leave it out, or report the figure that it belongs to"),
                str(idle[0]),
            )
        against = disagreement(self.told, self._level())
        if against is not None:
            raise NotConverted(against[1], OTHER_ANALYSIS, against[0])

    def _needs(self, *keys: str) -> None:
        missing = [key for key in keys if key not in self.told]
        if missing:
            raise NotConverted(lazy("`{key}` is missing", key="`, `".join(missing)))

    def step(self, text: Message) -> None:
        """Keep a conversion that was made."""
        self.steps.append(text)

    def _level(self) -> float:
        return level_of(float(self.told.get("level", 0.95)))

    def _sign(self) -> float:
        if "sign" not in self.told:
            raise NotConverted(lazy("`{key}` is missing", key="sign"),
                               lazy("sign: positive or negative, for F and p do not say it"))  # fmt: skip
        if self.told["sign"] not in ("+", "-", "−", "positive", "negative"):
            raise NotConverted(lazy("expected positive or negative"), key="sign")
        return 1.0 if self.told["sign"] in ("+", "positive") else -1.0

    def _df(self) -> float:
        few = no_people(self.told.get("n", 3))
        if few:
            raise NotConverted(*few, key="n")
        return self.told["n"] - 2 if "n" in self.told else math.inf

    # --- what the figure is

    def correlation(self) -> tuple[float, float, float]:
        """Return a correlation, its Fisher's z and the standard error of that."""
        figures = self.told
        if self.way in ("t", "f", "p"):
            n = figures["n"]
            if self.way == "t":
                t = figures["t"]
            elif self.way == "f":
                if figures["f"] < 0:
                    raise NotConverted(lazy("F is not below 0"), key="f")
                t = self._sign() * math.sqrt(figures["f"])
            else:
                t = self._sign() * sizes.t_from_p(figures["p"], n - 2)
            r = sizes.correlation_from_t(t, n - 2)
            self.step(lazy("r = t / √(t² + n − 2) = {r:.3g}, of t = {t:.3g} (Rosenthal 1991; of F with one degree of "
                            "freedom t = √F, of p its quantile)", r=r, t=t))  # fmt: skip
        elif self.way == "r":
            r = figures["r"]
        else:
            raise NotConverted(
                lazy("`{way}` is no correlation", way=self.way),
                lazy("a correlation takes r and n, or t, f or p with n; for another figure: statistic effect, slope or "
                     "parameter"),
            )  # fmt: skip
        if "n" in figures:
            z, se = sizes.correlation_z(r, figures["n"])
            self.step(lazy("standard error of Fisher's z: 1/√(n − 3) = {se:.3g} (Borenstein et al. 2009, ch. 6)",
                            se=se))  # fmt: skip
        else:
            z, _ = sizes.correlation_z(r, 4)
            low, high = (sizes.correlation_z(end, 4)[0] for end in figures["interval"])
            se = sizes.se_from_interval(z, low, high, self._level())
            self.step(self._from_interval(se))
        return r, z, se

    def _from_interval(self, se: float) -> Message:
        text = lazy("standard error from the {level:g} % interval: its width over 2 z = {se:.3g} (Cochrane Handbook, "
                    "ch. 6)", level=100 * self._level(), se=se)  # fmt: skip
        if self.way == "estimate" and "n" in self.told:
            text = lazy("standard error from the {level:g} % interval: its width over 2 t of {df:g} degrees of freedom "
                        "= {se:.3g} (Cochrane Handbook, ch. 6)", level=100 * self._level(), df=self._df(),
                        se=se)  # fmt: skip
        return text

    def _with_error(self, estimate: float) -> float:
        """Return the standard error of an estimate on its own scale, a logarithm for ratios."""
        figures, ratio = self.told, self.way in ("odds_ratio", "hazard_ratio")
        if not figures.get("se", 1.0) > 0:
            raise NotConverted(lazy("a standard error must be above 0, it is {value:g}", value=figures["se"]),
                               key="se")  # fmt: skip
        if ratio and "interval" in figures and figures["interval"][0] <= 0:
            raise NotConverted(lazy("the interval of a ratio lies above 0"), key="interval")
        if "se" in figures:
            return float(figures["se"])
        if "interval" in figures:
            low, high = figures["interval"]
            if ratio:
                se = sizes.se_from_ratio(figures[self.way], low, high, self._level())
            elif sizes.by_factors([(estimate, low, high)], _OFF_MIDDLE):
                raise NotConverted(
                    lazy("{estimate:g} lies in the middle of {low:g} … {high:g} by factors, not differences: a ratio?",
                         estimate=estimate, low=low, high=high),
                    lazy("report it as `odds_ratio` or `hazard_ratio`; if it is a difference, give its `se`"),
                    "estimate",
                )  # fmt: skip
            else:
                se = sizes.se_from_interval(estimate, low, high, self._level(), self._df())
            self.step(self._from_interval(se))
            return se
        if "t" in figures or "f" in figures:
            t = figures["t"] if "t" in figures else math.copysign(math.sqrt(max(figures["f"], 0.0)), estimate)
            if t == 0 or (t < 0) != (estimate < 0):
                raise NotConverted(
                    lazy("the test and the estimate have different signs, or there is no difference to test")
                )
            self.step(lazy("standard error: the estimate over t = {se:.3g}", se=estimate / t))
            return float(estimate / t)
        se = sizes.se_from_p(estimate, figures["p"], math.inf if ratio else self._df())
        self.step(lazy("standard error from p: the estimate over the quantile of p = {se:.3g} (Altman and Bland "
                        "2011)", se=se))  # fmt: skip
        return se

    def log_ratio(self) -> tuple[float, float]:
        """Return the log of a stated odds or hazard ratio and its standard error."""
        ratio = self.told[self.way]
        if not ratio > 0:
            meant = (
                lazy("is it a logarithm? then the ratio is {ratio:.4g}", ratio=math.exp(ratio)) if ratio < 0 else None
            )
            raise NotConverted(lazy("a ratio lies above 0"), meant, self.way)
        estimate = math.log(ratio)
        return estimate, self._with_error(estimate)

    def in_own_unit(self) -> tuple[float, float]:
        """Return an estimate or a difference of means in the unit in which it is printed."""
        if self.way == "mean1":
            estimate, se = sizes.mean_difference(*(self.told[key] for key in MEANS))
            self.step(lazy("difference of means {estimate:.4g}, standard error √(sd1²/n1 + sd2²/n2) = {se:.3g}",
                            estimate=estimate, se=se))  # fmt: skip
            return estimate, se
        estimate = float(self.told["estimate"])
        return estimate, self._with_error(estimate)

    def shares_of_odds(self) -> tuple[float, float, float]:
        """Return both shares behind an odds ratio, and the standard error of its log."""
        base = float(self.told["base"])
        log_odds, error = self.log_ratio()
        odds = base * math.exp(log_odds)
        return base, odds / (1 - base + odds), error


def refuse_falling(low: float, high: float) -> None:
    """Refuse ends of an interval that do not rise, with :class:`NotConverted`."""
    if not low < high:
        message = lazy("the lower end comes first, then a higher one; found {low:g} … {high:g}", low=low, high=high)
        raise NotConverted(message, key="interval")


def level_of(told: float) -> float:
    """Return the level of an interval as a share; above 1 it is told in percent. Raises NotConverted if it is none."""
    level = told / 100 if told > 1 else told
    if not 0.5 <= level < 1:
        raise NotConverted(lazy("the level of an interval is a share such as 0.95"), key="level")
    return level


def no_count(figures: Mapping[str, Any], *, as_printed: bool = False) -> Iterator[tuple[str, Message, Message]]:
    """Yield each count that is no whole number by its key, what is wrong, and what it may have been meant as.

    ``as_printed``: whether digits behind the point are all there, and not lost at the end as in YAML (1.200 is 1.2).
    """
    for key in COUNTS:
        value = figures.get(key, 0)
        if value == int(value):
            continue
        of = figures.get(f"n{key[-1]}", 0) if key.startswith("events") else 0
        hint = lazy("people and events are counted: write a whole number")
        if value >= 1 and 1000 * value == round(1000 * value) and (not as_printed or half_digit(value) < 0.001):
            hint = lazy("people and events are counted: if three digits behind the point are thousands, write "
                        "{count:.15g}", count=round(1000 * value))  # fmt: skip
        if of == int(of) and of > 1 > value > 0:
            yield key, lazy("{events:g} events of {number:g}: a share? Give how many they are, as {count:g}",
                            events=value, number=of, count=round(value * of)), hint  # fmt: skip
        elif of == int(of) and of > 1 and 0 < value < 100:
            yield key, lazy("{value:g} is no whole number", value=value), lazy(
                "people and events are counted: if it is percent of {number:g}, write {count:g}", number=of,
                count=round(value * of / 100))  # fmt: skip
        else:
            yield key, lazy("{value:g} is no whole number", value=value), hint


def count_in(cell: str) -> str:
    """Return the cell of a count without its commas between thousands, where a decimal point stands in other cells.

    >>> count_in("1,200"), count_in("1,20")
    ('1200', '1,20')
    """
    return cell.replace(",", "") if re.fullmatch(r"\s*[1-9]\d{0,2}(?:,\d{3})+\s*", cell) else cell


def percent_meant(key: str, text: Any, of: Any = "") -> Message | None:
    """Return what to write in place of a percent where none belongs, a correlation or a count of ``of`` people.

    >>> str(percent_meant("events1", "3 %", "410"))
    '3 % of 410 are about 12: events are counted, write how many there were'
    """
    signed = re.fullmatch(r"\s*([-+−]?\d*[.,]?\d+)\s*[%％]\s*", str(text))
    if signed is None or key not in ("r", *COUNTS):
        return None
    value = float(signed[1].replace(",", ".").replace("−", "-"))
    if key == "r":
        return lazy("{text}: a correlation has no percent sign, write {share:g}", text=str(text).strip(),
                    share=value / 100)  # fmt: skip
    number = re.sub(r"[\s',]", "", str(of))
    if re.fullmatch(r"\d+(?:\.0)?", number):
        return lazy("{text} of {number:g} are about {count:g}: events are counted, write how many there were",
                    text=str(text).strip(), number=float(number), count=round(value * float(number) / 100))  # fmt: skip
    return lazy("{text}: people and events are counted, write how many there were", text=str(text).strip())


def no_people(n: float) -> tuple[Message, Message] | None:
    """Return why so many observations beside an estimate cannot be, and what may have been meant; else ``None``."""
    for _key, message, hint in no_count({"n": n}):
        return message, hint
    if n > 2:
        return None
    return (
        lazy("of {n:g} there is no interval of Student's, nor a p value: two take up both degrees of freedom", n=n),
        lazy("is `n` the number of groups? Leave it out, or give `se`"),
    )


def _suggestion(key: str) -> Message | str:
    """Return which key is meant: `N` and `OR` in capitals, and what other programs call it."""
    close = _CALLED.get(key.casefold()) or next((name for name in REPORTED if name == key.casefold()), None)
    return lazy("; did you mean `{name}`?", name=close) if close else did_you_mean(key.casefold(), REPORTED)


def _number(key: str, value: Any) -> float:
    """Return a number as a file has it, of a share in percent, too; any other text is told as at every other door."""
    try:
        return number_of(value, key, key in SHARES)
    except QuantityError as error:
        raise NotConverted(error.message, error.hint, key) from None


def _finite(value: Any) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) <= 1e15
    )
