# SPDX-License-Identifier: MIT
"""What experts said about parameters, on a sheet, and the priors that follow from it.

A sheet is plain data, the same from an interview and from a file::

    by: Ada                      # who asked
    date: 2026-11-24
    parameters:
      ex_cx:
        why: the shop floor knows its customers
        pool: linear             # or precision, product
        experts:
          - {name: Ben, quartiles: [0.1, 0.2, 0.4]}
          - {name: Cy, chips: {bounds: [0, 0.1, 0.2, 0.4, 0.8], counts: [2, 5, 2, 1]}, weight: 2}
          - {name: Di, interval: [0.05, 0.6], most_likely: 0.2, mass: 0.9}
          - {name: Ed, quantiles: {0.05: 0.02, 0.5: 0.2, 0.95: 0.9}}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from txsim.elicit.expert_fit import METHODS, Answer, candidates, refusal_of
from txsim.elicit.expert_prior import Judged, disagreeing, hardly_sure, judge, lopsided
from txsim.elicit.judgements import inner_chips
from txsim.elicit.opinion_pools import POOLS
from txsim.errors import did_you_mean, message_of
from txsim.language import Words, joined, lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.fits import one_sided
from txsim.priors.written_numbers import QuantityError, meant_by, number_of
from txsim.units import Sort

_EXPERT_KEYS = ("name", "weight", *METHODS, "most_likely", "mass")
_PARAMETER_KEYS = ("why", "pool", "family", "experts", "accept_misfit")
#: What stands at the top of a sheet.
SHEET_KEYS = ("by", "date", "parameters")


class SheetError(ValueError):
    """Something on a sheet is wrong."""

    def __init__(self, findings: Sequence[tuple[tuple[str | int, ...], Words, Words]]) -> None:
        super().__init__(joined("; ", (message for _, message, _ in findings)))
        self.findings = tuple(findings)  #: Path, message and hint of each.


def read_sheet(data: Any, known: Mapping[str, Parameter]) -> list[Judged]:
    """Return the priors that follow from a sheet.

    ``known``: parameters by name. Raises :class:`SheetError` with everything that is wrong.
    """
    reader = _Reader(known)
    priors = reader.sheet(data)
    if reader.findings:
        raise SheetError(reader.findings)
    return priors


class _Reader:
    """Reads a sheet and collects what is wrong."""

    def __init__(self, known: Mapping[str, Parameter]) -> None:
        self.known = known
        self.findings: list[tuple[tuple[str | int, ...], Words, Words]] = []

    def wrong(self, path: tuple[str | int, ...], message: Words, hint: Words | None = None) -> None:
        self.findings.append((path, message, hint or ""))

    def _keys(self, path: tuple[str | int, ...], data: Mapping[Any, Any], known: Sequence[str]) -> None:
        for key in data:
            if key not in known:
                self.wrong(
                    (*path, str(key)),
                    lazy(
                        "unknown key `{key}`{suggestion}", key=str(key)[:40], suggestion=did_you_mean(str(key), known)
                    ),
                    lazy("here: {names}", names=", ".join(known)),
                )

    def sheet(self, data: Any) -> list[Judged]:
        if not isinstance(data, Mapping) or not isinstance(data.get("parameters"), Mapping) or not data["parameters"]:
            self.wrong(
                (),
                lazy("expected `parameters` with what experts said about each"),
                lazy("parameters: {ex_cx: {experts: [{name: Ada, quartiles: [0.1, 0.2, 0.4]}]}}"),
            )
            return []
        self._keys((), data, SHEET_KEYS)
        for key in ("by", "date"):
            if not isinstance(data.get(key, ""), str):
                self.wrong((key,), lazy("expected text"))
        priors = []
        for name, entry in data["parameters"].items():
            path = ("parameters", str(name))
            if name not in self.known:
                self.wrong(
                    path,
                    lazy(
                        "unknown parameter `{name}`{suggestion}",
                        name=str(name)[:60],
                        suggestion=did_you_mean(str(name), self.known),
                    ),
                    lazy("known: {names}", names=", ".join(self.known)),
                )
            elif not isinstance(entry, Mapping):
                self.wrong(path, lazy("expected `experts` and what they said"))
            else:
                judged = self._parameter(path, self.known[name], entry)
                if judged is not None:
                    priors.append(judged)
        return priors

    def _parameter(self, path: tuple[str | int, ...], parameter: Parameter, entry: Mapping[str, Any]) -> Judged | None:
        before = len(self.findings)
        self._keys(path, entry, _PARAMETER_KEYS)
        experts = entry.get("experts")
        if not isinstance(experts, list | tuple) or not experts:
            self.wrong(
                (*path, "experts") if "experts" in entry else path, lazy("expected a list of experts, one at least")
            )
            return None
        if len(experts) > 100:
            self.wrong((*path, "experts"), lazy("{number} experts; the limit is 100", number=len(experts)))
            return None
        how, family, why = entry.get("pool", "linear"), entry.get("family"), entry.get("why", "")
        if not isinstance(how, str) or how not in POOLS:
            self.wrong(
                (*path, "pool"),
                lazy("unknown pool `{how}`{suggestion}", how=str(how)[:40], suggestion=did_you_mean(str(how), POOLS)),
                lazy("known: {names}", names=", ".join(POOLS)),
            )
        if family is not None and (not isinstance(family, str) or family not in candidates(parameter)):
            self.wrong(
                (*path, "family"),
                lazy("a {name} cannot be a `{family}`", name=parameter.name, family=str(family)[:40]),
                f"possible: {', '.join(candidates(parameter))}",
            )
        if not isinstance(why, str):
            self.wrong((*path, "why"), lazy("expected text"))
        accepted = entry.get("accept_misfit", False)
        if not isinstance(accepted, bool):
            self.wrong((*path, "accept_misfit"), lazy("expected true or false"))
        answers = [self._answer((*path, "experts", i), parameter, each, i) for i, each in enumerate(experts)]
        for i, answer in enumerate(answers):
            if answer is not None and any(other is not None and other.name == answer.name for other in answers[:i]):
                self.wrong((*path, "experts", i), lazy("`{text}` has been asked already", text=answer.name))
        ready = [answer for answer in answers if answer is not None]
        if len(self.findings) > before:
            return None
        try:
            judged = judge(parameter, ready, pool=how, family=family, why=why, accepted=accepted)
        except ValueError as error:
            self.wrong(path, message_of(error), getattr(error, "hint", None))
            return None
        if not judged.fitting and not accepted:
            figures = {"misfit": 100 * judged.misfit, "missed": 100 * judged.missed, "family": judged.prior.family}
            message = lazy(
                "no {families} describes what was said: the best, a {family}, misses {misfit:.0f} % of probability "
                "and {missed:.0f} % of the range",
                families=" or ".join(candidates(parameter)), **figures,
            )  # fmt: skip
            hint = lazy("ask again, or write `accept_misfit: true` to take it all the same")
            if family is not None:
                message = lazy(
                    "the {family} that was asked for does not describe what was said: it misses {misfit:.0f} % of "
                    "probability and {missed:.0f} % of the range",
                    **figures,
                )
                hint = lazy("leave out `family` for the one that fits best; {hint}", hint=hint)
            self.wrong(path, message, hint)
            return None
        # A mean of densities stays wide where people disagree; a product lies where neither of them believes.
        slip = lopsided(judged) or (None if how == "linear" else disagreeing(judged))
        if not accepted and slip is not None:
            self.wrong(path, slip, lazy("correct it, or write `accept_misfit: true` to take it all the same"))
            return None
        return judged

    def _answer(self, path: tuple[str | int, ...], parameter: Parameter, entry: Any, i: int) -> Answer | None:
        if not isinstance(entry, Mapping):
            self.wrong(path, lazy("expected what one expert said"), lazy("{name: Ada, quartiles: [0.1, 0.2, 0.4]}"))
            return None
        before = len(self.findings)
        self._keys(path, entry, _EXPERT_KEYS)
        name = entry.get("name", f"expert {i + 1}")
        if not isinstance(name, str) or not name.strip():
            self.wrong((*path, "name"), lazy("expected a name"))
        weight = self._number((*path, "weight"), entry.get("weight", 1.0), sort=Sort("multiple"))
        if weight is not None and weight <= 0:
            self.wrong((*path, "weight"), lazy("a weight is above 0, it is {weight:g}", weight=weight))
        ways = [method for method in METHODS if method in entry]
        if len(ways) != 1:
            remark = lazy("found {names}", names=", ".join(ways)) if ways else lazy("found none")
            self.wrong(path, lazy("one of {methods} is needed; {found}", methods=", ".join(METHODS), found=remark))
            return None
        method = ways[0]
        if method != "interval":
            for key in ("most_likely", "mass"):
                if key in entry:
                    self.wrong((*path, key), lazy("`{key}` belongs to an interval", key=key))
        values, probabilities = self._stated((*path, method), method, entry[method], sort=parameter.sort)
        likely, mass = None, 0.9
        if method == "interval":
            if "most_likely" not in entry:
                self.wrong(
                    path,
                    lazy("`most_likely` is needed beside the interval"),
                    lazy("or state quantiles: {0.05: …, 0.95: …}"),
                )
            else:
                likely = self._number((*path, "most_likely"), entry["most_likely"], sort=parameter.sort)
            given = self._number((*path, "mass"), entry.get("mass", 0.9), sort=Sort("share"))
            mass = 0.9 if given is None else given
            if not 0 < mass < 1:
                self.wrong((*path, "mass"), lazy("a probability lies between 0 and 1, it is {mass:g}", mass=mass),
                           _as_fraction([mass]))  # fmt: skip
            elif (unsure := hardly_sure(mass)) is not None:
                self.wrong((*path, "mass"), *unsure)
            if likely is not None and len(values) == 2 and not values[0] < likely < values[1]:
                self.wrong(
                    (*path, "most_likely"),
                    lazy(
                        "the most likely value {likely:g} must lie inside {low:g} … {high:g}",
                        likely=likely,
                        low=values[0],
                        high=values[1],
                    ),
                )
        said = values
        if len(self.findings) == before and values:
            said = (
                tuple(self._numbers(path, entry["chips"]["bounds"], sort=parameter.sort)) if method == "chips" else said
            )
            self._inside((*path, method), parameter, said, method)
        if len(self.findings) > before or weight is None:
            return None
        return Answer(name, method, values, probabilities, weight, likely, mass, said[-1])

    def _stated(
        self, path: tuple[str | int, ...], method: str, content: Any, *, sort: Sort
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return values and probabilities of what was said; none where what is wrong has been noted."""
        none: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
        if method == "chips":
            if not isinstance(content, Mapping) or set(content) != {"bounds", "counts"}:
                self.wrong(
                    path,
                    lazy("expected bounds of bins and chips on each"),
                    "chips: {bounds: [0, 0.1, 0.2, 0.4], counts: [2, 5, 3]}",
                )
                return none
            bounds = self._numbers((*path, "bounds"), content["bounds"], sort=sort)
            counts = self._numbers((*path, "counts"), content["counts"], sort=Sort("count"))
            if not bounds or not counts:
                return none
            try:
                values, below = inner_chips(bounds, counts)
            except ValueError as error:
                self.wrong(path, message_of(error))
                return none
            return tuple(values.tolist()), tuple(below.tolist())
        if method == "quantiles":
            if not isinstance(content, Mapping) or len(content) < 2:
                self.wrong(
                    path, lazy("expected two values at least, by probability"), "quantiles: {0.05: 1, 0.5: 3, 0.95: 6}"
                )
                return none
            levels = self._numbers(path, list(content), sort=Sort("share"))
            values_told = self._numbers(path, list(content.values()), sort=sort)
            if not levels or not values_told:
                return none
            if not all(0 < level < 1 for level in levels):
                self.wrong(path, lazy("probabilities lie between 0 and 1"), _as_fraction(levels))
                return none
            pairs = sorted(zip(levels, values_told, strict=True))
            return self._rising(path, tuple(v for _, v in pairs), tuple(p for p, _ in pairs))
        count, levels_of = (3, (0.25, 0.5, 0.75)) if method == "quartiles" else (2, (0.05, 0.95))
        numbers = self._numbers(path, content, sort=sort)
        if not numbers:
            return none
        if len(numbers) != count:
            meant = (
                lazy("a comma parts values here: for decimals write a point, 0.1")
                if len(numbers) == 2 * count
                else None
            )
            self.wrong(path, lazy("expected {count} values, found {number}", count=count, number=len(numbers)), meant)
            return none
        return self._rising(path, tuple(numbers), levels_of)

    def _rising(
        self, path: tuple[str | int, ...], values: tuple[float, ...], levels: tuple[float, ...]
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        for i in range(1, len(values)):
            if values[i] <= values[i - 1]:
                self.wrong(
                    path,
                    lazy("values must rise: {value:g} comes after {before:g}", value=values[i], before=values[i - 1]),
                )
                return (), ()
        if (fault := one_sided(levels)) is not None:
            self.wrong(path, fault)
            return (), ()
        return values, levels

    def _inside(
        self, path: tuple[str | int, ...], parameter: Parameter, values: tuple[float, ...], method: str
    ) -> None:
        if (refusal := refusal_of(parameter, values, ends=method == "chips")) is not None:
            self.wrong(path, refusal.message, refusal.hint)

    def _numbers(self, path: tuple[str | int, ...], items: Any, *, sort: Sort) -> list[float]:
        if not isinstance(items, list | tuple) or not items:
            self.wrong(path, lazy("expected a list of numbers"), "[0.1, 0.2, 0.4]")
            return []
        numbers = [self._number(path, each, sort=sort) for each in items]
        return [] if any(each is None for each in numbers) else [each for each in numbers if each is not None]

    def _number(self, path: tuple[str | int, ...], value: Any, *, sort: Sort) -> float | None:
        try:
            return number_of(value, "value", sort.share)
        except QuantityError as error:
            self.wrong(path, error.message, meant_by(error.text, sort) or (None if error.vague else error.hint))
            return None


def _as_fraction(levels: Sequence[float]) -> Words:
    """Return how to write probabilities that were written in percent."""
    if not all(0 < level < 100 for level in levels):
        return ""
    return lazy("in percent? write {words}", words=", ".join(f"{level / 100:g}" for level in levels))
