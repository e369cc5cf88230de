# SPDX-License-Identifier: MIT
"""Options that several verbs share, so that they read and mean the same everywhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from txsim.cli.progress import Progress
from txsim.files import format_of
from txsim.forecast import DEFAULT_DRAWS
from txsim.language import _, lazy
from txsim.memory import amount, half_of_the_machine

if TYPE_CHECKING:
    from txsim.results.codec import Result as Answer
    from txsim.scenario import Scenario

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class FiniteRange(click.FloatRange):
    """A number with bounds that is a number: `nan` is none, and nothing can be done with `inf`."""

    #: Whether three digits behind a point may be thousands, and whether a share may have its percent sign.
    grouped = share = False

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; :class:`click.BadParameter` if it is not finite or out of range."""
        from txsim.priors.typed_numbers import typed_number

        try:
            number = typed_number(str(value), grouped=self.grouped, share=self.share)
        except ValueError as error:
            self.fail(str(error.args[0]), param, ctx)
        return float(super().convert(number, param, ctx))

    def _describe_range(self) -> str:
        return super()._describe_range() if self.min is not None or self.max is not None else ""


class Whole(click.IntRange):
    """A whole number, between bounds where there are some, and of a size that arithmetic holds in any case."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; :class:`click.BadParameter` if it is none, out of range or beyond all use."""
        from txsim.priors.typed_numbers import typed_number

        text = str(value).strip()
        try:
            number = typed_number(text, grouped=True)
        except ValueError as error:
            self.fail(str(error.args[0]), param, ctx)
        if number != int(number):
            self.fail(_("{0} is no whole number.").format(text[:30]), param, ctx)
        return int(super().convert(int(number), param, ctx))

    def _describe_range(self) -> str:
        return super()._describe_range() if self.min is not None or self.max is not None else ""


def listed_numbers(text: str, option: str, **limits: Any) -> tuple[float, ...]:
    """Return the numbers of an option that holds several, between commas, or between semicolons: ``0,1;0,25``."""
    return tuple(number_within(part, option, **limits) for part in text.split(";" if ";" in text else ","))


def number_within(
    text: str, option: str, *, low: float, high: float, share: bool = False, whole: bool = False
) -> float:
    """Return the one number in a piece of an option; :class:`~txsim.errors.InputError` if it is none or impossible."""
    from txsim.errors import InputError, Problem, message_of
    from txsim.priors.typed_numbers import typed_number
    from txsim.priors.written_numbers import beyond_limits, outside_limits

    try:
        number = typed_number(text, share=share, grouped=not share)
        if whole and number != int(number):
            raise ValueError(lazy("`{text}` is no whole number", text=text.strip()[:30]))
        if not low <= number <= high:
            refused = beyond_limits(number, low, high, share=share).whole() if number > 0 else None
            raise ValueError(refused or outside_limits(number, low, high, share=share))
    except ValueError as error:
        raise InputError(Problem(message_of(error), option, None, 1, source=text, width=len(text))) from None
    return number


class AmountRange(FiniteRange):
    """A number of people, events or units of money: 1.200 may be twelve hundred, and is asked about."""

    grouped = True


class ShareRange(FiniteRange):
    """A share: 60 % is 0.6."""

    share = True


class OverPlan(click.ParamType[float]):
    """A share of plan with its sign of percent: a bare 12 or 1.12 could be read two ways."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the share as a fraction; :class:`click.BadParameter` without a sign of percent, or at -100 %."""
        if isinstance(value, float):
            return value
        from txsim.priors.typed_numbers import typed_number

        text = str(value).strip()
        try:
            share = typed_number(text, share=True)
        except ValueError as error:
            self.fail(str(error.args[0]), param, ctx)
        if not text.endswith("%") or not -1 < share < math.inf:
            self.fail(_("{0}: write how far above plan in percent, such as 12% or -5%.").format(value), param, ctx)
        return share


#: Any number.
NUMBER = FiniteRange()
#: How many people, units or events there are.
COUNT = AmountRange()
#: A share, as a fraction or in percent.
SHARE = ShareRange()
#: How far above plan bills ran.
OVER_PLAN = OverPlan()

#: One scenario file.
scenario: Decorator = click.argument("scenario", type=click.Path(path_type=Path))
draws: Decorator = click.option(
    "--draws", type=Whole(), default=DEFAULT_DRAWS, show_default=True, help="Number of draws, a power of two."
)
seed: Decorator = click.option(
    "--seed", type=Whole(0, 2**32 - 1), help="Seed of the scenario's points; by default the file's, else 1."
)
fresh_seed: Decorator = click.option(
    "--fresh-seed",
    type=Whole(1, 2**31 - 1),
    help="Other points and other draws of the parameters, too: how far figures move is what ± says.",
)
precision: Decorator = click.option(
    "--precision", metavar="1%|AMOUNT", help="Double the draws until ± of every option is under this (1%: of its cost)."
)
overrides: Decorator = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a value, for example drivers[0].one_off=50000.",
)
evidence: Decorator = click.option(
    "--evidence",
    type=click.Path(path_type=Path),
    help="File that adds, replaces, re-weighs or drops claims; it wins over the scenario.",
)
pack: Decorator = click.option(
    "--pack", metavar="NAME|FILE", help="Prior pack in place of the one that the scenario names."
)
prior_only: Decorator = click.option("--prior-only", is_flag=True, help="Leave all claims out.")
_as_json: Decorator = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
out: Decorator = click.option("--out", type=click.Path(path_type=Path), help="Folder for the results.")
root: Decorator = click.option(
    "--root", type=click.Path(path_type=Path), help="Folder that `extends` may not leave; by default the file's."
)
workers: Decorator = click.option(
    "--workers", type=Whole(1, 256), default=1, show_default=True, help="Threads; results do not depend on it."
)
link_spec: Decorator = click.option(
    "--spec", type=click.Path(path_type=Path), help="YAML file that says how to read the data."
)


