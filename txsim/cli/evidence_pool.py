# SPDX-License-Identifier: MIT
"""``txsim evidence pool``: several studies become one claim."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from txsim.cachedir import write_atomic
from txsim.cli import options
from txsim.errors import InputError, Problem
from txsim.language import _
from txsim.pooling.effect_sizes import MEASURES
from txsim.retold import retold

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
    interval: str,
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
        raise InputError(Problem("a forest plot is written as .png or .svg", file=str(plot)))
    if out is not None and about is None:
        raise InputError(Problem("--out needs --about, for example --about 'ex -> cx'"))
    from txsim.pooling.heterogeneity import TAU_PRIORS, read_tau_prior
    from txsim.pooling.meta_analysis import pool
    from txsim.pooling.mixtures import read_normals
    from txsim.pooling.pooled_claim import DEFAULT_TAU, pooled_claim
    from txsim.pooling.pooled_data import as_data
    from txsim.pooling.studies import read_studies

    told = read_studies(studies, measure)
    mu = _option("--mu-prior", mu_prior, read_normals, "")
    known = f"known: {', '.join(TAU_PRIORS)}"
    text = tau_prior or DEFAULT_TAU.get(told.measure)
    tau = None if text is None else _option("--tau-prior", text, read_tau_prior, known)
    try:
        found = pool(told.estimates, told.se, mu=mu, tau=tau, labels=told.labels, grid=grid)
    except ValueError as error:
        raise InputError(Problem(str(error), file=str(studies))) from None
    data = {"measure": told.measure, "grid": grid, "ignored": list(told.ignored), **as_data(found, level)}
    if out is not None and about is not None:
        claim = pooled_claim(
            found,
            told.measure,
            id=claim_id,
            about=about,
            statistic=statistic,
            design=design,
            factor=factor,
            unit=unit,
            source=source,
            file=studies.name,
        )
        data["claim"] = claim
        write_atomic(out, _claim_yaml(claim, str(data["priors"]["tau"])).encode())
    if plot is not None:
        from txsim.report.forest import forest_picture
        from txsim.report.pooled_text import MEASURE_WORDS, forest_rows

        rows = forest_rows(data, interval)
        mean = rows[-2]
        ends = f"{100 * level:g} %: {mean.low:.3g} … {mean.high:.3g}"
        title = f"Mean over {len(told.labels)} studies: {mean.middle:.3g} ({ends})".replace("-", "−")
        axis = _(MEASURE_WORDS[told.measure][0])
        write_atomic(plot, forest_picture(rows, retold(title), axis, plot.suffix.lower()[1:]))
    if as_json:
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    from txsim.report.pooled_text import pooled_text

    click.echo(pooled_text(data, interval))
    for path in (plot, out):
        if path is not None:
            click.echo(_("{0} written").format(path))


def _option(name: str, text: str, read: Any, hint: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise InputError(Problem(str(error), name, None, 1, source=text, hint=hint, width=len(text))) from None


def _claim_yaml(claim: dict[str, Any], tau: str) -> str:
    import yaml

    head = (
        "# A claim pooled by txsim: copy it under `evidence: add:` of a scenario.\n"
        "# se: standard error of the mean over studies; spread: estimated between studies, in place of the design's.\n"
    )
    return head + yaml.safe_dump(claim, sort_keys=False, allow_unicode=True, width=110)
