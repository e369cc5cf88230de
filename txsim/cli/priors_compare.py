# SPDX-License-Identifier: MIT
"""``txsim priors compare``: what each claim and each belief does to the payoff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from txsim.cli import options
from txsim.desk import Desk, comparison
from txsim.desk.claim_effects import Variant
from txsim.errors import InputError, Problem
from txsim.language import lazy
from txsim.scenario.layers import Setting


@click.command("compare")
@options.scenario
@click.option(
    "--credibility",
    multiple=True,
    metavar="NAME=A,B,…",
    help="The payoff under these credibilities of a claim or a design, for example vendor_claim=0,0.1,0.5,1.",
)
@click.option("--no-claims", is_flag=True, help="And with no claim scored.")
@click.option(
    "--face-value", multiple=True, metavar="ID,…|all", help="And with these claims, or all, taken as they stand."
)
@click.option("--pack", "packs", multiple=True, metavar="NAME|FILE", help="And under a prior pack; may be repeated.")
@click.option(
    "--try",
    "tries",
    multiple=True,
    metavar="PATH=VALUE",
    help="And with a value changed, as by --set; may be repeated.",
)
@options.draws
@options.seed
@options.evidence
@options.overrides
@options.root
@click.option("--exact", is_flag=True, help="Sample anew for every belief, never weigh stored draws.")
@click.option("--brief", is_flag=True, help="The beliefs asked for alone, not the influence of every claim.")
@options.report
@options.unattended
@options.common
def command(
    common: options.Common,
    scenario: Path,
    credibility: tuple[str, ...],
    no_claims: bool,
    face_value: tuple[str, ...],
    packs: tuple[str, ...],
    tries: tuple[str, ...],
    exact: bool,
    brief: bool,
) -> None:
    """Show what claims and beliefs do to the payoff of SCENARIO.

    The payoff under each belief asked for; then, unless --brief, what leaving out each claim does, where each claim
    sits in what the prior and the others imply, which priors and claims the answer leans on, and what surveys see
    beside what pushing does.
    """
    loaded_scenario = common.load(scenario)
    with common.progress() as progress:
        desk = Desk(loaded_scenario, draws=common.draws, seed=common.seed, exact=exact, progress=progress)
        variants = list(_credibilities(desk, credibility))
        if no_claims:
            variants.append(Variant(lazy("no claims"), "no_claims", desk.no_claims()))
        for text in face_value:
            ids = None if text.strip() == "all" else [part.strip() for part in text.split(",") if part.strip()]
            label = lazy("{claims} at face value", claims=text.strip())
            variants.append(Variant(label, "face_value", desk.face_value(ids)))
        for pack in packs:
            other = replace(common, pack=pack).load(scenario)
            variants.append(Variant(lazy("pack {name}", name=pack), "pack", other))
        for text in tries:
            other = common.load(scenario, Setting.of(text, "--try"))
            variants.append(Variant(text, "set", other))
        answer = comparison(desk, variants, leave_one_out=not brief, conflicts=not brief, power_scaling=not brief)
    common.tell(answer)


def _credibilities(desk: Desk, texts: tuple[str, ...]) -> Iterator[Variant]:
    for text in texts:
        name, equals, values = text.partition("=")
        if not equals or not values.strip():
            hint = lazy("for example --credibility vendor_claim=0,0.1,0.5,1")
            message = lazy("expected NAME=A,B,…, found `{text}`", text=text[:60])
            raise InputError(Problem(message, file="--credibility", hint=hint))
        for share in options.listed_numbers(values, "--credibility", low=0, high=1, share=True):
            label = f"{name.strip()} {share:g}"
            yield Variant(label, "credibility", desk.credible({name.strip(): share}))
