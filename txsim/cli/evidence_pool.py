# SPDX-License-Identifier: MIT
"""``txsim evidence pool``: several studies become one claim."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from txsim.cachedir import write_atomic
from txsim.cli import options
from txsim.errors import InputError, Problem
from txsim.language import _, lazy
from txsim.pooling.effect_sizes import MEASURES

__all__ = ["command"]


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
    type=options.FiniteRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Probability of the intervals.",
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
@click.option("--plot", type=click.Path(path_type=Path), help="Forest plot to write, .png or .svg.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the pooled figure as a claim, YAML for evidence.add."
)
@click.option("--about", metavar="PATH", help="What the claim speaks about, for example `ex -> cx`; needed for --out.")
@click.option("--id", "claim_id", default="pooled-studies", show_default=True, help="Id of the claim.")
@click.option("--statistic", metavar="NAME", help="correlation, effect, slope, parameter, ratio or quantity.")
@click.option("--design", default="cross_section", show_default=True, help="Kind of study that was pooled.")
@click.option("--factor", type=options.NUMBER, default=1.0, show_default=True, help="Model units in a pooled unit.")
@click.option("--unit", default="", help="Unit of the claim's value.")
@click.option("--source", default="", help="Citation of the claim; by default the names of the studies.")
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
    out: Path | None,
    about: str | None,
    claim_id: str,
    statistic: str | None,
    design: str,
    factor: float,
    unit: str,
    source: str,
) -> None:
    """Pool the estimates in STUDIES.csv by a random-effects model: mean, spread between studies, a new organisation.

    Columns: estimate,se or r,n or events1,n1,events2,n2 or mean1,sd1,n1,mean2,sd2,n2, and study for names.
    """
    if plot is not None and plot.suffix.lower() not in (".png", ".svg"):
        raise InputError(Problem(lazy("a forest plot is written as .png or .svg"), file=str(plot)))
    if out is not None and about is None:
        raise InputError(Problem(lazy("--out needs --about, for example --about 'ex -> cx'")))
    from txsim.cli.answer import tell
    from txsim.pooling.pooled_data import pooled_studies

    claim = {
        "id": claim_id,
        "about": about,
        "statistic": statistic,
        "design": design,
        "factor": factor,
        "unit": unit,
        "source": source,
    }
    found = pooled_studies(
        studies,
        measure=measure,
        mu_prior=mu_prior,
        tau_prior=tau_prior,
        level=level,
        interval=interval,
        grid=grid,
        claim=None if out is None else claim,
    )
    if out is not None and found.claim is not None:
        write_atomic(out, _claim_yaml(dict(found.claim)).encode())
    if plot is not None:
        from txsim.report.output import slide_bytes
        from txsim.report.reading import result_from

        write_atomic(plot, slide_bytes([result_from(found)], "forest", plot.suffix.lower()[1:]))
    tell(found, as_json=as_json)
    for path in (plot, out):
        if path is not None and not as_json:
            click.echo(_("{0} written").format(path))


def _claim_yaml(claim: dict[str, Any]) -> str:
    import yaml

    head = (
        "# A claim pooled by txsim: copy it under `evidence: add:` of a scenario.\n"
        "# se: standard error of the mean over studies; spread: estimated between studies, in place of the design's.\n"
    )
    return head + yaml.safe_dump(claim, sort_keys=False, allow_unicode=True, width=110)
