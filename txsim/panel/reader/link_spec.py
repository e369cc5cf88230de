# SPDX-License-Identifier: MIT
"""What a person may say about a panel: ``link.yaml`` as a frozen value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from txsim.errors import InputError, Problem, did_you_mean
from txsim.language import Message, lazy, verbatim
from txsim.units import SCALES, scale_meant

__all__ = ["AUTO", "OUTCOMES", "RAW", "LinkSpec", "read_spec"]

AUTO, RAW = "auto", "raw"
#: Financial outcomes that a panel may hold beside EX and CX, and the parameter that each informs.
OUTCOMES = {"churn": "churn_cx", "revenue_per_customer": "spend_cx", "margin": "cx_margin"}
ROLES = (
    *("unit", "period", "ex", "cx", "n_ex", "n_cx", "group", "kind", "cluster", "pilot", *OUTCOMES),
    *("weight", "respondent", "measure", "value", "treated", "post"),
)


#: What the numbers of a column can be.
Kind = Literal["auto", "answers", "scores", "codes", "fractions"]


class LinkSpec(BaseModel):
    """How to read a panel. Everything may be left out where columns are called `unit, period, ex, cx, n_ex, n_cx`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, str] = Field(default_factory=dict, description="role → name of the column in the file")
    scale: str = Field(default=AUTO, description="scale of both series")
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
    fill_down: bool = Field(
        default=False, description="whether an empty unit or period is the one above it, as in pivot tables"
    )
    ignore: tuple[str, ...] = Field(default=(), description="columns to leave out")
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
    period_order: Literal["auto", "day_first", "month_first"] = Field(
        default="auto", description="of dates like 3/4/2024"
    )

    def scale_of(self, series: str) -> str:
        """Return the scale of one series."""
        return (self.ex_scale if series == "ex" else self.cx_scale) or self.scale

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

    Raises
    ------
    InputError
        If the file is not a mapping, a key is unknown or a value is not possible.
    """
    content: dict[str, Any] = {}
    if path is not None:
        from txsim.scenario.yaml_reader import read_file  # a panel is read without it where no spec is named

        document = read_file(path)
        if document.problems:
            raise InputError(document.problems)
        content = document.data
        if not isinstance(content, dict):
            raise InputError(Problem(lazy("expected keys with values, as in `scale: nps`"), file=str(path)))
    content |= {key: value for key, value in options.items() if value not in (None, "")}
    for key in ("missing", "reverse", "ignore", "drop_units"):
        if isinstance(content.get(key), int | float | str):  # one needs no list
            content[key] = [content[key]]
    name = str(path) if path is not None else "options"
    problems = [
        Problem(
            lazy("unknown key{suggestion}", suggestion=did_you_mean(str(key), LinkSpec.model_fields)),
            file=name,
            path=str(key),
            hint=lazy("names of columns stand under `columns`") if key in ROLES else None,
        )
        for key in content
        if key not in LinkSpec.model_fields
    ]
    for role in content.get("columns", {}) if isinstance(content.get("columns"), dict) else ():
        stem = str(role).removeprefix("ex_").removeprefix("cx_")
        if role not in ROLES and stem not in ("promoters", "passives", "detractors"):
            problems.append(
                Problem(
                    lazy("unknown role{suggestion}", suggestion=did_you_mean(str(role), ROLES)),
                    file=name,
                    path=f"columns.{role}",
                )
            )
    for key in ("scale", "ex_scale", "cx_scale"):
        scale = content.get(key)
        differs = key != "scale" and scale == ""  # not said: that of both
        if scale is not None and not differs and scale not in (*SCALES, AUTO, RAW):
            known = (*SCALES, RAW)
            problems.append(
                Problem(
                    lazy(
                        "unknown scale `{scale}`{suggestion}",
                        scale=scale,
                        suggestion=scale_meant(str(scale)) or did_you_mean(str(scale), known),
                    ),
                    file=name,
                    path=key,
                    hint=lazy("known: {names}", names=", ".join(known)),
                )
            )
    if problems:
        raise InputError(problems)
    try:
        return LinkSpec.model_validate(content)
    except ValidationError as error:
        raise InputError(
            [Problem(_expected(e), file=name, path=".".join(str(p) for p in e["loc"])) for e in error.errors()]
        ) from None


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


def _expected(finding: Any) -> Message:
    """Return what was expected in the words of people; a library's own where it says more."""
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
