# SPDX-License-Identifier: MIT
"""What a person may say about a panel: ``link.yaml`` as a frozen value."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from txsim.errors import InputError, Problem, did_you_mean, nearest
from txsim.language import Message, Words, as_message, lazy, verbatim
from txsim.panel.reader.names import yaml_word
from txsim.priors.written_numbers import kind_name
from txsim.units import SCALES, of_ends, scale_meant

AUTO, RAW = "auto", "raw"
#: Financial outcomes that a panel may hold beside EX and CX, and the parameter that each informs.
OUTCOMES = {"churn": "churn_cx", "revenue_per_customer": "spend_cx", "margin": "cx_margin"}
ROLES = (
    *("unit", "period", "ex", "cx", "n_ex", "n_cx", "group", "kind", "cluster", "pilot", *OUTCOMES),
    *("weight", "respondent", "measure", "value", "treated", "post", "apart"),
)


#: What the numbers of a column can be.
Kind = Literal["auto", "answers", "scores", "codes", "fractions"]


class LinkSpec(BaseModel):
    """How to read a panel. Everything may be left out where columns are called `unit, period, ex, cx, n_ex, n_cx`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, str] = Field(default_factory=dict, description="role → name of the column in the file")
    scale: str = Field(default=AUTO, description="scale of both series: its name, or its ends as {worst: 5, best: 1}")
    ex_scale: str = Field(default="", description="scale of EX, where it differs")
    cx_scale: str = Field(default="", description="scale of CX, where it differs")
    form: Literal["auto", "scores", "answers"] = Field(
        default="auto", description="answers: one row per respondent, with one answer"
    )
    values: Kind | dict[Literal["ex", "cx"], Kind] = Field(
        default="auto",
        description="what the numbers are, of both series or of each by its name: single answers (0 … 10 of an NPS "
        "question), scores of many answers, codes "
        "(−1, 0, 1 or 1, 2, 3 for detractor, passive, promoter; 1 … 11 for 0 … 10), fractions of one (0.32 for 32)",
    )
    words: dict[str, float | str | dict[str, float | str]] = Field(
        default_factory=dict,
        description="word or code of an answer → its number on the scale, or the word meant; under ex or cx for one "
        "series alone",
    )
    missing: tuple[float, ...] | None = Field(
        default=None, description="numbers that stand for no answer; [] if none does; found if left out"
    )
    reverse: tuple[Literal["ex", "cx"], ...] = Field(default=(), description="series whose least number is the best")
    outcome_units: dict[str, Literal["share", "percent"]] = Field(
        default_factory=dict, description="churn, margin → whether 0.02 is a share or a percentage"
    )
    encoding: str = Field(default="", max_length=40, description="of text files, such as cp1251; found if left out")
    waves: dict[str, str | int] = Field(
        default_factory=dict, description="name of a week or wave → the month, quarter or year that it stands for"
    )
    start: str = Field(
        default="", description="first period after a pilot's start, where no column says before or after"
    )
    fill_down: bool = Field(
        default=False, description="whether an empty unit or period is the one above it, as in pivot tables"
    )
    ignore: tuple[str, ...] = Field(default=(), description="columns to leave out")
    only: dict[str, str | tuple[str, ...]] = Field(
        default_factory=dict, description="column → what it says in the rows that are read, where others do not count"
    )
    hidden: Literal["ask", "read", "skip"] = Field(
        default="ask", description="rows and sheets of an Excel file that Excel does not show: asked about, read or not"
    )
    sheet: str = Field(default="", description="sheet of an Excel file")
    items: dict[str, str] = Field(
        default_factory=dict, description="ex, cx → words of the question, for workbooks with one sheet per question"
    )
    drop_units: tuple[str, ...] | None = Field(
        default=None, description="units that are sums of others or not wanted; [] if none is, whatever it is called"
    )
    merge: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="new name → units that were merged into it; means weighted by respondents"
    )
    period_months: float | None = Field(default=None, gt=0, le=120, description="months from one period to the next")
    lag_months: float | None = Field(default=None, ge=0, le=240, description="known mean delay; estimated if left out")
    shared_raters: bool | None = Field(
        default=None, description="whether the same people answer both questions; found from equal counts if left out"
    )
    period_order: Literal["auto", "day_first", "month_first", "year_first", "turned"] = Field(
        default="auto", description="of dates like 3/4/2024 and 24/3/4; turned: a spreadsheet took days for months"
    )
    month_ends: Literal["auto", "same", "next"] | Annotated[int, Field(ge=2, le=31)] = Field(
        default="auto", description="the month of a date on a month's last day, or from a day on: its own, or the next"
    )
    time_zone: str = Field(
        default="", description="where the times of day of the periods were meant, as Europe/Berlin; UTC for as written"
    )

    def scale_of(self, series: str) -> str:
        """Return the scale of one series."""
        return {"ex": self.ex_scale, "cx": self.cx_scale}.get(series, "") or self.scale

    def values_of(self, role: str) -> str:
        """Return what the numbers of a series are: `ex`, `cx`, or a column of one such as `ex before`."""
        if isinstance(self.values, str):
            return self.values
        return next((kind for series, kind in self.values.items() if role.split()[0] == series), AUTO)

    def words_of(self, role: str) -> dict[str, float | str]:
        """Return what words and codes of a series mean, those that are said of it alone before those of all."""
        own = self.words.get(re.split("[ _]", role)[0])
        plain = {word: worth for word, worth in self.words.items() if not isinstance(worth, dict)}
        return {**plain, **own} if isinstance(own, dict) else plain


