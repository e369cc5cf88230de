# SPDX-License-Identifier: MIT
"""Pages of the documentation that are made from what the program itself knows, each time the site is built.

The commands come from click, the evidence library and the parameters from the packaged data, the interface from
docstrings. A page that is typed by hand would be wrong after the next change.
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

#: One example a command that runs as it stands in a clone; a test runs them.
EXAMPLES = {
    "run": "txsim run scenarios/service_desk_pilot.yaml --out out/desk",
    "compare": "txsim compare scenarios/back_office_first.yaml scenarios/front_line_first.yaml",
    "pilot": "txsim pilot scenarios/service_desk_pilot.yaml",
    "sensitivity": "txsim sensitivity scenarios/service_desk_pilot.yaml",
    "explain": "txsim explain scenarios/service_desk_pilot.yaml",
    "whatif": 'txsim whatif scenarios/service_desk_pilot.yaml --vary "pilot.months=3,6,9"',
    "batch": "txsim batch scenarios --out out/tonight",
    "results top": "txsim results top out/tonight --by npv --option commit",
    "priors list": "txsim priors list scenarios/service_desk_pilot.yaml",
    "priors show": "txsim priors show ex_cx scenarios/service_desk_pilot.yaml",
    "priors compare": "txsim priors compare scenarios/service_desk_pilot.yaml --credibility vendor_claim=0,0.5,1",
    "priors check": "txsim priors check scenarios/service_desk_pilot.yaml",
    "workbench": "txsim workbench scenarios/service_desk_pilot.yaml",
    "evidence list": "txsim evidence list",
    "evidence show": "txsim evidence show sears-1998",
    "check": "txsim check scenarios/service_desk_pilot.yaml scenarios/sceptic.yaml",
    "sheet": "txsim sheet scenarios/service_desk_pilot.yaml -o out/inputs.xlsx",
    "graph": "txsim graph scenarios/tx_programme.yaml",
    "report": "txsim report out/desk -o out/desk.html",
    "plot": "txsim plot out/desk fan -o out/fan.png",
    "schema": "txsim schema",
    "cache": "txsim cache",
}
#: The interface, a module a section.
MODULES = (
    "txsim.scenario.loader",
    "txsim.scenario.models",
    "txsim.forecast.computation",
    "txsim.forecast.result",
    "txsim.forecast.draws",
    "txsim.results.run",
    "txsim.results.compare",
    "txsim.results.pilot",
    "txsim.results.sensitivity",
    "txsim.results.whatif",
    "txsim.results.link",
    "txsim.results.update",
    "txsim.results.backtest",
    "txsim.simulate.payoff",
    "txsim.simulate.statistics",
    "txsim.decide.value",
    "txsim.decide.indices",
    "txsim.decide.response",
    "txsim.decide.ranking",
    "txsim.decide.shares",
    "txsim.batch",
    "txsim.evidence.conversions",
    "txsim.priors.distributions",
    "txsim.units",
    "txsim.report.reading",
    "txsim.report.output",
    "txsim.errors",
)


def _cell(text: object) -> str:
    return re.sub(r"([|<>*_`\\])", r"\\\1", " ".join(str(text).split()))


def _command(name: str, command: click.Command, depth: int) -> list[str]:
    context = click.Context(command, info_name=f"txsim {name}")
    lines = [f"{'#' * depth} `txsim {name}`", "", (command.help or "").replace("\b", ""), ""]
    lines += ["```", command.get_usage(context), "```", ""]
    if name in EXAMPLES:
        lines += ["For example:", "", "```console", f"$ {EXAMPLES[name]}", "```", ""]
    options = [param for param in command.params if isinstance(param, click.Option) and param.name != "lang"]
    if options:
        lines += ["| option | what it does |", "|---|---|"]
        for option in options:
            record = option.get_help_record(context)
            if record is not None:
                lines.append(f"| {_cell(record[0])} | {_cell(record[1])} |")
        lines.append("")
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                lines += _command(f"{name} {inner}", found, depth + 1)
    return lines


def commands_page() -> str:
    """Return how to use every command."""
    from txsim.cli.main import VERBS

    lines = [
        "# Every command",
        "",
        "All commands know `--help` and `--lang`; most know `--json`, `--seed` and `--out`. Results of `--out` and of",
        "`--json` can be given to [`txsim report` and `txsim plot`](reports.md).",
        "",
    ]
    for verb in VERBS:
        lines += _command(verb, importlib.import_module(f"txsim.cli.{verb.replace('-', '_')}").command, 2)
    return "\n".join(lines)


def evidence_page() -> str:
    """Return the evidence library with its citations."""
    from txsim.evidence import library
    from txsim.evidence.claim_types import designs

    kinds = designs()
    roles = {
        "scored": "These condition the parameters, each as far as it is credible.",
        "default": "These are the basis of a prior or of a setting, and are not scored once more.",
        "context": "These are shown and cited, never scored.",
    }
    looked = {"yes": "read in the source", "cited": "cited in a page that names the source", "none": "not found"}
    lines = ["# Evidence library", "", "Every claim that comes with txsim, as the package holds it.", ""]
    for role, told in roles.items():
        lines += [f"## {role.capitalize()}", "", told, ""]
        for claim in library().values():
            if claim.role != role:
                continue
            lines += [f"### {claim.id}", "", _cell(claim.statement), ""]
            facts = [f"- Source: {_cell(claim.source or 'not stated')}" + (f" ({claim.year})" if claim.year else "")]
            facts.append(f"- The number: {looked[claim.read]}")
            if claim.design:
                design = kinds[claim.design]
                credible = design.credibility if claim.credibility is None else claim.credibility
                why = claim.why or design.why
                facts.append(
                    f"- Kind of study: {claim.design.replace('_', ' ')}; credible {credible:.0%}: {_cell(why)}"
                )
            for name in ("sample", "population"):
                if getattr(claim, name):
                    facts.append(f"- {name.capitalize()}: {_cell(getattr(claim, name))}")
            if claim.cluster:
                facts.append(f"- Sound or not together with the others of: {_cell(claim.cluster)}")
            for statement in claim.statements:
                bound = {"at_most": "at most ", "at_least": "at least "}.get(statement.bound or "", "")
                facts.append(
                    f"- Says: {statement.statistic} of `{statement.about}` is {bound}{statement.value:.4g} "
                    f"{_cell(statement.unit)}, standard error {statement.se:.3g} on the {statement.transform} scale"
                )
                if statement.conversion:
                    facts.append(f"- Converted by `{statement.conversion}`; {_cell(statement.assumptions or '')}")
            lines += [*facts, ""]
    return "\n".join(lines)


def parameters_page() -> str:
    """Return every parameter with its prior and the reason for it."""
    from txsim.priors.catalogue import parameters
    from txsim.priors.moments import describe

    lines = [
        "# Parameters and priors",
        "",
        "What is believed before any claim; `m ×/÷ f` has the median m and the 90 % interval m/f … m·f.",
        "",
        "| parameter | meaning | unit | prior | reason |",
        "|---|---|---|---|---|",
    ]
    for parameter in parameters().values():
        told = "" if parameter.prior is None else describe(parameter.prior)
        if parameter.variants:
            told = "; ".join(f"{name}: {describe(prior)}" for name, prior in parameter.variants.items())
        cells = (
            f"`{parameter.name}`",
            *(_cell(x) for x in (parameter.meaning, parameter.unit, told, parameter.reason)),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def api_page() -> str:
    """Return the interface, from docstrings."""
    lines = ["# Python interface", "", "Everything here works without the command line.", ""]
    for module in MODULES:
        lines += [f"::: {module}", "    options:", "      heading_level: 2", ""]
    return "\n".join(lines)


PAGES = {
    "commands.md": commands_page,
    "evidence.md": evidence_page,
    "parameters.md": parameters_page,
    "api.md": api_page,
}


def on_files(files: Any, config: Any) -> Any:
    """Add the pages to the site."""
    from mkdocs.structure.files import File

    for name, make in PAGES.items():
        files.append(File.generated(config, name, content=make()))
    return files
