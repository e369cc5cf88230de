# SPDX-License-Identifier: MIT
"""Governance, the method in a page, and how to get the same figures again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from txsim.forecast import DEFAULT_DRAWS
from txsim.forecast.places import choice_words
from txsim.language import N_, _, plural
from txsim.language.numbers import number
from txsim.report.document import Block, Bullets, Code, Facts, Level, Note, Paragraph, Section, Table, Text
from txsim.report.reading import Result
from txsim.results.link import Link
from txsim.results.run import Run
from txsim.scenario import Scenario


def governance(scenario: Scenario | None) -> Section:
    """Return who must own it, and how long a whole programme takes."""
    items: list[Text] = [
        _(
            "Total experience needs an owner above the silos: a C-level "
            "customer-experience director, or HR and CX jointly."
        ),
        _(
            "A full programme takes 12 to 18 months from separate silos to one "
            "strategy; a pilot of one driver takes a few."
        ),
        _(
            "Who owns a driver decides how much of the intended effect "
            "execution delivers; that is part of the forecast."
        ),
        _("Write the decision rule down before the pilot begins, with its date, and keep to it."),
    ]
    if scenario is not None:
        for driver in scenario.drivers:
            text = _("This scenario takes it that, once begun, “{driver}” is owned by {owner}.")
            items.append(text.format(driver=driver.title or driver.name, owner=choice_words(driver.owner)))
    return Section("governance", _("Who must own it"), (Bullets(tuple(items)),))


def method(draws: int, *, taxed: bool) -> Section:
    """Return how the figures come about, and what they cannot tell."""
    return Section(
        "method",
        _("Method, and what this cannot tell you"),
        (
            Paragraph(
                _(
                    "Four experiences (of tools, of staff, of customers, across "
                    "channels) move each other and move money. Each "
                    "link has a slope and a delay that nobody knows exactly, so it is a distribution: what we believed "
                    "before, weighed against published claims by simulation (Markov chain Monte Carlo)."
                )
            ),
            Paragraph(
                _(
                    "A claim counts with the probability that it is sound. Surveys "
                    "across firms see an association, which "
                    "contains feedback, common causes and confounding; the model "
                    "takes these apart and only the effect pays."
                )
            ),
            Paragraph(
                _(
                    "Every draw of these beliefs is a possible future. In each of "
                    "{draws} futures the firm is simulated month "
                    "by month under every option on the same luck, and the payoff "
                    "of an option is its profit less that of "
                    "doing nothing. A mean is a mean over futures, an interval holds 90 % of them."
                ).format(draws=number(draws))
            ),
            Bullets(
                (
                    _(
                        "It does not know your firm: until your own data is linked, "
                        "slopes come from other firms' studies."
                    ),
                    _("What is not in the graph does not happen: no crisis, no change of strategy."),
                    _tax(taxed=taxed),
                    _("The simulation error says how exact the calculation is, not how right the model is."),
                    _("Probabilities are degrees of belief given stated priors; change the priors and they change."),
                )
            ),
        ),
    )


def _tax(*, taxed: bool) -> str:
    if not taxed:
        return _("There is no tax in it, for none was stated.")
    return _(
        "Tax is a flat share of profit less write-offs, and a loss is a relief, for the firm has other profit: no "
        "thresholds, no losses carried forward."
    )


#: What a report of a result without a title of its own is about.
_TITLES = {
    "link": N_("What our own panel says about EX and CX"),
    "backtest": N_("Forecasts of the past"),
    "compare": N_("Comparison of scenarios"),
    "batch": N_("A batch of scenarios"),
    "priors diff": N_("Two sets of priors"),
    "priors elicit": N_("What experts believe"),
    "priors packs": N_("Prior packs"),
    "priors set": N_("A prior that was set"),
    "evidence list": N_("Claims"),
    "evidence show": N_("One claim"),
    "evidence check": N_("Is the evidence complete?"),
    "evidence pool": N_("Studies pooled"),
}


def title_of(result: Result) -> str:
    """Return the title of the scenario, or what a result of many is about."""
    if result.kind == "diff":
        answer = result.answer
        between = " → ".join(answer.titles)
        return f"{answer.a.title}: {between}" if answer.a.title and answer.a.title == answer.b.title else between
    # The name of a batch is that of its folder.
    of_many = result.kind in _TITLES and (result.kind == "batch" or not getattr(result.answer, "scenario", ""))
    return _(_TITLES[result.kind]) if of_many else result.title


def provenance(results: Sequence[Result]) -> Section | None:
    """Return what made the figures, and the commands that make them again."""
    made: dict[tuple[str, str], list[Result]] = {}
    commands = []
    for result in results:
        answer = result.answer
        facts = [
            (_("scenario, SHA-256"), result.hash),
            (_("calibration"), getattr(getattr(answer, "calibration", None), "hash", None)),
            (_("panel, fingerprint of the data"), answer.data.digest if isinstance(answer, Link) else None),
            (_("seed"), getattr(answer, "seed", None)),
            (_("draws"), getattr(answer, "draws", None)),
            *((f"{name}", version) for name, version in result.versions.items()),
        ]
        for name, value in facts:
            if value is not None:
                made.setdefault((name, str(value)), []).append(result)
        if isinstance(answer, Run):
            commands.append(_command(result))
    blocks: list[Block] = []
    if commands:
        blocks += [
            Paragraph(
                _("The same commands with the same files give the same figures, to the last bit, however many workers:")
            ),
            Code("\n".join(commands)),
        ]
    if made:
        rows = tuple((_named(of, results), name, value) for (name, value), of in made.items())
        blocks.append(
            Table(_("What made these figures"), (_("result"), _("what"), _("value")), rows, frozenset({0, 1, 2}))
        )
    return Section("provenance", _("Where the figures come from"), tuple(blocks)) if blocks else None


def _named(some: Sequence[Result], results: Sequence[Result]) -> str:
    """Return which of the results of a page some are: titles, each with its verbs."""
    if len(results) == 1:
        return title_of(some[0])
    if len(some) == len(results):
        return _("all results")
    verbs: dict[str, list[str]] = {}
    for result in some:
        verbs.setdefault(title_of(result), []).append(result.kind)
    return "; ".join(f"{title} ({', '.join(kinds)})" for title, kinds in verbs.items())


def _command(result: Result) -> str:
    run: Run = result.answer
    name = run.source or (result.source if result.source.endswith((".yaml", ".yml")) else "SCENARIO.yaml")
    return command_of(run, name, "--out FOLDER", whole=True)


def command_of(run: Run, file: str, goal: str, *, whole: bool = False) -> str:
    """Return the command that gives the figures of a run again; options that are as packaged only where asked for."""
    options = [f"--draws {run.draws}"] if whole or run.draws != DEFAULT_DRAWS else []
    if run.calibration.seed or run.calibration.part:
        options.append(f"--fresh-seed {run.seed}")
    else:  # always: a file may state one, too
        options.append(f"--seed {run.seed}")
    options += ["--prior-only"] if run.calibration.source == "prior" else []
    return " ".join(["txsim run", shlex.quote(file), *map(shlex.quote, run.changed_by), *options, goal])


def basis(draws: int, seed: int) -> Facts:
    """Return how figures were drawn."""
    text = _("{draws} draws, seed {seed}; ± is the simulation error")
    return Facts(((_("Basis"), text.format(draws=number(draws), seed=str(int(seed)))),))


def more(count: int, level: Level) -> Note:
    """Return how many rows more there are, and in a terminal where."""
    if level == "brief":
        return Note(plural("and {n} more in --json", "and {n} more in --json", count))
    return Note(plural("and {n} more, not listed here", "and {n} more, not listed here", count))
