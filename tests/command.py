# SPDX-License-Identifier: MIT
"""The command line within the process of the tests: what starting Python anew would not tell besides."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from txsim import catalogues
from txsim.cli.main import main

ROOT = Path(__file__).resolve().parents[1]


def txsim(*args: str | Path, encoding: str = "utf-8", **env: str) -> CompletedProcess[str]:
    """Return what ``txsim`` with these arguments leaves behind, run from the repository's folder."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True) for _ in range(2))
    words = [str(arg) for arg in args]
    with pytest.MonkeyPatch.context() as patch, catalogues.speaking(catalogues.ENGLISH):
        patch.chdir(ROOT)
        for name, value in env.items():
            patch.setenv(name, value)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as left:
            main(words)
    code = left.value.code
    return CompletedProcess(
        words,
        code if isinstance(code, int) else 0 if code is None else 1,
        *(stream.buffer.getvalue().decode(encoding) for stream in (out, err)),
    )
