# SPDX-License-Identifier: MIT
"""``txsim evidence list``: the claims, filtered."""

from __future__ import annotations

from pathlib import Path

import click

from txsim.cli import options
from txsim.desk.library import claim_list


@click.command("list")
@click.argument("scenario", type=click.Path(path_type=Path), required=False)
@click.option("--path", help="What they speak about: `ex -> cx`, or a parameter such as churn_cx.")
@click.option("--design", help="Kind of study, for example vendor_claim.")
@click.option("--industry", help="Industry, for example retail.")
@click.option("--role", help="scored, default or context.")
@options.beliefs
@options.unattended
@options.common
def command(
    common: options.Common,
    scenario: Path | None,
    path: str | None,
    design: str | None,
    industry: str | None,
    role: str | None,
) -> None:
    """List claims of the library, with those that SCENARIO adds and the credibility that it gives them."""
    beliefs = common.beliefs(scenario)
    claims = claim_list(beliefs, path=path, design=design, industry=industry, role=role)
    common.tell(claims)
