# SPDX-License-Identifier: MIT
"""``txsim evidence add``: studies as they are reported become claims in a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from txsim.cli import options
from txsim.cli.answer import tell
from txsim.cli.asking import Line, ask_all
from txsim.cli.speech import say_json, say_line, say_written
from txsim.elicit.study_interview import answer_of, claim_of, next_question
from txsim.errors import InputError, Problem, message_of
from txsim.evidence.claim_types import READ, STATISTICS, WHERE, Claim, designs
from txsim.evidence.study_figures import COUNTS, REPORTED, SHARES, WORDS, percent_meant
from txsim.evidence.study_values import arrow, study_claim
from txsim.language import Words, _, lazy
from txsim.pooling.study_table import FIELDS, claims_of_rows
from txsim.printable import named
from txsim.scenario import Scenario, load_beliefs
from txsim.scenario.claim_targets import refuse_about
from txsim.scenario.evidence_file import add_claims

_HELP = {
    "r": "Correlation, with --n or --interval.",
    "n": "Number of people or units.",
    "t": "t statistic.",
    "f": "F statistic with one degree of freedom.",
    "p": "Two-sided p value.",
    "estimate": "Difference or slope, as printed.",
    "se": "Standard error; of a ratio that of its logarithm.",
    "level": "Level of the interval, 0.95 unless said.",
    "odds_ratio": "Odds ratio.",
    "hazard_ratio": "Hazard ratio, or ratio of rates; not a risk ratio of shares, of that give the counts.",
    "base": "Share that an odds ratio starts from.",
    "per": "By how much the experience of the first group is better (below 0: worse), or one step of the predictor.",
    "interval": "Both ends of an interval.",
    "events1": "Events in the first group, of --n1.",
    "events2": "Events in the group it is compared with, of --n2.",
    "mean1": "Mean of the first group, with --sd1 and --n1.",
    "mean2": "Mean of the group it is compared with, with --sd2 and --n2.",
    "unit": "Scale on which the outcome was measured; `model` for a figure in the model's own unit.",
    "per_unit": "Scale of --per.",
    "sign": "positive or negative, where F or p is all there is.",
    "event": "What is counted in shares: favourable or unfavourable.",
}


#: Figures that are read with what stands beside them: a percent of so many people is no count.
_TEXTS = ("interval", "r", "events1", "events2")


def _figures(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command with an option for each key of ``reported``."""
    for key in reversed(REPORTED):
        number = options.COUNT if key in COUNTS else options.SHARE if key in SHARES else options.NUMBER
        kind: Any = click.STRING if key in WORDS or key in _TEXTS else number
        metavar = "LOW,HIGH" if key == "interval" else "NUMBER" if key in _TEXTS else None
        command = click.option(f"--{key.replace('_', '-')}", key, type=kind, metavar=metavar, help=_HELP.get(key))(
            command
        )
    return command


@click.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "rows", type=click.Path(path_type=Path), help="CSV file of studies, a row each.")
@click.option("--id", help="Name of the claim.")
@click.option("--about", metavar="PATH", help="What the study speaks about: `ex -> cx`, or a parameter.")
@click.option("--statistic", type=click.Choice(tuple(STATISTICS)), help="What its figure is.")
@click.option("--where", type=click.Choice(WHERE), help="Whether it was made in your own firm.")
@click.option("--design", type=click.Choice(tuple(designs())), help="Kind of study.")
@click.option("--read", type=click.Choice(READ), help="How far the figure was looked up.")
@click.option("--statement", help="What it found, in a sentence.")
@click.option("--source", default="", help="Where it can be read.")
@click.option("--year", type=options.Whole(), help="Year of the source.")
@click.option("--sample", default="", help="On whom it was found.")
@click.option("--population", default="", help="Whom that stands for.")
@click.option(
    "--cluster", default="", help="Name that studies of the same people share: they are sound or not together."
)
@_figures
@options.unattended
def command(file: Path, rows: Path | None, as_json: bool, quiet: bool, **given: Any) -> None:
    """Add studies as they are reported to FILE, which --evidence reads; without other options, by an interview.

    A study says what it prints: r and n; an estimate with its error, interval, t, F or p; an odds or hazard ratio;
    counts or means of two groups. Each is converted by a documented formula, which is shown with its source.
    """
    study = {key: value for key, value in given.items() if value not in (None, "")}
    if rows is not None and study:
        raise InputError(Problem(lazy("say it in one way: --from, or options for one study")))
    if rows is not None:
        claims = claims_of_rows(rows)
    elif study:
        claims = _one(file, study)
    else:
        claims = claim_of(_interview(file))
    add_claims(file, claims)
    from txsim.desk.library import claim_show
    from txsim.report.files import as_json as text_of

    beliefs = load_beliefs(evidence=file)
    if rows is not None and as_json:  # however many there are: one document
        say_json(text_of([claim_show(beliefs, name).to_json() for name in claims]))
        return
    for name in claims:
        tell(claim_show(beliefs, name), as_json=as_json)
        _ask_who_is_first(beliefs.claims()[name])
    say_written(file, quiet=quiet or as_json)


