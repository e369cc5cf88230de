# SPDX-License-Identifier: MIT
"""CPU time per scenario × option × draw × month: the kernel beside C++, NumPy and JAX, in one run.

Usage: ``python benchmarks/kernel/kernel_bench.py [repetitions]``. All on one thread, float64, the same numbers in and
the same results out (checked to 1e-9), the implementations taking turns so that a busy machine disturbs all alike;
medians of CPU time. What is missing (a C++ compiler, JAX) is left out with a sentence that says so.

The kernel does not compute nodes that no push reaches; the others do. So the kernel is also timed with pushes of 0 on
every node, which makes it compute them all.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

# JAX and BLAS read these when they are imported: one thread, so that CPU time is comparable.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np
import numpy_kernel
import workload
from numpy.typing import NDArray

from txsim.simulate.engine import run, warm_up
from txsim.simulate.plan import Plan

Array = NDArray[np.float64]
DRAWS = 4096


def cpp(folder: Path, matrix: Array) -> tuple[str, Callable[[], Array]] | None:
    """Compile the C++ kernel at several vector widths and return the fastest."""
    compiler = shutil.which("g++")
    if compiler is None:
        print("C++ is left out: there is no g++ on this machine")
        return None
    plan = workload.workload(16)[0]
    one, rest = np.array(plan.discount_one_off), np.array(plan.discount_rest)
    best: tuple[float, str, Callable[[], Array]] | None = None
    for width in (32, 64, 128, 256):
        library = folder / f"default_graph_{width}.so"
        flags = ["-O3", "-march=native", "-Wno-psabi", f"-DVB={width}", "-shared", "-fPIC"]
        subprocess.run(
            [compiler, *flags, str(Path(__file__).with_name("default_graph.cpp")), "-o", str(library)], check=True
        )
        function = ctypes.CDLL(str(library)).simulate
        function.restype = None
        pointer, whole = ctypes.c_void_p, ctypes.c_long
        function.argtypes = [pointer, *[whole] * 5, pointer, pointer, ctypes.c_double, pointer]
        out = np.empty((6, 10 + len(plan.nodes), DRAWS))

        def call(function: Callable[..., None] = function, out: Array = out) -> Array:
            months, decision = workload.MONTHS, workload.DECISION
            function(
                matrix.ctypes.data,
                DRAWS,
                0,
                DRAWS,
                months,
                decision,
                one.ctypes.data,
                rest.ctypes.data,
                plan.rate,
                out.ctypes.data,
            )
            return out

        call()
        taken = min(cpu(call) for _ in range(5))
        if best is None or taken < best[0]:
            best = (taken, f"C++ by hand, {width // 8} lanes (g++ -O3 -march=native)", call)
    return (best[1], best[2]) if best else None


def jax(matrix: Array) -> tuple[str, Callable[[], Array]] | None:
    """Return the JAX kernel where JAX is installed."""
    try:
        import jax_kernel
    except ImportError as error:
        print(f"JAX is left out: {error}")
        return None
    function = jax_kernel.compiled(workload.workload(16)[0])
    return "JAX, vmap + scan", lambda: function(matrix)


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU seconds of the whole process, all its threads, that a call takes."""
    start = time.process_time()
    call()
    return time.process_time() - start


def agree(name: str, found: Array, told: Array) -> None:
    """Stop if two implementations disagree by more than 1e-9 of a field's size."""
    found = np.asarray(found)
    if not np.array_equal(np.isnan(found), np.isnan(told)):
        sys.exit(f"{name} has NaN in other places")
    size = np.nanmax(np.abs(told), axis=(0, 2), keepdims=True)
    error = float(np.nanmax(np.abs(found - told) / np.where(size > 0, size, 1)))
    if not error < 1e-9:
        sys.exit(f"{name} disagrees with the kernel by {error:.1e} of a field's size")


def on_every_node(plan: Plan, matrix: Array) -> tuple[Plan, Array]:
    """Return the same scenario with a push of 0 on every node."""
    nodes = range(len(plan.nodes))
    first = plan.rows().index("push[0]")
    more = np.insert(matrix, [first + len(plan.push_node)] * len(nodes), 0.0, axis=0)
    shapes = (*plan.push_shape, *[0 for _ in nodes])
    return replace(plan, push_node=(*plan.push_node, *nodes), push_shape=shapes), more


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    plan, matrix = workload.workload(DRAWS)
    warm_up(lambda sentence, share: print(sentence))
    told = run(plan, matrix).result
    with tempfile.TemporaryDirectory() as folder:
        both = [cpp(Path(folder), matrix), jax(matrix)]
        calls: dict[str, Callable[[], object]] = {"txsim": lambda: run(plan, matrix).result}
        calls |= dict(pair for pair in both if pair is not None)
        calls |= {"NumPy over draws": lambda: numpy_kernel.simulate(plan, matrix)}
        everywhere, zeros = on_every_node(plan, matrix)
        calls["txsim, computing every node"] = lambda: run(everywhere, zeros).result
        for name, call in calls.items():
            agree(name, np.asarray(call()), told)
        calls["txsim, two threads"] = lambda: run(plan, matrix, workers=2)
        taken: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(repetitions):
            for name, call in calls.items():
                taken[name].append(cpu(call))
    cells = told.shape[0] * plan.months * DRAWS
    print(f"\n{told.shape[0]} paths × {plan.months} months × {DRAWS} draws, float64, {repetitions} repetitions\n")
    print("| implementation | CPU ns per path × draw × month | times txsim |\n|---|---|---|")
    ours = np.array(taken["txsim"])
    for name, seconds in taken.items():
        ratio = float(np.median(np.array(seconds) / ours))
        print(f"| {name} | {np.median(seconds) / cells * 1e9:.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
