# SPDX-License-Identifier: MIT
"""Chains of nutpie's sampler over machine code that is at hand (:mod:`txsim.inference.model_code`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any

import numpy as np

from txsim.errors import CalibrationError
from txsim.inference.calibration import CHAINS
from txsim.inference.model_code import ModelCode, Record
from txsim.language import lazy
from txsim.types import Array


def sample_chains(
    code: ModelCode,
    data: Array,
    begin: Callable[[int], Array],
    *,
    seed: int,
    draws: int,
    tune: int,
    target_accept: float,
    progress: Callable[[float], None] | None = None,
) -> tuple[dict[str, Array], Array]:
    """Return draws of the model's variables, and which of them came from trajectories that diverged.

    Parameters
    ----------
    code
        The log density.
    data
        What it reads, from :func:`txsim.inference.model.data_of`.
    begin
        Gives a chain's first coordinates by a seed.
    seed
        Of the sampler, below 2³².
    draws, tune
        Kept and discarded draws of each chain.
    target_accept
        Acceptance that step sizes aim at.
    progress
        Told the share of draws that are done.

    Returns
    -------
    tuple
        Arrays ``(chain, draw, ...)`` by name of a variable; ``(chain, draw)`` true where it diverged.

    Raises
    ------
    CalibrationError
        If the density exists at no point that chains begin at.
    """
    lib = _sampler()
    record = Record(data)
    alive = (code, record)
    names = [name for name, _ in code.variables]
    shapes = [list(shape) for _, shape in code.variables]
    dims = {name: [f"{name} axis {i}" for i in range(len(shape))] for name, shape in code.variables}
    sizes = {dim: n for name, shape in code.variables for dim, n in zip(dims[name], shape, strict=True)}
    model = lib.PyMcModel(
        lib.LogpFunc(code.logp, record.address, alive),
        lib.ExpandFunc(code.n_dim, code.n_expanded, code.expand, record.address, alive),
        lib.PyVariable.new_variables(names, ["float64"] * len(names), shapes, sizes, dims),
        code.n_dim,
        sizes,
        {},
        begin,
        None,
    )
    settings = lib.PyNutsSettings.Diag(seed)
    settings.update({"num_tune": tune, "num_draws": draws, "num_chains": CHAINS, "target_accept": target_accept})
    cores = min(CHAINS, os.cpu_count() or 1)
    callback = None if progress is None else lambda chains: progress(_done(chains))
    storage, silent = lib.PyStorage.arrow(), lib.ProgressType.none()
    sampler = lib.PySampler.from_pymc(settings, cores, model, silent, callback, 100, storage)
    try:
        sampler.wait(None)
    except RuntimeError as error:  # its words are the sampler's own, with a stack of addresses
        sampler.abort()
        message = lazy(
            "sampling could not begin: what the evidence says cannot be worked out under these priors; look for one "
            "that is 0, or wide beyond all reason"
        )
        raise CalibrationError(message) from error
    except BaseException:
        sampler.abort()
        raise
    values, stats = sampler.take_results().get_arrow_trace()
    variables = {
        name: np.stack([_column(batch, name, tune, shape) for batch in values]) for name, shape in code.variables
    }
    return variables, np.stack([_column(batch, "diverging", tune, ()) for batch in stats])


def _sampler() -> Any:
    """Return nutpie's sampler without the package around it, which imports ArviZ, Matplotlib and pandas."""
    name = "nutpie._lib"
    if name not in sys.modules:
        package = find_spec("nutpie")
        spec = None if package is None else PathFinder.find_spec(name, package.submodule_search_locations)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(name=name)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module  # a later import of nutpie finds it here
    return sys.modules[name]


def _column(batch: Any, name: str, tune: int, shape: tuple[int, ...]) -> Array:
    """Return a column of a chain's table without its first rows, ``(draw, ...)``."""
    import pyarrow as pa

    column = batch.column(name)
    numbers = pa.array(column)
    if pa.types.is_boolean(numbers.type):  # a bit each
        values = column.to_numpy()
    else:  # pyarrow's own way to NumPy imports pandas
        values = np.from_dlpack(getattr(numbers, "values", numbers))
    return np.asarray(values).reshape(batch.num_rows, *shape)[tune:]


def _done(chains: Sequence[Any]) -> float:
    """Return the share of draws that nutpie's chains have finished."""
    total = sum(chain.total_draws for chain in chains)
    return sum(chain.finished_draws for chain in chains) / total if total else 0.0
