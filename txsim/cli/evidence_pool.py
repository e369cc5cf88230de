# SPDX-License-Identifier: MIT
"""``txsim evidence pool``: several studies become one claim."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from txsim.cachedir import write_atomic
from txsim.cli import options
from txsim.cli.speech import say_written
from txsim.errors import InputError, Problem
from txsim.evidence.claim_types import WHERE
from txsim.evidence.effect_sizes import MEASURES
from txsim.language import lazy


@click.command("pool")
@click.argument("studies", type=click.Path(path_type=Path))
@click.option(
    "--measure", metavar="NAME", help=f"What is pooled, where the columns leave a choice: {', '.join(MEASURES)}."
)
@click.option(
    "--mu-prior",
    default="uniform",
    show_default=True,
    metavar="PRIOR",
    help="Prior of the mean: uniform, normal(0, 4), or 0.8 normal(0, 1) + 0.2 normal(0, 10).",
)
@click.option(
    "--tau-prior",
    metavar="PRIOR",
    help="Prior of the spread: half_normal(0.5), half_cauchy(25), half_t(1, 4), exponential(2), uniform, …; "
    "by default weakly informative for the measure.",
)
@click.option(
    "--level",
    type=options.ShareRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Probability of the intervals that are shown; of those in the file write a column `level`.",
)
@click.option(
    "--interval",
    type=click.Choice(["shortest", "central"]),
    default="shortest",
    show_default=True,
    help="Which intervals are shown; --json has both.",
)
@click.option(
    "--grid",
    type=click.Choice(["direct", "exact"]),
    default="direct",
    show_default=True,
    help="direct: as published analyses discretise the spread; exact: every node of the quadrature.",
)
@options.file_to_write("--plot", formats=("png", "svg"), help="Forest plot to write, .png or .svg.")
@options.file_to_write(
    "--out",
    formats=("yaml", "yml"),
    help="Write the pooled figure as a claim into a file that --evidence reads; other claims in it stay.",
)
@click.option("--about", metavar="PATH", help="What the claim speaks about, for example `ex -> cx`; needed for --out.")
@click.option("--design", help="Kind of study that was pooled, for example cross_section; needed for --out.")
@click.option("--where", type=click.Choice(WHERE), help="Whether they were made in your own firm; needed for --out.")
@click.option("--id", "claim_id", default="pooled-studies", show_default=True, help="Id of the claim.")
@click.option("--statistic", metavar="NAME", help="correlation, effect, slope, parameter, ratio or quantity.")
@click.option("--unit", metavar="SCALE", help="Scale on which the outcome was measured, such as nps.")
@click.option("--per", type=options.NUMBER, help="By how much experience differs between the two sides.")
@click.option("--per-unit", metavar="SCALE", help="Scale of that, such as stars.")
@click.option("--base", type=options.SHARE, help="Share that an odds ratio starts from.")
@click.option("--event", help="What is counted in shares: favourable or unfavourable.")
@click.option(
    "--factor", type=options.NUMBER, default=1.0, show_default=True, help="Times what is pooled, before that."
)
@click.option("--source", default="", help="Citation of the claim; by default the names of the studies.")
@options.unattended
def command(
    studies: Path,
    measure: str | None,
    mu_prior: str,
    tau_prior: str | None,
    level: float,
    interval: Literal["shortest", "central"],
    grid: str,
    plot: Path | None,
    as_json: bool,
    quiet: bool,
    out: Path | None,
    about: str | None,
    claim_id: str,
    statistic: str | None,
    design: str | None,
    where: str | None,
    unit: str | None,
    per: float | None,
    per_unit: str | None,
    base: float | None,
    event: str | None,
    factor: float,
    source: str,
) -> None:
    """Pool the estimates in STUDIES.csv by a random-effects model: mean, spread between studies, a new organisation.

    Columns: estimate,se or odds_ratio,low,high or r,n or events1,n1,events2,n2 or mean1,sd1,n1,mean2,sd2,n2,
    and study for names.
    """
    if out is not None and about is None:
        raise InputError(Problem(lazy("--out needs --about, for example --about 'ex -> cx'")))
    if out is not None and design is None:
        from txsim.evidence import designs

        message = lazy("--out needs --design: how far such studies are believed follows from their kind")
        raise InputError(Problem(message, hint=lazy("known: {names}", names=", ".join(designs()))))
    if out is not None and where is None:
        message = lazy("--out needs --where: the data of your own firm are a claim or a panel, never both")
        raise InputError(Problem(message, hint=lazy("known: {names}", names=", ".join(WHERE))))
    from txsim.cli.answer import tell
    from txsim.pooling.pooled_data import pooled_studies

    conversion = {"unit": unit, "per": per, "per_unit": per_unit, "base": base, "event": event}
    claim = {
        "id": claim_id,
        "about": about,
        "statistic": statistic,
        "design": design,
        "where": where,
        "conversion": {key: value for key, value in conversion.items() if value is not None},
        "factor": factor,
        "source": source,
    }
    pooling = pooled_studies(
        studies,
        measure=measure,
        mu_prior=mu_prior,
        tau_prior=tau_prior,
        level=level,
        interval=interval,
        grid=grid,
        claim=None if out is None else claim,
    )
    if out is not None and pooling.claim is not None:
        from txsim.scenario.evidence_file import add_claims

        add_claims(out, pooling.claim)
    tell(pooling, as_json=as_json)
    if plot is not None:
        from txsim.report.output import slide_bytes
        from txsim.report.reading import result_from

        write_atomic(plot, slide_bytes([result_from(pooling)], "forest", plot.suffix.lower()[1:]))
    for path in (plot, out):
        if path is not None:
            say_written(path, quiet=quiet or as_json)
