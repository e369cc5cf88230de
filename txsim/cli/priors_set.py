# SPDX-License-Identifier: MIT
"""``txsim priors set``: change one prior in a file, in place."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.errors import InputError, Problem
from txsim.forecast.settable import settable
from txsim.language import Words, as_message, lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.fits import FITTED
from txsim.priors.quantity import parse_quantity
from txsim.priors.typed_numbers import cell_number, doubtful_point, typed_number
from txsim.priors.written_numbers import QuantityError
from txsim.scenario.findings import is_money
from txsim.scenario.prior_setting import set_prior


@click.command("set")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--quantiles", metavar="P=X,…", help="Values by probability, for example 0.05=0.1,0.5=0.4,0.95=1.2.")
@click.option("--median", metavar="NUMBER", help="Median, with --factor; or with --interval.")
@click.option("--factor", type=options.NUMBER, help="90 % interval from median/factor to median·factor.")
@click.option("--interval", metavar="LOW,HIGH", help="90 % interval: the 5 % and the 95 % quantile.")
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
@click.option(
    "--root", type=click.Path(path_type=Path), help="Folder that `extends` may not leave; by default the file's."
)
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
    money = place is not None and is_money(place)
    middle, known = (
        None if typed is None else _number(option, typed, grouped=money)
        for option, typed in (("--median", median), ("--value", value))
    )
    if interval is not None:
        _ask_points("--interval", interval, _parts(interval), grouped=money)
    if quantiles is not None:
        _ask_points("--quantiles", quantiles, re.split("[,=]", quantiles), grouped=money)
    option, text, quantity = _told(quantiles, middle, factor, interval, known, family, parameter)
    try:
        parse_quantity(quantity, low=parameter.least, high=parameter.high)
    except QuantityError as error:
        raise InputError(
            Problem(
                error.message, option, None, 1, name if place else f"priors.{name}", text, error.hint, max(1, len(text))
            )
        ) from None
    used = None if already_uses is None else [each.strip() for each in already_uses.split(",") if each.strip()]
    done = set_prior(
        file, name, quantity, by=by, why=why, date=day, root=root, already_uses=used, known=target.parameters,
        places=target.places,
    )  # fmt: skip
    tell(done, as_json=as_json)


def _number(option: str, text: str, *, grouped: bool) -> float:
    try:
        return typed_number(text, grouped=grouped)
    except ValueError as error:
        raise InputError(Problem(error.args[0], option, None, 1, source=text[:60], width=max(1, len(text)))) from None


def _ask_points(option: str, text: str, parts: Sequence[str], *, grouped: bool) -> None:
    """Ask about parts such as `20.000`, whose point parts thousands to some."""
    for part in parts:
        if question := doubtful_point(part.strip(), grouped=grouped):
            column = text.index(part.strip()) + 1
            raise InputError(Problem(question, option, None, column, source=text, width=len(part.strip())))


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
    quantiles: str | None,
    median: float | None,
    factor: float | None,
    interval: str | None,
    value: float | None,
    family: str | None,
    parameter: Parameter,
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
    chosen = {"family": family} if family else {}
    if not chosen and parameter.high == 1.0 and value is None and factor is None:
        chosen = {"family": "beta"}  # a log-normal of a share would reach beyond 1
    if quantiles is not None:
        pairs = _pairs(quantiles)
        _not_percent("--quantiles", quantiles, list(pairs.values()), parameter)
        return "--quantiles", quantiles, {"quantiles": pairs, **chosen}
    if interval is not None:
        ends = _ends(interval, parameter)
        _not_percent("--interval", interval, ends, parameter)
        middle = {} if median is None else {"median": median}
        return "--interval", interval, {"interval": ends, **middle, **chosen}
    if value is not None:
        if family:
            raise InputError(Problem(lazy("a known value has no family: leave --family out")))
        _not_percent("--value", f"{value:g}", [value], parameter)
        return "--value", f"{value:g}", value
    if median is None or factor is None:
        raise InputError(Problem(lazy("--median and --factor belong together")))
    if family not in (None, "lognormal"):
        raise InputError(Problem(lazy("median and factor make a log-normal: leave --family out, or state --quantiles")))
    return "--median", f"{median:g} ×/÷ {factor:g}", {"median": median, "factor": factor}


def _pairs(text: str) -> dict[float, float]:
    quantiles: dict[float, float] = {}
    at = 0
    for piece in text.split(","):
        left, equals, right = piece.partition("=")

        def wrong(message: Words, hint: Words | None = None, piece: str = piece, at: int = at) -> NoReturn:
            column = at + 1 + len(piece) - len(piece.lstrip())
            width = max(1, len(piece.strip()))
            said, meant = as_message(message), as_message(hint) if hint else None
            raise InputError(Problem(said, "--quantiles", None, column, source=text, hint=meant, width=width)) from None

        if not equals:
            wrong(lazy("expected probability=value"), lazy("for example 0.05=0.1,0.5=0.4,0.95=1.2"))
        try:
            level = float(left.strip().removesuffix("%")) / (100 if "%" in left else 1)
            value = float(right.replace("−", "-"))
        except ValueError:
            wrong(lazy("expected two numbers, probability=value"), lazy("for example 0.5=0.4; a point for decimals"))
        if not 0 < level < 1:
            wrong(
                lazy("a probability lies between 0 and 1, it is {level:g}", level=level),
                lazy("for 5 % write 0.05") if level >= 1 else None,
            )
        if level in quantiles:
            wrong(lazy("the probability {level:g} stands twice", level=level))
        if quantiles and level < max(quantiles):
            wrong(lazy("probabilities must rise: {level:g} comes after {before:g}", level=level, before=max(quantiles)))
        if quantiles and value <= max(quantiles.values()):
            wrong(
                lazy(
                    "values must rise with probability: {value:g} comes after {before:g}",
                    value=value,
                    before=max(quantiles.values()),
                )
            )
        quantiles[level] = value
        at += len(piece) + 1
    return quantiles


def _ends(text: str, parameter: Parameter) -> list[float]:
    """Return both ends; parts are between commas, or between semicolons where a comma may stand for decimals."""
    comma, parts = ";" in text, _parts(text)
    if "%" in text and not _is_share(parameter):
        message = lazy("a percent sign belongs to shares only")
        raise InputError(Problem(message, "--interval", None, 1, source=text, width=len(text)))
    try:
        low, high = (
            cell_number(part.removesuffix("%"), comma=comma) / (100 if part.endswith("%") else 1) for part in parts
        )
    except ValueError:
        message = lazy("expected two numbers, LOW,HIGH")
        hint = lazy("for example --interval 0.1,1.2, or 0,1;1,2 with a comma for decimals")
        raise InputError(Problem(message, "--interval", None, 1, source=text, hint=hint, width=len(text))) from None
    return [low, high]


def _parts(text: str) -> list[str]:
    sign = ";" if ";" in text else ","
    pieces = text.strip().strip("[]").replace("…", sign).replace("..", sign).replace(" to ", sign)
    return [part.strip() for part in pieces.split(sign)]


def _is_share(parameter: Parameter) -> bool:
    return parameter.high is not None and parameter.high <= 2 and parameter.least is not None


def _not_percent(option: str, text: str, values: Sequence[float], parameter: Parameter) -> None:
    """Refuse percents of a share that were written as plain numbers, with what to write."""
    high = parameter.high if _is_share(parameter) else None
    if high is None or not values or min(values) <= high or max(values) > 100 * high:
        return
    message = lazy(
        "{unit} lies between {low:g} and {high:g}", unit=lazy(parameter.unit), low=parameter.least or 0.0, high=high
    )
    hint = lazy("in percent? write {words}", words=", ".join(f"{value / 100:g}" for value in values))
    raise InputError(Problem(message, option, None, 1, source=text, hint=hint, width=max(1, len(text))))
