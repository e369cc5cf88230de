# SPDX-License-Identifier: MIT
"""``txsim priors elicit``: from what people say to priors, in an interview or from a file."""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import yaml

from txsim.cachedir import write_atomic
from txsim.cli import options
from txsim.cli.answer import tell
from txsim.cli.asking import said_command
from txsim.cli.speech import say_line, say_written
from txsim.elicit.expert_prior import Judged, as_quantity
from txsim.elicit.interview import Question, answered, judged, next_question, redo, to_sheet
from txsim.elicit.sheet import SheetError, read_sheet
from txsim.errors import InputError, Problem, message_of
from txsim.forecast.settable import Settable, settable
from txsim.interruption import exit_code
from txsim.language import Words, _, current, lazy
from txsim.priors.catalogue import Parameter
from txsim.priors.moments import median
from txsim.priors.sentences import implication
from txsim.priors.typed_numbers import doubtful_point
from txsim.results.elicitation import PriorsElicit
from txsim.scenario.editing import Note
from txsim.scenario.files import text_of
from txsim.scenario.findings import is_money
from txsim.scenario.layers import Layers
from txsim.scenario.prior_setting import doubts_about, set_priors
from txsim.scenario.yaml_reader import Path_, read_file


class _Back(Exception):
    pass


class _Quit(Exception):
    pass


