# SPDX-License-Identifier: MIT
"""The kernel's machine code on disk: loaded without numba, same bits, never executed when altered."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

from txsim.cachedir import read_checked, write_checked

RUN = """
    import sys
    import numpy as np
    from txsim.simulate.engine import run
    from txsim.simulate.plan import Plan, Wave, discount_factors

    def case():
        one, rest = discount_factors(0.1, 24, "monthly")
        wave = (Wave(), Wave(1, 0, 99), Wave(1, 0, 5), Wave(2, 0, 99, 1, 5, 99), Wave(2, 0, 5), Wave())
        plan = Plan(24, ("cx", "ex"), 0, -1, (1,), (1, 0), (0, 1), (True, False), (1,), (0,), (), (wave,),
                    (((0, 0), (0, 9), (0, 5), (0, 9), (0, 5), (0, 0)),), (False,), (True,), 0, 0, (1.0,) * 12,
                    "customers", True, True, 0.1, tuple(one), tuple(rest))
        return plan, np.random.default_rng(1).uniform(0.1, 0.6, (len(plan.rows()), 77))

    told = []
    out = run(*case(), monthly=True, progress=lambda sentence, share: told.append(sentence))
    import hashlib
    print(hashlib.sha256(out.result.tobytes() + out.monthly.tobytes()).hexdigest(), "numba" in sys.modules, len(told))
"""


def fresh_process(cache: Path) -> tuple[str, bool, int]:
    """Run the same case in a process of its own; return digest, whether numba was imported, sentences told."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(RUN)],
        env={**os.environ, "TXSIM_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    digest, numba, told = done.stdout.split()
    return digest, numba == "True", int(told)


def code_file(cache: Path) -> Path:
    """Return the newest kernel file of a cache."""
    return max((cache / "code").glob("kernel-*"), key=lambda path: path.stat().st_mtime)


def test_compiled_once_then_loaded_without_numba(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    first = fresh_process(cache)
    kept = code_file(cache)
    before = kept.read_bytes()
    second = fresh_process(cache)
    assert first == (first[0], True, 1)
    assert second == (first[0], False, 0)
    assert kept.read_bytes() == before
    assert kept.stat().st_mode & 0o077 == 0
    assert [path.name for path in (cache / "code").iterdir()] == [kept.name]

    # A loop that LLVM turns into a call of memset would crash a process that loads the code without numba.
    assert not re.findall(rb"\0(mem[a-z]+|exp|expm1|log|pow|fma|floor)\0", before)

    # Altered code is never executed: it is compiled anew and gives the old bits.
    kept.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    assert fresh_process(cache) == first

    # The name holds sources, versions and processor, so code that was made elsewhere is not even looked at.
    kept.rename(kept.with_name("kernel-" + "0" * 32 + kept.suffix))
    assert fresh_process(cache) == first


def test_code_that_was_cut_short_is_not_read(tmp_path: Path) -> None:
    kept = tmp_path / "code.o"
    write_checked(kept, b"machine code")
    assert read_checked(kept) == b"machine code"
    kept.write_bytes(kept.read_bytes()[:-1])
    assert read_checked(kept) is None
    kept.write_bytes(b"")
    assert read_checked(kept) is None


def test_blocks_are_as_wide_as_vectors() -> None:
    """The array side does not import numba to learn the width, so it is written down twice."""
    from txsim.simulate import engine, simd

    assert engine._BLOCK == simd.LANES


def test_two_processes_that_compile_at_once(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(RUN)],
            env={**os.environ, "TXSIM_CACHE": str(cache)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    digests = {process.communicate(timeout=120)[0].split()[0] for process in both}
    assert len(digests) == 1
    assert fresh_process(cache) == (digests.pop(), False, 0)
    assert len(list((cache / "code").iterdir())) == 1


def test_the_suite_has_one_thread_of_blas_as_the_command_line_has() -> None:
    """Two threads wait for each other in small products: what takes a second takes ten on a busy machine."""
    import numpy  # noqa: F401 - its library is asked
    from threadpoolctl import threadpool_info

    assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}
