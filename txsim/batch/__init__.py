# SPDX-License-Identifier: MIT
"""Many scenarios: planning, chunks, workers, results that survive anything (docs/batch.md).

``txsim.batch(paths)`` runs a batch.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from txsim.batch.queries import Results

__all__ = ["batch"]


def batch(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Results:
    """Forecast many scenarios.

    Parameters
    ----------
    paths
        Files, folders, globs and sweep files, one or several.
    out
        Folder of results, used again by the next call; by default a temporary one that lives as long as what is
        returned.
    **options
        As of :func:`txsim.batch.runner.run_batch`: ``draws``, ``seed``, ``workers``, ``scheduler``, ``memory``, more.

    Returns
    -------
    Results
        With ``frame`` (pandas), ``dataset`` (xarray), ``scenarios``, ``failures`` and ``query``.

    Raises
    ------
    InputError
        If nothing is found or a setting cannot be used. Faulty scenarios are no error: they are in ``failures``.
    StoreError
        If the folder is in use or the disk is full.
    """
    import tempfile
    from pathlib import Path

    from txsim.batch.queries import Results
    from txsim.batch.runner import run_batch

    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    keep = tempfile.TemporaryDirectory(prefix="txsim-batch-") if out is None else None
    folder = Path(keep.name if keep is not None else os.fspath(out or ""))
    return Results(folder, run_batch(given, folder, **options), keep)