def _bytes(_ctx: click.Context, _param: click.Parameter, text: str | None) -> int:
    if text is None:
        return half_of_the_machine()
    try:
        return amount(text)
    except ValueError:
        message = _("expected an amount of memory from 64MiB on, such as 1GiB or 800MiB, found `{0}`").format(text[:40])
        raise click.BadParameter(message) from None


memory: Decorator = click.option(
    "--memory", callback=_bytes, metavar="SIZE", help="Memory that may be taken; by default half of the machine's."
)
csv_dialect: Decorator = click.option(
    "--csv-dialect",
    type=click.Choice(["plain", "excel", "excel-semicolon"]),
    default="plain",
    show_default=True,
    help="CSV for programs, or for Excel: with commas, or with semicolons and decimal commas.",
)
_quiet: Decorator = click.option("--quiet", is_flag=True, help="The answer alone: no progress, no notes of files.")


def file_to_write(*names: str, formats: Sequence[str], help: str, **more: Any) -> Decorator:
    """Return an option for a file that the verb writes, whose name ends with one of some formats.

    A name that cannot be used is told before anything is computed, and no file of another kind is written over.
    """

    def checked(_ctx: click.Context, _param: click.Parameter, value: Path | None) -> Path | None:
        if value is not None:
            format_of(value, formats)
        return value

    return click.option(*names, type=click.Path(path_type=Path), callback=checked, help=help, **more)


def _keep(ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
    if value is not None:  # as of `file_to_write`
        from txsim.report.output import FORMATS

        format_of(value, FORMATS)
    ctx.meta["txsim.report"] = value


report: Decorator = click.option(
    "--report",
    type=click.Path(path_type=Path),
    expose_value=False,
    callback=_keep,
    help="Write a report too: .html, .pdf, .md, .xlsx or .pptx.",
)


def _block(*parts: Decorator) -> Decorator:
    """Return several options as one decorator, in the order in which ``--help`` lists them."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for part in reversed(parts):
            command = part(command)
        return command

    return decorate


#: What is simulated: how many draws, from which seed, with which values changed, with or without claims.
simulation = _block(draws, seed, overrides, prior_only)
#: What is believed.
beliefs = _block(evidence, pack, overrides, root)
#: Under which conditions it is worked out.
session = _block(root, workers)
#: What every verb takes, beside ``--lang``, so that it can run with nobody watching.
unattended = _block(_as_json, _quiet)


@dataclass(frozen=True)
class Common:
    """What options say that several verbs share; those that a verb lacks are at their defaults."""

    #: ``draws``, ``seed``, ``overrides``, ``prior_only``: What is simulated.
    draws: int = DEFAULT_DRAWS
    seed: int | None = None
    overrides: tuple[str, ...] = ()
    prior_only: bool = False
    #: ``evidence``, ``pack``: What is believed.
    evidence: Path | None = None
    pack: str | None = None
    #: ``root``, ``workers``: Under which conditions it is worked out.
    root: Path | None = None
    workers: int = 1
    #: ``out``, ``as_json``, ``quiet``: How it is answered.
    out: Path | None = None
    as_json: bool = False
    quiet: bool = False

    @property
    def simulation(self) -> dict[str, Any]:
        """What every simulation is asked, by name."""
        return {name: getattr(self, name) for name in ("draws", "seed", "prior_only", "workers")}

    def load(self, scenario: Path, *changes: str) -> Scenario:
        """Return a scenario with what the options change about it, and with further changes."""
        from txsim.scenario import load

        overrides = (*self.overrides, *changes)
        return load(scenario, root=self.root, overrides=overrides, evidence=self.evidence, pack=self.pack)

    def beliefs(self, scenario: Path | None) -> Scenario:
        """Return a scenario, or the packaged beliefs where none is named, with what the options change about them."""
        from txsim.scenario import load_beliefs

        if scenario is None:
            return load_beliefs(overrides=self.overrides, evidence=self.evidence, pack=self.pack)
        return self.load(scenario)

    def progress(self) -> Progress:
        """Return what is told how far the work is."""
        return Progress(self.quiet)

    def tell(self, result: Answer, **more: Any) -> None:
        """Show a result and keep it where that is wanted, as :func:`txsim.cli.answer.tell` does."""
        from txsim.cli.answer import tell

        tell(result, as_json=self.as_json, out=self.out, **more)


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a verb what it shares with others as one value, before what it names itself; its innermost decorator."""
    shared = {field.name for field in fields(Common)} - signature(command).parameters.keys()

    @wraps(command)
    def with_common(**given: Any) -> Any:
        return command(Common(**{name: given.pop(name) for name in shared & given.keys()}), **given)

    return with_common


def report_file() -> Path | None:
    """Return the file that ``--report`` asks for; ``None`` without it."""
    file: Path | None = click.get_current_context().meta.get("txsim.report")
    return file
