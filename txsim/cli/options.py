# SPDX-License-Identifier: MIT
"""Options that several verbs share, so that they read and mean the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from txsim.forecast import DEFAULT_DRAWS

__all__ = ["as_json", "draws", "out", "overrides", "prior_only", "quiet", "root", "scenario", "seed", "workers"]

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

#: One scenario file.
scenario: Decorator = click.argument("scenario", type=click.Path(path_type=Path))
draws: Decorator = click.option(
    "--draws", type=int, default=DEFAULT_DRAWS, show_default=True, help="Number of draws, a power of two."
)
seed: Decorator = click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), help="Seed of the scenario's points; by default the file's, else 1."
)
overrides: Decorator = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change a value, for example drivers[0].one_off=50000.",
)
prior_only: Decorator = click.option("--prior-only", is_flag=True, help="Leave all claims out.")
as_json: Decorator = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
out: Decorator = click.option("--out", type=click.Path(path_type=Path), help="Folder for the results.")
root: Decorator = click.option(
    "--root", type=click.Path(path_type=Path), help="Folder that `extends` may not leave; by default the file's."
)
workers: Decorator = click.option(
    "--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Threads; results do not depend on it."
)
quiet: Decorator = click.option("--quiet", is_flag=True, help="No progress on stderr.")
