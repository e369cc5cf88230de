# SPDX-License-Identifier: MIT
"""``txsim init``: write a commented scenario to start from, or ask for its figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from txsim.cachedir import check_folder, whole_file, write_atomic
from txsim.cli import options
from txsim.cli.asking import Line, ask_all
from txsim.cli.schema import MODELINE, store_schema
from txsim.cli.speech import say_line, say_written, warn
from txsim.errors import InputError, Problem, StoreError
from txsim.language import _, lazy
from txsim.printable import named
from txsim.scenario import load
from txsim.scenario.starters import QUESTIONS, STARTERS, answer_of, figures_of, other_money, starter, unit_of

#: Where the schema is stored, beside the scenario.
_SCHEMA = "txsim.schema.json"


@click.command("init")
@click.argument("file", type=click.Path(path_type=Path), default=Path("scenario.yaml"))
@click.option(
    "--starter",
    "name",
    type=click.Choice(STARTERS),
    default=STARTERS[0],
    help="Kind of firm; its figures come with their sources.",
)
@click.option("--interview", is_flag=True, help="Ask the ten questions that matter, and write the answers.")
@click.option("--no-schema", is_flag=True, help=f"Store no {_SCHEMA} beside the file, by which editors check it.")
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
@options.unattended
def command(file: Path, name: str, interview: bool, no_schema: bool, force: bool, as_json: bool, quiet: bool) -> None:
    """Write a commented scenario to FILE (scenario.yaml) to start from."""
    if interview and as_json:
        raise click.UsageError(_("--json and --interview exclude each other: an interview speaks with a person"))
    if file.exists() and not force:
        raise InputError(
            Problem(lazy("the file exists already"), file=str(file), hint=lazy("choose another name, or --force"))
        )
    check_folder(file)
    figures = figures_of(_interview(file)) if interview else {}
    text = starter(name, figures)
    if not no_schema and _schema_beside(file):
        text = f"{MODELINE.format(_SCHEMA)}\n{text}"
    if interview:
        _write_if_valid(file, text)
    else:
        write_atomic(file, text.encode())
    if as_json:
        say_written(file, as_json=True)
    elif not quiet:
        own, places = other_money(figures, name)
        if places:
            message = lazy(
                "not asked, and still the starter's amounts in {own}: {places}; write yours in {currency}",
                own=own,
                places=", ".join(places),
                currency=figures["currency"],
            )
            warn(Problem(message, file=str(file)))
        say_line(_("{0} written. Next: txsim check {1}, then txsim run {2}").format(*[named(str(file))] * 3))


def _schema_beside(file: Path) -> bool:
    """Store the schema beside a file, and return whether it stands there."""
    try:
        return store_schema(file.with_name(_SCHEMA))
    except StoreError:
        return False


def _write_if_valid(file: Path, text: str) -> None:
    """Write a text in a file's place if it is a scenario."""
    with whole_file(file) as temporary:
        temporary.write_bytes(text.encode())
        load(temporary)


def _interview(file: Path) -> dict[str, str]:
    """Ask every question of the starter."""
    say_line(
        _(
            "At each question: one number (known), two (nine chances in ten that the truth lies between), or three "
            "(5 %, middle, 95 %); or back, quit, ?"
        )
    )
    by_key = {question.key: question for question in QUESTIONS}

    def upcoming(answers: Mapping[str, str]) -> Line | None:
        i, question = next(((i, q) for i, q in enumerate(QUESTIONS) if q.key not in answers), (0, None))
        if question is None:
            return None
        unit = f" ({unit_of(question, answers)})" if question.unit is not None else ""
        text = f"{i + 1}/{len(QUESTIONS)} {question.text}{unit}"
        default = "EUR" if question.key == "currency" else None
        return Line(question.key, text, question.help, question.choices, default)

    return ask_all(
        upcoming, lambda key, raw, answers: answer_of(by_key[key], raw, answers), lambda code: _left(file, code)
    )


def _left(file: Path, code: int) -> int:
    click.echo(_("nothing was written to {0}").format(named(str(file))))
    return code
