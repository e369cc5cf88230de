# SPDX-License-Identifier: MIT
"""Results put in the order in which they are read: the answer, how sure, why, and how to check it."""

from __future__ import annotations

from collections.abc import Sequence

from txsim.errors import InputError
from txsim.language import _, current, plural
from txsim.report.believed import beliefs, scenario_of
from txsim.report.document import Document, Section
from txsim.report.figures import Reader
from txsim.report.reading import Result
from txsim.report.sections import answer, grounds, terms

__all__ = ["compose"]


def compose(results: Sequence[Result]) -> Document:
    """Return the report of one result or of several that belong together.

    Parameters
    ----------
    results
        Of any kind; the first run is what the report is about, the others fill its sections.

    Raises
    ------
    InputError
        If there is nothing to report.
    """
    if not results:
        message = "no result to report"
        raise InputError(message)
    runs = [result for result in results if result.kind == "run"]
    sections: list[Section | None] = []
    if runs:
        sections += _run(runs[0])
    sections.append(terms.provenance(results))
    main = runs[0] if runs else results[0]
    question = str(main.data.get("question") or "")
    return Document(main.title, question, _kicker(main), current(), tuple(s for s in sections if s is not None))


def _kicker(result: Result) -> str:
    data = result.data
    firm = (result.content or {}).get("organisation", {}).get("name", "")
    parts = ["txsim", firm]
    if "horizon_months" in data:
        parts.append(plural("{n} month", "{n} months", data["horizon_months"]))
    if "discount_rate" in data:
        parts.append(_("{rate} a year").format(rate=grounds.rate(data["discount_rate"])))
    parts.append(str(data.get("currency", "")))
    return " · ".join(part for part in parts if part)


def _run(result: Result) -> list[Section | None]:
    read = Reader(result.data)
    scenario = scenario_of(result)
    held = beliefs(result, scenario)
    return [
        answer.answer(result, read),
        answer.pays(result, read),
        grounds.believed(result, read, held),
        grounds.anyway(result, read),
        grounds.checks(result, read),
        grounds.fixed(result),
        terms.assumptions(scenario, result.data),
        terms.governance(scenario),
        terms.method(result.data),
    ]
