# SPDX-License-Identifier: MIT
"""The compiled evidence model on disk: the bits of nutpie's own run, without PyMC, never when altered."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.inference.families import PRIORS, every_family
from txsim.cachedir import listen, read_checked, write_checked
from txsim.inference import CalibrationSpec, model, model_code
from txsim.inference.bounds import bounded
from txsim.inference.compiled_model import Engine
from txsim.inference.spec import seed_for
from txsim.language import Message
from txsim.priors.distributions import lognormal

CHAINS: dict[str, Any] = {"draws": 150, "tune": 150, "target_accept": 0.8}
USE = """
    import hashlib, sys
    from tests.inference.families import PRIORS, every_family
    from txsim.inference.compiled_model import Engine

    said = []
    engine = Engine(every_family(), lambda sentence, share: said.append(sentence))
    found, _ = engine.sample(every_family(), 3, draws=150, tune=150)
    digest = hashlib.sha256(b"".join(found.par[name].tobytes() for name in (*PRIORS, "reach"))).hexdigest()
    slow = ("pymc", "pytensor", "arviz", "arviz_stats", "xarray", "pandas", "matplotlib")
    print(digest, len(said), [name for name in slow if name in sys.modules])
"""


def another_process() -> tuple[str, str, str]:
    """Sample in a process of its own: digest of the draws, sentences about compiling, what was imported in vain."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(USE)], cwd=root, capture_output=True, text=True, check=True
    )
    digest, said, imported = done.stdout.split(maxsplit=2)
    return digest, said, imported.strip()


def test_a_later_process_compiles_nothing_and_draws_what_nutpie_would() -> None:
    spec = every_family()
    layout = bounded(spec)
    first, again = another_process(), another_process()
    assert again == (first[0], "0", "[]")

    import nutpie
    from pytensor import config

    with config.change_flags(numba__fastmath=False):  # whichever test imported PyTensor first
        compiled = nutpie.compile_pymc_model(model.build(spec, layout))
    seed = int(seed_for(3, "mcmc").generate_state(1, np.uint32)[0])
    own = nutpie.sample(compiled, chains=4, seed=seed, progress_bar=False, **CHAINS)["posterior"].data_vars
    par = model.named_draws(spec, {str(name): np.asarray(values) for name, values in own.items()})
    assert hashlib.sha256(b"".join(par[name].tobytes() for name in (*PRIORS, "reach"))).hexdigest() == first[0]


@pytest.fixture(scope="module")
def kept() -> tuple[CalibrationSpec, Path]:
    """Return a specification whose code is in the cache, and the file."""
    spec = every_family()
    Engine(spec)
    return spec, model_code._path(spec, bounded(spec))


def test_code_gives_the_log_density_of_the_equations(kept: tuple[CalibrationSpec, Path]) -> None:
    """Where only one prior tells two points apart, the log density differs as SciPy says."""
    from scipy import stats

    spec = kept[0]
    layout = bounded(spec)
    code = model_code.model_code(spec, layout)
    data = model.data_of(spec, layout)
    point = code.start(spec)(0)
    assert point.shape == (code.n_dim,)
    place = code.n_dim - len(code.free) + code.free.index("free_uxc_cx")  # one coordinate for each of the last ones
    moved = point.copy()
    moved[place] = -0.4  # below 0 the parameter is held at 0, so that only its own prior tells the points apart
    lower = moved.copy()
    lower[place] = -0.9
    one, other = code.log_density(moved, data), code.log_density(lower, data)
    assert one is not None
    assert other is not None
    normal = stats.norm(0.2, 0.3)
    assert one[0] - other[0] == pytest.approx(normal.logpdf(-0.4) - normal.logpdf(-0.9), rel=1e-9)
    assert one[1][place] == pytest.approx((0.2 + 0.4) / 0.09, rel=1e-9)


def test_altered_code_is_never_used(kept: tuple[CalibrationSpec, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was cut, or whose code does not give what it gave, is made anew and said once."""
    spec, path = kept
    content = read_checked(path)
    assert content is not None
    compiled: list[CalibrationSpec] = []

    def compile_again(spec: CalibrationSpec, layout: Any) -> tuple[Any, bytes]:
        compiled.append(spec)
        return "compiled", content

    said: list[Message] = []
    listen(said.append)
    monkeypatch.setattr(model_code, "_compiled", compile_again)
    try:
        head, _, code = content.partition(b"\0")
        facts = json.loads(head)
        facts["probe"]["answer"][0] = (-1.0).hex()
        for bad in (path.read_bytes()[:-1], None):
            if bad is None:  # whole, but the log density is another one
                write_checked(path, json.dumps(facts).encode() + b"\0" + code)
            else:
                path.write_bytes(bad)
            assert model_code.model_code(spec, bounded(spec)) != "compiled"  # what is kept is linked
            assert read_checked(path) == content
            assert path.stat().st_mode & 0o077 == 0
    finally:
        listen(lambda message: None)
        write_checked(path, content)
    assert len(compiled) == 2
    assert len(said) == 1  # both times the same sentence


def test_what_is_written_into_the_code_names_it_and_numbers_do_not(kept: tuple[CalibrationSpec, Path]) -> None:
    spec, path = kept
    claim = spec.claims[0]
    other = replace(claim, credibility=0.2, statements=(replace(claim.statements[0], value=1.4, se=2.0),))
    numbers = replace(spec, claims=(other,), priors={**spec.priors, "reach": lognormal(1.1, 2.0)})
    assert model_code._path(numbers, bounded(numbers)) == path
    bound = replace(claim, statements=(replace(claim.statements[0], bound="at_most"),))
    uniform = replace(spec.priors["cx_ex"], args=(0.0, 0.3))
    for changed in (
        replace(spec, claims=(bound,)),
        replace(spec, claims=(claim, replace(claim, id="two", cluster="two"))),
        replace(spec, priors={**spec.priors, "cx_ex": uniform}),
        replace(spec, doubt={"ex_cx": 0.3}),
    ):
        assert model_code._path(changed, bounded(changed)) != path