def read_spec(path: Path | None, **options: Any) -> LinkSpec:
    """Return the spec of a file, with what was told on the command line in its place.

    Raises InputError if the file is not a mapping, a key is unknown or a value is not possible.
    """
    content: dict[str, Any] = {}
    at: Callable[..., Problem] = _of_options
    if path is not None:
        from txsim.scenario.layers import Layers  # a panel is read without it where no spec is named
        from txsim.scenario.yaml_reader import read_file

        document = read_file(path, empty=lazy("for example `scale: nps`"))
        if document.problems:
            raise InputError(document.problems)
        at = Layers.of([document]).problem
        if not isinstance(document.data, dict):
            raise InputError(at((), lazy("expected keys with values, as in `scale: nps`")))
        content = dict(document.data)
    told = {key: value for key, value in options.items() if value not in (None, "")}

    def problem(place: tuple[str | int, ...], message: Words, hint: Words | None = None) -> Problem:
        return (_of_options if place[:1] and place[0] in told else at)(place, message, hint)

    content |= told
    for key in ("missing", "reverse", "ignore", "drop_units"):
        if isinstance(content.get(key), int | float | str):  # one needs no list
            content[key] = [content[key]]
    if isinstance(words := content.get("words"), dict):
        own = {series: _with_missing(words[series]) for series in ("ex", "cx") if series in words}
        content["words"] = _with_missing(words) | own
    problems = [_unknown(problem, str(key)) for key in content if key not in LinkSpec.model_fields]
    for role in content.get("columns", {}) if isinstance(content.get("columns"), dict) else ():
        stem = str(role).removeprefix("ex_").removeprefix("cx_")
        if role not in ROLES and stem not in ("promoters", "passives", "detractors"):
            message = lazy("unknown role{suggestion}", suggestion=did_you_mean(str(role), ROLES))
            problems.append(problem(("columns", role, "[key]"), message))
    for key in ("scale", "ex_scale", "cx_scale"):
        scale = content.get(key)
        if isinstance(scale, dict):
            content[key] = scale = _by_ends(scale, content.get("reverse"), key, problem, problems)
        differs = key != "scale" and scale == ""  # not said: that of both
        named = isinstance(scale, str) and (scale in SCALES or scale in (AUTO, RAW))
        if scale is not None and not differs and not named:
            known = (*SCALES, RAW)
            message = lazy("expected the name of a scale, found {shown}", shown=kind_name(scale))
            if isinstance(scale, str):
                close = scale_meant(scale) or did_you_mean(scale, known)
                message = lazy("unknown scale `{scale}`{suggestion}", scale=scale[:60], suggestion=close)
            problems.append(problem((key,), message, lazy("known: {names}", names=", ".join(known))))
    if problems:
        raise InputError(problems)
    try:
        return LinkSpec.model_validate(content)
    except ValidationError as error:
        said = [e for e in error.errors() if not (_of_series(e) and isinstance(e["input"], dict))]
        findings = {_whose(e): e for e in reversed(said)}
        raise InputError([problem(at, *_expected(e)) for at, e in reversed(findings.items())]) from None


def _with_missing(words: Any) -> Any:
    """Return words with `missing` for null, YAML's word for nothing."""
    if not isinstance(words, dict):
        return words
    return {word: "missing" if worth is None else worth for word, worth in words.items()}


