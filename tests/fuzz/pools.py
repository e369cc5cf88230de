# SPDX-License-Identifier: MIT
"""Tables of studies and the options of `evidence pool`."""

from __future__ import annotations

import random
from pathlib import Path

from tests.fuzz.campaign import main
from tests.fuzz.mutations import NAMES, NUMBERS, WORDS, damaged
from tests.fuzz.panels import as_csv, spoiled

_FORMS = {
    "estimate,se": lambda rng: [f"{rng.gauss(0.3, 0.2):.3f}", f"{rng.uniform(0.05, 0.4):.3f}"],
    "estimate,low,high": lambda rng: ["0.3", f"{rng.uniform(-1, 0.2):.2f}", f"{rng.uniform(0.4, 1):.2f}"],
    "r,n": lambda rng: [f"{rng.uniform(-0.4, 0.8):.2f}", str(rng.randrange(10, 400))],
    "events1,n1,events2,n2": lambda rng: [str(rng.randrange(9)), "51", str(rng.randrange(30)), "157"],
    "mean1,sd1,n1,mean2,sd2,n2": lambda rng: ["3.1", f"{rng.uniform(0.5, 2):.2f}", "40", "2.8", "1.1", "35"],
}
_PRIORS = (
    *(
        "uniform",
        "normal(0, 4)",
        "0.8 normal(0, 1) + 0.2 normal(0, 10)",
        "half_normal(0.5)",
        "half_cauchy(25)",
        "fixed(0)",
    ),
    *("half_t(1, 4)", "exponential(2)", "jeffreys", "i2", "dumouchel", "uniform_to(3)", "inverse_gamma(1, 1)", "fixed"),
    *("lomax(1, 1)", "log_normal(0, 1)", "truncated_normal(0, 1)", "inverse_gamma_squared(1, 1)", "gamma(2, 1)"),
)


def _prior(rng: random.Random) -> str:
    text = rng.choice(_PRIORS)
    if rng.random() < 0.3:
        text = text.replace(rng.choice(["0", "1", "2", "4", "(", ")", ", "]), rng.choice([*NUMBERS, "", "((", "-1"]), 1)
    return text.replace("\0", "")


def prepare(base: Path) -> None:
    """Nothing is shared."""


def case(rng: random.Random, base: Path, folder: Path) -> list[str]:
    """Write a table of studies and pool it."""
    form = rng.choice(sorted(_FORMS))
    rows = [["study", *form.split(",")]]
    rows += [[f"s{i}", *_FORMS[form](rng)] for i in range(rng.choice([1, 2, 3, 6, 12, 40]))]
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        rows = spoiled(rng, rows)
    content = as_csv(rng, rows)
    file = folder / "studies.csv"
    file.write_bytes(damaged(rng, content) if rng.random() < 0.2 else content)
    args = ["evidence", "pool", str(file)]
    for option, value in (
        ("--mu-prior", _prior(rng)),
        ("--tau-prior", _prior(rng)),
        ("--level", rng.choice(["0.95", "0.5", "nan", "1e-9", "0.999999999", "0", "x"])),
        ("--interval", rng.choice(["shortest", "central", "x"])),
        ("--grid", rng.choice(["direct", "exact"])),
        ("--measure", rng.choice(["correlation", "estimate", "log_odds_ratio", "standardised_mean_difference", "x"])),
    ):
        if rng.random() < (0.05 if option == "--measure" else 0.25):
            args.append(f"{option}={value}")
    if rng.random() < 0.2:
        args += [
            "--out",
            str(folder / "claim.yaml"),
            "--about",
            rng.choice(["ex -> cx", "ex->cx", *NAMES, *WORDS[:12]]),
        ]
        args += ["--factor", rng.choice(["1", "1e308", "0", "nan", "-1"])]
    return [*args, *rng.choice([[], ["--json"], ["--lang", "ru"]])]


if __name__ == "__main__":
    main("pools", prepare, case)
