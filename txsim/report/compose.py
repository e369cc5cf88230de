# SPDX-License-Identifier: MIT
"""Results put in the order in which they are read: the answer, how sure, why, and how to check it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from txsim.errors import InputError, Problem
from txsim.language import _, current, lazy, plural
from txsim.language.numbers import currency_name
from txsim.report.basis import beliefs_of, scenario_of
from txsim.report.document import Document, Level, Section
from txsim.report.reading import Result, runs_of
from txsim.report.sections import answer, beliefs, checks, file_reading, method, plain_numbers
from txsim.report.words import rate
from txsim.results.compare import Comparison
from txsim.results.run import Run
from txsim.scenario import Scenario


def compose(results: Sequence[Result], level: Level = "full", *, page: bool = False) -> Document:
    """Return the report of one result or of several that belong together.

    ``results``: of any kind; the first run is what the report is about, the others fill its sections. ``level``:
    ``brief`` for what a terminal shows, else all. Raises :class:`InputError` if there is nothing to report.
    """
    if not results:
        raise InputError(lazy("no result to report"))
    groups = _groups(results)
    run = groups[0].get("run")
    if page:
        return _page(run, level)
    sections: list[Section] = []
    runs = [group["run"] for group in groups if "run" in group]
    if len(runs) > 1:
        from txsim.report.sections.side_by_side import runs_side_by_side

        sections.append(runs_side_by_side(runs))
    for i, group in enumerate(groups):
        chapter = [section for section in _sections(group.get("run"), group, level) if section is not None]
        sections += (
            chapter if i == 0 and len(runs) < 2 else _named(chapter, i, method.title_of(next(iter(group.values()))))
        )
    provenance = method.provenance(results) if level == "full" else None
    if provenance is not None:
        sections.append(provenance)
    main = run or results[0]
    title, question = method.title_of(main), main.question
    if len(runs) > 1:
        title, question = _("Comparison of runs"), "; ".join(result.title for result in runs)
        firms = dict.fromkeys(result.answer.organisation for result in runs if result.answer.organisation)
        # Horizon, rate and currency are each run's own, and stand in a table.
        kicker = " · ".join(["txsim", *firms, plural("{n} run", "{n} runs", len(runs))])
        return Document(title, question, kicker, current(), tuple(sections))
    return Document(title, question, _kicker(main), current(), tuple(sections))


def _groups(results: Sequence[Result]) -> list[dict[str, Result]]:
    """Return results by kind: a group for each run with what is of the same scenario, and for what comes twice.

    :class:`~txsim.errors.InputError` if one is of another scenario, or of the same with other values, than the rest.
    """
    runs = runs_of(results)
    groups: list[dict[str, Result]] = [{"run": result} for result in runs] or [{}]
    about = runs or sorted((each for each in results if each.hash), key=lambda each: each.kind == "update")[:1]
    for result in results:
        if isinstance(result.answer, Run):
            continue
        if result.hash and not any(_of_one_scenario(result, each) for each in about):
            raise InputError(_of_another(result, about[0]))
        room = [group for group in groups if result.kind not in group]
        same = [group for group in room if "run" in group and group["run"].hash == result.hash]
        if same or room:
            (same or room)[0][result.kind] = result
        else:
            groups.append({result.kind: result})
    return [group for group in groups if group]


def _of_one_scenario(one: Result, other: Result) -> bool:
    """Whether results are of one scenario; one that counts a finished pilot has another hash than the pilot's own."""
    if "update" in (one.kind, other.kind):
        return one.title == other.title
    return one.hash == other.hash


def _of_another(result: Result, first: Result) -> Problem:
    """Return what is wrong with a result that is not about the scenario of the first."""
    words = {"title": method.title_of(result), "first": first.source, "named": method.title_of(first)}
    if words["title"] == words["named"]:
        message = lazy("is about `{title}` with other values than {first}: one report is about one scenario", **words)
    else:
        message = lazy("is about `{title}`, {first} about `{named}`: one report is about one scenario", **words)
    hint = lazy("make it again from the same file with the same `--set`, or report each alone")
    return Problem(message, file=result.source, hint=hint)


def _named(sections: Sequence[Section], number: int, title: str) -> list[Section]:
    """Return the sections of one of several results, told apart by its title."""
    return [
        replace(section, id=f"{section.id}-{number + 1}", title=f"{title}: {section.title}") for section in sections
    ]


def _page(run: Result | None, level: Level) -> Document:
    if run is None:
        raise InputError(lazy("only the result of a run has a page one; give a folder that `txsim run … --out` wrote"))
    from txsim.report.sections.page_one import page_one

    return Document(method.title_of(run), run.question, _kicker(run), current(), (page_one(run, level),))


def _kicker(result: Result) -> str:
    answer = result.answer
    firm = getattr(answer, "organisation", "") or (result.content or {}).get("organisation", {}).get("name", "")
    parts = ["txsim", firm]
    if isinstance(answer, Comparison):
        firms = {
            str(each["organisation"].get("name") or "") for each in (result.content or {}).get("scenarios", {}).values()
        }
        parts[1] = " / ".join(sorted(firm for firm in firms if firm))
        parts.append(plural("comparison of {n} scenario", "comparison of {n} scenarios", len(answer.scenarios)))
        months = {int(each.horizon_months) for each in answer.scenarios}
        parts += [plural("{n} month", "{n} months", n) for n in months if len(months) == 1]
    if isinstance(answer, Run):
        parts.append(plural("{n} month", "{n} months", answer.horizon_months))
        kind = _("nominal") if answer.rate_kind == "nominal" else _("real")
        parts.append(_("{rate} a year {kind}").format(rate=rate(answer.discount_rate), kind=kind))
    parts.append(currency_name(getattr(answer, "currency", "")))
    return " · ".join(part for part in parts if part)