def _of_series(finding: Any) -> bool:
    """Whether a finding is about all words of one series."""
    at = finding["loc"]
    return len(at) == 3 and at[0] == "words" and at[1] in ("ex", "cx")


def _whose(finding: Any) -> tuple[str | int, ...]:
    """Return the keys that a finding is about; a word may be worth several kinds of things, and each has one."""
    at = tuple(finding["loc"])
    return (*at[:2], *at[3:4]) if at[0] == "words" else at


def _by_ends(
    ends: dict[Any, Any], reverse: Any, key: str, problem: Callable[..., Problem], problems: list[Problem]
) -> str:
    """Return the name of a scale that is stated by its ends, AUTO with a problem where they are none."""
    from txsim.scenario.fields import read_scale
    from txsim.scenario.record_fields import Refusal

    try:
        read = read_scale({**ends, "unit": "points"})
    except Refusal as refusal:
        said = refusal.context
        problems.append(problem((key, *([said["key"]] if said.get("key") else [])), said["message"], said.get("hint")))
        return AUTO
    if reverse and read.worst > read.best:
        message = lazy("the scale says already that its least number is the best; `reverse` would turn it back")
        problems.append(problem((key,), message, lazy("leave `reverse` out")))
        return AUTO
    return of_ends(read.worst, read.best)


def _of_options(place: tuple[str | int, ...], message: Words, hint: Words | None = None) -> Problem:
    """Return what is wrong with what the command line says."""
    said = None if hint is None else as_message(hint)
    return Problem(as_message(message), "options", path=".".join(map(str, place)), hint=said)


def _unknown(problem: Callable[..., Problem], key: str) -> Problem:
    """Return what is said of a key that no spec has; one of a scenario is in the wrong file, and not misspelt."""
    from txsim.scenario.findings import keys_at

    if key in keys_at(()):
        message: Words = lazy("`{key}` is a key of scenarios, and this file says how data are read", key=key)
    else:
        close = nearest(key, (*LinkSpec.model_fields, *keys_at(())))  # `titel` is a scenario's, and no `items`
        suggestion = did_you_mean(key, LinkSpec.model_fields) if close in LinkSpec.model_fields else ""
        message = lazy("unknown key `{name}`{suggestion}", name=key[:60], suggestion=suggestion)
    hint = lazy("names of columns stand under `columns`") if key in ROLES else None
    return problem((key, "[key]"), message, hint)


#: What is expected, by the beginning of pydantic's name of a finding.
_EXPECTED: tuple[tuple[str, Message], ...] = (
    ("tuple", lazy("a list was expected: `[a, b]`")),
    ("list", lazy("a list was expected: `[a, b]`")),
    ("dict", lazy("lines `name: value` were expected")),
    ("string_too_long", lazy("this text is too long")),
    ("string", lazy("a word was expected; put a number in quotes")),
    ("bool", lazy("true or false was expected")),
    ("int", lazy("a whole number was expected")),
    ("float", lazy("a number was expected")),
    ("finite", lazy("a finite number was expected")),
)


def _expected(finding: Any) -> tuple[Message, Message | None]:
    """Return what was expected in the words of people, a library's own where it says more; and what to write."""
    if _of_series(finding):
        return dict(_EXPECTED)["dict"], None
    if len(finding["loc"]) > 1 and finding["loc"][0] == "words":
        return lazy("a number on the scale was expected, or a word such as `missing`"), None
    hint = None
    if finding["loc"][0] == "missing" and isinstance(finding["input"], str):
        word = yaml_word(finding["input"].strip()[:30])
        hint = lazy("for a word write `words: {{{word}: missing}}`", word=word)
    return _of_kind(finding), hint


def _of_kind(finding: Any) -> Message:
    kind, limits = str(finding["type"]), finding.get("ctx", {})
    if kind == "literal_error":
        return lazy("one of {known} was expected", known=limits["expected"])
    if kind == "greater_than":
        return lazy("more than {limit:g} was expected", limit=limits["gt"])
    if kind == "greater_than_equal":
        return lazy("at least {limit:g} was expected", limit=limits["ge"])
    if kind == "less_than_equal":
        return lazy("at most {limit:g} was expected", limit=limits["le"])
    if kind == "value_error":
        return verbatim(str(limits.get("error", finding["msg"])))
    return next((message for start, message in _EXPECTED if kind.startswith(start)), verbatim(finding["msg"]))
