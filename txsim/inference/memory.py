# SPDX-License-Identifier: MIT
"""About how much memory it takes to sample an evidence model, measured by ``benchmarks/memory_bench.py``."""

from __future__ import annotations

from txsim.inference.calibration import CHAINS, DRAWS
from txsim.inference.outside import inside
from txsim.inference.spec import CalibrationSpec
from txsim.inference.statements import Reference

_FLOAT = 8
#: A process with its libraries and the compiled model of the packaged links, and what each further link takes.
_MODEL, _LINK = 900 * 2**20, 2 * 2**20
#: Copies of a draw while it is sampled, kept and thinned, for each draw that is kept.
_COPIES = 8


def bytes_to_sample(spec: CalibrationSpec, length: int = DRAWS) -> int:
    """Return about how many bytes it takes to compile and sample the part that evidence speaks of.

    ``length`` draws are kept of each chain.
    """
    part = inside(spec)
    network = Reference(part.graph).network
    # One constant spreads slopes over the matrix of nodes; the compiler holds copies of it.
    spread = _FLOAT * len(network.links) * len(network.nodes) ** 2
    kept = _FLOAT * CHAINS * length * (len(part.names) + len(network.links))
    return _MODEL + _LINK * len(network.links) + 3 * spread + _COPIES * kept
