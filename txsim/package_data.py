# SPDX-License-Identifier: MIT
"""Data files that come with the package: the graph, the priors, the evidence, as YAML that people can read.

Parsing a thousand lines of YAML takes longer than a whole simulation, so the parsed form is kept as JSON in the cache,
named by the hash of the YAML text: a changed file is parsed again by itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

from txsim.cachedir import cache_dir, read_checked, write_checked
from txsim.errors import StoreError


def load_packaged(package: str, name: str) -> Any:
    """Return a packaged YAML file as plain data.

    ``package``: dotted name of the package that holds the file, for example ``"txsim.pathways"``. ``name``: file name,
    for example ``"default.yaml"``. Returns dicts, lists, strings, numbers, booleans and ``None``.
    """
    # A wheel installs plain files; the import system's reader of resources would take a twentieth of a warm run.
    content = Path(__file__).parent.joinpath(*package.split(".")[1:], name).read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:32]
    kept = None
    with contextlib.suppress(StoreError):  # a convenience here; whoever needs the cache will say what is wrong with it
        kept = cache_dir("packaged") / f"{digest}.data"
        whole = read_checked(kept)  # figures stand in it: what was altered is not read
        if whole is not None:
            return json.loads(whole)
    import yaml

    data = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    if kept is not None:
        with contextlib.suppress(StoreError):
            write_checked(kept, json.dumps(data).encode())
    return data