def _ask_who_is_first(claim: Claim) -> None:
    """Say where a study finds harm: often its first group is the one with the worse experience."""
    for statement in claim.statements:
        per = (statement.reported or {}).get("per")
        if per is not None and statement.value < 0 and not claim.null:
            remark = lazy("`{name}` says that a better experience does harm. That holds if the first group has the "
                          "better one; if it has the worse one, write `per: {per:g}` in its place", name=claim.id,
                          per=-per)  # fmt: skip
            say_line(remark, err=True)


def _refuse(key: str, text: str, beliefs: Scenario) -> None:
    """Refuse an id that is taken and what no claim can speak of, before anything else is looked at."""
    if key == "id" and text in beliefs.claims():
        raise ValueError(lazy("the file or the library has a claim `{name}` already", name=text))
    if key == "about":
        refuse_about(text, beliefs)


def _beliefs(file: Path) -> Scenario:
    return load_beliefs(evidence=file if os.path.lexists(file) else None)


def _one(file: Path, study: Mapping[str, Any]) -> dict[str, Any]:
    beliefs, problems = _beliefs(file), []
    for key, text in study.items():
        try:
            _refuse(key, arrow(text) if key == "about" else text, beliefs)
        except ValueError as error:
            problems.append(Problem(message_of(error), f"--{key}"))
    if problems:
        raise InputError(problems)
    needed = ("id", "about", "statistic", "where", "design", "read", "statement")
    missing = [f"--{key}" for key in needed if key not in study]
    if missing:
        hint = lazy("leave all options out to be asked")
        raise InputError(Problem(lazy("missing: {names}", names=", ".join(missing)), hint=hint))
    reported = {key: study[key] for key in REPORTED if key in study}
    for key in set(_TEXTS[1:]) & set(reported):
        reported[key] = _number(key, study[key], study.get(f"n{key[-1]}", ""))
    if "interval" in reported:
        reported["interval"] = _ends(reported["interval"])
    notes = {key: study[key] for key in FIELDS[3:] if key in study}
    return study_claim(study["id"], study["statistic"], study["about"], reported, notes)


def _number(key: str, text: str, of: object) -> float:
    from txsim.priors.typed_numbers import typed_number

    meant = percent_meant(key, text, of)
    if meant is None:
        try:
            return typed_number(text, grouped=key in COUNTS)
        except ValueError as error:
            meant = message_of(error)
    raise InputError(Problem(meant, f"--{key}", None, 1, source=text, width=len(text)))


def _ends(text: str) -> list[float]:
    from txsim.priors.typed_numbers import numbers_in

    try:
        return numbers_in(text, count=2)
    except ValueError as error:
        raise InputError(Problem(error.args[0], "--interval", None, 1, source=text, width=len(text))) from None


def _interview(file: Path) -> dict[str, str]:
    click.echo(_("One study, as it is reported. At each question: an answer, or back, quit, ?"))
    beliefs = _beliefs(file)

    def upcoming(answers: Mapping[str, str]) -> Line | None:
        asked = next_question(answers)
        return None if asked is None else Line(asked.key, asked.text, asked.help, asked.choices)

    def left(code: int) -> int:
        click.echo(_("nothing was written to {0}").format(named(str(file))))
        return code

    def answer(key: str, raw: str, answers: Mapping[str, str]) -> tuple[str, Words | None]:
        text, said = answer_of(key, raw, answers)
        _refuse(key, text, beliefs)
        return text, said

    return ask_all(upcoming, answer, left)
