# SPDX-License-Identifier: MIT
"""``txsim priors set``: change one prior in a file, in place."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.errors import InputError, Problem
from txsim.forecast.settable import settable
from txsim.language import Message, Words, as_message, lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.fits import FITTED
from txsim.priors.typed_numbers import NoNumber, ends_in, numbers_in, typed_number
from txsim.priors.written_numbers import QuantityError, explained
from txsim.scenario.editing import Note
from txsim.scenario.prior_setting import as_read, set_prior


@click.command("set")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--quantiles", metavar="P=X,…", help="Values by probability, for example 0.05=0.1,0.5=0.4,0.95=1.2.")
@click.option("--median", metavar="NUMBER", help="Median, with --factor; or with --interval.")
@click.option("--factor", type=options.NUMBER, help="90 % interval from median/factor to median·factor.")
@click.option("--interval", metavar="LOW,HIGH", help="90 % interval: 5 in 100 lie below LOW, 5 in 100 above HIGH.")
@click.option("--value", metavar="NUMBER", help="Take the parameter as known.")
@click.option(
    "--family",
    help=f"Family that is fitted: {', '.join(FITTED)}; by default log-normal, a beta for a share; "
    "`spline` goes through all that is stated.",
)
@click.option("--by", required=True, help="Who believes it.")
@click.option("--why", required=True, help="The reason.")
@click.option("--already-uses", metavar="ID,…", help="Claims that the belief contains; they are not scored once more.")
@click.option("--date", help="When it was stated; today by default.")
@options.root
@options.unattended
def command(
    name: str,
    file: Path,
    quantiles: str | None,
    median: str | None,
    factor: float | None,
    interval: str | None,
    value: str | None,
    family: str | None,
    by: str,
    why: str,
    already_uses: str | None,
    date: str | None,
    as_json: bool,
    quiet: bool,
    root: Path | None,
) -> None:
    """Set NAME in FILE, a scenario or a pack, by the name that reports show; nothing else in the file changes.

    NAME is a parameter such as ex_cx, or a value of the scenario such as app.pushes[0].effect, app.delivery.
    Author, reason and date are kept with it, and what was believed before.
    """
    target = settable(file, root)
    name = target.name_of(name)
    parameter, place = target.parameters[name], target.places.get(name)
    if place is not None and already_uses is not None:
        raise InputError(
            Problem(lazy("claims speak of the model's parameters: leave --already-uses out"), "--already-uses")
        )
    day = _date(date)
    for option, text in (("--by", by), ("--why", why)):
        if not text.strip() or not all(c.isprintable() for c in text) or len(text) > 5000:
            raise InputError(Problem(lazy("expected a line of text"), option, None, 1, source=text[:100]))
    option, text, quantity = _told(_Typed(parameter), quantiles, median, factor, interval, value, family)
    try:
        as_read(quantity, parameter, place)
    except QuantityError as error:
        _refuse(option, text, error.message, error.hint, path=name if place else f"priors.{name}")
    used = None if already_uses is None else [each.strip() for each in already_uses.split(",") if each.strip()]
    note = Note(by, why, day, used)
    done = set_prior(file, name, quantity, note, root=root, known=target.parameters, places=target.places)
    tell(done, as_json=as_json)


@dataclass(frozen=True)
class _Typed:
    """Reads what was typed of a parameter."""

    parameter: Parameter

    def number(self, option: str, text: str) -> float:
        """Return one number."""
        try:
            return typed_number(text, share=self.parameter.share, grouped=self.parameter.grouped)
        except ValueError as error:
            several = lazy("two numbers are said by --interval LOW,HIGH") if len(ends_in(text)) > 1 else None
            _refuse(option, text, explained(error, text, self.parameter.sort), several)

    def ends(self, text: str) -> list[float]:
        """Return both ends of an interval, which may be written as in a file."""
        in_file = re.fullmatch(r"\s*\{\s*interval\s*:\s*(\[.*\])\s*\}\s*", text)
        try:
            low, high = numbers_in(
                in_file[1] if in_file else text, count=2, share=self.parameter.share, grouped=self.parameter.grouped
            )
        except ValueError as error:
            hint = lazy("for example --interval 0.1,1.2, or 0,1;1,2 with a comma for decimals")
            commas = isinstance(error, NoNumber) or text.count(",") > 1
            told = explained(error, text, self.parameter.sort)
            _refuse("--interval", text, told, hint if commas else None)
        return [low, high]

    def pairs(self, text: str) -> dict[float, float]:
        """Return values by probability, ``0.05=2;0.5=6``."""
        quantiles: dict[float, float] = {}
        for piece in text.split(";") if ";" in text else re.split(r",(?=[^,=]*=)", text):
            left, equals, right = piece.partition("=")
            if not equals:
                hint = lazy("for example 0.05=0.1,0.5=0.4,0.95=1.2")
                _refuse("--quantiles", text, lazy("expected probability=value"), hint)
            try:
                level = typed_number(left, share=True)
                value = typed_number(right, share=self.parameter.share, grouped=self.parameter.grouped)
            except ValueError as error:
                told = explained(error, right, self.parameter.sort)
                _refuse("--quantiles", text, told, lazy("expected two numbers, probability=value"))
            if level in quantiles:
                _refuse("--quantiles", text, lazy("the probability {level:g} stands twice", level=level))
            quantiles[level] = value
        return dict(sorted(quantiles.items()))  # in whichever order they were said


def _refuse(option: str, text: str, message: Message, hint: Words | None = None, *, path: str = "") -> NoReturn:
    meant = as_message(hint) if hint else None
    raise InputError(Problem(message, option, None, 1, path, text[:200], meant, max(1, len(text)))) from None


def _date(text: str | None) -> str:
    if text is None:
        return datetime.date.today().isoformat()
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise InputError(
            Problem(lazy("expected a date such as 2026-11-24"), "--date", None, 1, source=text[:60])
        ) from None


def _told(
    typed: _Typed,
    quantiles: str | None,
    median: str | None,
    factor: float | None,
    interval: str | None,
    value: str | None,
    family: str | None,
) -> tuple[str, str, Any]:
    """Return the option that tells the belief, its text, and the quantity in the words of a file."""
    ways = [
        way
        for way, there in (("--quantiles", quantiles), ("--interval", interval), ("--value", value))
        if there is not None
    ]
    if factor is not None or (median is not None and interval is None):
        ways.append("--median/--factor")
    if len(ways) != 1:
        finding = lazy("found {names}", names=", ".join(ways)) if ways else lazy("found none")
        message = lazy(
            "say it in one way: --quantiles, --interval, --value, or --median and --factor; {found}", found=finding
        )
        raise InputError(Problem(message))
    middle = None if median is None else typed.number("--median", median)
    chosen = {"family": family} if family else {}
    if not chosen and typed.parameter.high == 1.0 and value is None and factor is None:
        chosen = {"family": "beta"}  # a log-normal of a share would reach beyond 1
    if quantiles is not None:
        return "--quantiles", quantiles, {"quantiles": typed.pairs(quantiles), **chosen}
    if interval is not None:
        ends = typed.ends(interval)
        between = {} if middle is None else {"median": middle}
        return "--interval", interval, {"interval": ends, **between, **chosen}
    if value is not None:
        if family:
            raise InputError(Problem(lazy("a known value has no family: leave --family out")))
        return "--value", value, typed.number("--value", value)
    if middle is None or factor is None:
        raise InputError(Problem(lazy("--median and --factor belong together")))
    if family not in (None, "lognormal"):
        raise InputError(Problem(lazy("median and factor make a log-normal: leave --family out, or state --quantiles")))
    return "--median", f"{median} ×/÷ {factor:g}", {"median": middle, "factor": factor}
