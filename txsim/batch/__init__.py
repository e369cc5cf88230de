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
        Fields of :class:`txsim.batch.work_plan.Settings`: ``draws``, ``seed``, more; and what
        :func:`txsim.batch.runner.run_batch` takes: ``workers``, ``scheduler``, ``memory``, more.

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
    from dataclasses import fields
    from pathlib import Path

    from txsim.batch.queries import Results
    from txsim.batch.runner import run_batch
    from txsim.batch.work_plan import Settings

    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    keep = tempfile.TemporaryDirectory(prefix="txsim-batch-") if out is None else None
    folder = Path(keep.name if keep is not None else os.fspath(out or ""))
    settings = Settings(**{each.name: options.pop(each.name) for each in fields(Settings) if each.name in options})
    return Results(folder, run_batch(given, folder, settings, **options), keep)