@click.command("elicit")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1)
@click.option(
    "--from", "sheet", type=click.Path(path_type=Path), help="File with the answers, in place of the interview."
)
@click.option("--state", type=click.Path(path_type=Path), help="Where an interview is kept while it runs.")
@click.option("--save", type=click.Path(path_type=Path), help="Write the answers of the interview to this file too.")
@click.option("--fresh", is_flag=True, help="Forget an interrupted interview and begin anew.")
@click.option("--by", help="Who asks; by default the experts' names stand alone.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@options.root
@options.unattended
def command(
    file: Path,
    names: tuple[str, ...],
    sheet: Path | None,
    state: Path | None,
    save: Path | None,
    fresh: bool,
    by: str | None,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    root: Path | None,
) -> None:
    """Ask people about the parameters NAMES and write what they believe into FILE, a scenario or a pack.

    Every answer is kept at once: after an interruption the same command goes on where it was. At each question `back`
    steps back, `quit` leaves and `?` explains. --from takes the answers from a file.
    """
    here = settable(file, root)
    known = dict(here.parameters)
    names = tuple(here.name_of(name) for name in names)
    if sheet is not None:
        judgements, told_by, date = _from_file(sheet, known, names, here.places)
    elif as_json:
        raise InputError(Problem(lazy("--json needs --from: an interview speaks with a person")))
    else:
        if not names:
            hint = lazy("txsim priors elicit {file} ex_cx, or another of: {known}", file=file, known=", ".join(known))
            raise InputError(Problem(lazy("which parameters? name one at least"), hint=hint))
        kept = state or file.with_name(f".{file.name}.interview")
        date = datetime.date.today().isoformat()

        def agreed(name: str, answers: list[tuple[str, str]]) -> list[Judged]:
            """Write at once what has been agreed on; each fit was shown and confirmed, so that a misfit is accepted."""
            sheet_of_one = to_sheet([name], answers, by=by or "", date=date)
            sheet_of_one["parameters"][name]["accept_misfit"] = True
            judged_one = read_sheet(sheet_of_one, known)
            if not dry_run:
                for warning in _write(file, judged_one, by or "", date, root, here):
                    say_line(f"  {_('Check')}: {warning}", indent=4)
            return judged_one

        asked = list(dict.fromkeys(names))
        answers, by_name = _interview(known, asked, kept, file, fresh, agreed)
        judgements, told_by = [each for name in asked for each in by_name.get(name) or agreed(name, answers)], by or ""
        data = to_sheet(asked, answers, by=by or "", date=date)
        if save is not None:
            write_atomic(save, yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode())
    written = not dry_run
    if sheet is not None:
        doubts = _write(file, judgements, by or told_by, date, root, here) if written else ()
        told = tuple(each.told(known[each.name]) for each in judgements)
        tell(PriorsElicit(str(file), written, date, told, doubts), as_json=as_json)
        return
    if written:
        kept.unlink(missing_ok=True)
    what = ", ".join(each.name for each in judgements)
    text = _("{file}: {names} written") if written else _("nothing was written; {file} would get {names}")
    click.echo(text.format(file=file, names=what))
    if save is not None:
        say_written(save, quiet=quiet)


def _write(
    file: Path, judgements: list[Judged], by: str, date: str, root: Path | None, here: Settable
) -> tuple[Words, ...]:
    """Set all priors, or none; return what ``txsim check`` warns of since then and no feedback has asked about."""
    notes = {}
    for e in judgements:
        people = str(lazy("{people} (asked by {by})", people=e.by, by=by)) if by and by != e.by else e.by
        notes[e.name] = Note(people, str(e.why), date)
    priors = {e.name: as_quantity(e.prior) for e in judgements}
    before = [*doubts_about(file, root), *(each.told(here.parameters[each.name]).doubt for each in judgements)]
    set_priors(file, priors, notes, root=root, known=here.parameters, places=here.places)
    return tuple(doubt for doubt in doubts_about(file, root) if doubt not in before)


def _from_file(
    sheet: Path, known: dict[str, Parameter], names: tuple[str, ...], places: Mapping[str, Path_]
) -> tuple[list[Judged], str, str]:
    document = read_file(sheet)
    here = Layers.of([document])
    if document.problems:
        raise InputError(document.problems)
    asked = [
        here.problem(path, question)
        for path, text in document.grouped
        if (question := doubtful_point(text, grouped=is_money(places.get(str(path[1]), ()) if len(path) > 1 else ())))
    ]
    if asked:
        raise InputError(asked)
    data = document.data
    try:
        judgements = read_sheet(data, known)
    except SheetError as error:
        raise InputError([here.problem(*finding) for finding in error.findings]) from None
    missing = [name for name in names if name not in data["parameters"]]
    if missing:
        raise InputError(
            here.problem(("parameters",), lazy("says nothing about {missing}", missing=", ".join(missing)))
        )
    chosen = [each for each in judgements if not names or each.name in names]
    return chosen, data.get("by", ""), data.get("date", "") or datetime.date.today().isoformat()


def _interview(
    known: dict[str, Parameter],
    names: list[str],
    state: Path,
    file: Path,
    fresh: bool,
    agreed: Callable[[str, list[tuple[str, str]]], list[Judged]],
) -> tuple[list[tuple[str, str]], dict[str, list[Judged]]]:
    """Ask until everything is answered; what has been said, and what was agreed on, is on disk after every answer."""
    by_name: dict[str, list[Judged]] = {}
    answers = [] if fresh else _resumed(state, names)
    if answers:
        say_line(
            lazy(
                "An interview about {names} was interrupted after {number} answers; it goes on here.",
                names=", ".join(names),
                number=len(answers),
            )
        )
    else:
        say_line(lazy("At each question: an answer, or `back`, `quit`, `?`. Every answer is kept at once."))
    heading = ""
    while (question := next_question(known, names, answers)) is not None:
        name = question.id.partition("/")[0]
        if name != heading:
            heading = name
            parameter = known[name]
            click.echo()
            say_line(f"{name}: {lazy(parameter.meaning)}, {lazy(parameter.unit)}", indent=2)
            say_line(f"  {_reading(parameter)}", indent=2)
        try:
            text = _asked(known, question, answers)
        except _Back:
            answers = answers[:-1]
        except (_Quit, click.Abort, EOFError, KeyboardInterrupt) as stop:
            click.echo()
            if by_name:
                click.echo(_("{file}: written so far: {names}").format(file=file, names=", ".join(by_name)))
            else:
                click.echo(_("{file} is as it was").format(file=file))
            say_line(
                _("Stopped after {n} answers, kept in {state}: the same command goes on there.").format(
                    n=len(answers), state=state
                )
            )
            raise SystemExit(0 if isinstance(stop, _Quit) else exit_code()) from None
        else:
            refused = question.kind == "confirm" and text == "no"
            answers = redo(question, answers) if refused else [*answers, (question.id, text)]
            if not refused and question.id.endswith("/keep"):
                by_name[name] = agreed(name, answers)
        _keep(state, names, answers)
    return answers, by_name


def _asked(known: dict[str, Parameter], question: Question, answers: list[tuple[str, str]]) -> str:
    suggested = question.default
    if question.kind == "confirm":
        try:
            judgement = judged(known, question, answers)
            click.echo(_feedback(judgement, known[judgement.name]))
            suggested = "yes" if judgement.fitting else "no"  # an empty line agrees to nothing that was not said
        except ValueError as error:
            say_line(lazy("  This cannot be: {error}. It is asked again.", error=message_of(error)), indent=2)
            return "no"
    options = f" [{'/'.join(map(str, question.words))}]" if question.choices else ""
    while True:
        nothing = "" if question.kind == "text" else None
        default = str(lazy(suggested)) if options and suggested else suggested or nothing
        text = f"{question.text}{options}"
        raw = str(click.prompt(text, default=default, show_default=bool(question.default)))
        word = said_command(raw)
        if word == "back":
            raise _Back
        if word == "quit":
            raise _Quit
        if word == "?":
            say_line(f"  {question.help or lazy('Answer in your own words.')}", indent=2)
            continue
        try:
            return answered(known, question, raw, answers)
        except ValueError as error:
            say_line(f"  {message_of(error).worded(figures=False)}", indent=2)


def _feedback(judgement: Judged, parameter: Parameter) -> str:
    """Return what the fit implies, with its density."""
    from txsim.report.document import Document, Section
    from txsim.report.sections.belief_changes import feedback
    from txsim.report.terminal import for_stdout

    blocks = feedback(judgement.told(parameter))
    return for_stdout(Document("", "", "", current(), (Section("feedback", "", tuple(blocks)),)))


def _reading(parameter: Parameter) -> str:
    """Return how the unit reads, by a round number of the size that is usual."""
    size = abs(median(parameter.prior)) if parameter.prior is not None else 1.0
    value = 10.0 ** math.floor(math.log10(size)) if size > 0 else 1.0
    words = implication(parameter.unit, parameter.meaning, value)
    return _("how the unit reads: {value:g} would mean: {words}").format(value=value, words=words)


def _keep(state: Path, names: list[str], answers: list[tuple[str, str]]) -> None:
    data = {"interview": {"names": names, "answers": [list(pair) for pair in answers]}}
    head = "# A txsim interview in progress; `txsim priors elicit` goes on from here.\n"
    write_atomic(state, (head + yaml.safe_dump(data, sort_keys=False, allow_unicode=True)).encode())


def _resumed(state: Path, names: list[str]) -> list[tuple[str, str]]:
    """Return the answers of an interrupted interview about the same parameters."""
    if not os.path.lexists(state):
        return []
    hint = lazy("delete it, or begin anew by --fresh")
    try:
        data = yaml.safe_load(text_of(state, str(state)))["interview"]
        kept, answers = list(data["names"]), [(str(key), str(text)) for key, text in data["answers"]]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, yaml.YAMLError):
        raise InputError(Problem(lazy("the interview kept here cannot be read"), file=str(state), hint=hint)) from None
    if kept != names and answers:
        message = lazy(
            "an interrupted interview about {kept} is kept here, not about {names}",
            kept=", ".join(kept),
            names=", ".join(names),
        )
        raise InputError(Problem(message, file=str(state), hint=lazy("name the same parameters, or {hint}", hint=hint)))
    return answers