def _moved(run: Result | None, scenario: Scenario | None) -> set[str]:
    """Return the nodes that move under committing; all where that is not known."""
    if run is None:
        return set() if scenario is None else set(scenario.network().nodes)
    delta = run.answer.options["commit"].delta
    return {node for node, change in delta.items() if change.mean or change.sd}


def _own_data(others: Mapping[str, Result], level: Level) -> list[Section | None]:
    """Return what is known from an organisation's own data and from many forecasts."""
    from txsim.report.sections import data, forecasts, panel_worth, pilot_results

    # A page begins with what it is worth in money, a terminal ends with it: there the eye is at the end.
    money = [panel_worth.worth(others["link"], level)] if "link" in others else []
    sections = {
        "link": data.linked,
        "update": pilot_results.updated,
        "backtest": forecasts.backtested,
        "batch": forecasts.batched,
    }
    own: list[Section | None] = [section(others[kind], level) for kind, section in sections.items() if kind in others]
    return [*own[:1], *money, *own[1:]] if level == "brief" else [*money, *own]


def _believed(others: Mapping[str, Result], level: Level) -> list[Section | None]:
    """Return what is believed and on what evidence; of beliefs compared a page tells where it tells of beliefs."""
    from txsim.report.sections import belief_changes, belief_comparison, evidence, parameters, pooling
    from txsim.results.belief_changes import PriorsDiff, PriorsSet
    from txsim.results.beliefs import PriorsCheck, PriorsList, PriorsPacks, PriorsShow
    from txsim.results.elicitation import PriorsElicit
    from txsim.results.evidence import EvidenceCheck, EvidenceList, EvidenceShow
    from txsim.results.pooling import EvidencePool

    sections: dict[str, Callable[[Result, Level], Section]] = {
        PriorsList.kind: parameters.listed,
        PriorsShow.kind: parameters.shown,
        PriorsCheck.kind: parameters.checked,
        PriorsPacks.kind: parameters.packs,
        PriorsSet.kind: belief_changes.written,
        PriorsDiff.kind: belief_changes.differing,
        PriorsElicit.kind: belief_changes.elicited,
        EvidenceList.kind: evidence.listed,
        EvidenceShow.kind: evidence.shown,
        EvidenceCheck.kind: evidence.checked,
        EvidencePool.kind: pooling.pooled,
    }
    if level == "brief":
        sections["priors compare"] = belief_comparison.compared
    return [section(others[kind], level) for kind, section in sections.items() if kind in others]


def _tried(others: Mapping[str, Result]) -> list[Section | None]:
    if "priors compare" not in others:
        return []
    from txsim.report.sections.belief_comparison import beside_run

    return [beside_run(others["priors compare"])]


def _sections(run: Result | None, others: Mapping[str, Result], level: Level) -> list[Section | None]:
    """Return all sections in the order in which they are read; each appears if there is a result for it."""
    sections: list[Section | None] = []
    if run is not None and level == "brief":
        return [
            answer.answer(run, level),
            answer.pays(run, level),
            file_reading.own_data(run),
            beliefs.learnt(run, level),
            checks.checks(run, level),
            beliefs.anyway(run, level),
            beliefs.believed(run, level),
            beliefs.rests_on(run, level),
            *_tried(others),
        ]
    # What a terminal does not show of a run is not imported for it: a third of the time that showing it takes.
    from txsim.report.sections import belief_comparison
    from txsim.report.sections.assumptions import assumptions
    from txsim.report.sections.comparison import compared
    from txsim.report.sections.difference import changed
    from txsim.report.sections.explain import travels
    from txsim.report.sections.page_one import page_one
    from txsim.report.sections.pilot import pilot
    from txsim.report.sections.sensitivity import drives
    from txsim.report.sections.side_by_side import comparison_report
    from txsim.report.sections.whatif import tried

    about = run or others.get("explain")
    scenario = None if about is None else scenario_of(about)
    if run is not None:
        sections += [page_one(run, level), answer.answer(run, level), answer.pays(run, level)]
    if "explain" in others:
        sections.append(travels(others["explain"], level, scenario, _moved(run, scenario)))
    if "sensitivity" in others:
        sections.append(drives(others["sensitivity"], level))
    if "pilot" in others:
        sections.append(pilot(others["pilot"], level))
    compares = level == "full" and "priors compare" in others
    doubts = belief_comparison.tried(others["priors compare"]) if compares else ()
    if run is not None:
        believed = beliefs.believed(run, level, beliefs_of(run, scenario))
        sections.append(Section(believed.id, believed.title, (*believed.blocks[:1], *doubts, *believed.blocks[1:])))
    elif doubts:
        sections.append(Section("beliefs", _("What we believed, and why"), doubts))
    if "compare" in others:
        alone = run is None and level == "full"
        sections += comparison_report(others["compare"]) if alone else [compared(others["compare"], level)]
    if "whatif" in others:
        sections.append(tried(others["whatif"], level))
    sections += [*_own_data(others, level), *_believed(others, level)]
    if run is not None and "link" not in others:
        sections.append(file_reading.own_data(run))
    if "diff" in others:
        sections.append(changed(others["diff"], level))
    if run is not None:
        sections += [
            beliefs.anyway(run, level),
            checks.checks(run, level),
            plain_numbers.fixed(run),
            assumptions(scenario, run.answer),
            method.governance(scenario),
            method.method(run.answer.draws, taxed=run.answer.tax_rate is not None),
        ]
    return sections
