# SPDX-License-Identifier: MIT
"""Sample what the package believes by default and put the draws into it: ``python tools/default_calibration.py``.

To be run whenever the packaged graph, priors or claims change, or the equations of the model; a test says when.
"""

from __future__ import annotations

import os
import shutil
import tempfile

from txsim.cachedir import cache_dir
from txsim.evidence import Settings, select
from txsim.inference import CalibrationSpec, store
from txsim.inference.sampling import sample
from txsim.pathways import default_graph
from txsim.priors.catalogue import calibration_parameters


def main() -> None:
    """Replace the packaged calibration."""
    spec = CalibrationSpec(default_graph(), calibration_parameters(), select(Settings()))
    with tempfile.TemporaryDirectory(prefix="txsim-default-") as folder:
        os.environ["TXSIM_CACHE"] = folder
        found = sample(spec)
        shutil.rmtree(store.PACKAGED, ignore_errors=True)
        target = shutil.copytree(cache_dir("calibrations", found.key), store.PACKAGED / found.key)
        for path in (target, *target.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)
    print(found.key)


if __name__ == "__main__":
    main()
