# SPDX-License-Identifier: MIT
"""numba's cache of compiled code with a SHA-256 before each file, so that what is damaged is compiled anew.

numba trusts its index and its files of code, which are pickles: one that is cut short ends in whatever error a pickle
ends in, a flipped bit may end in machine code that does something else.
"""

from __future__ import annotations

import contextlib
import pickle
from pathlib import Path
from typing import Any

from numba.core import serialize
from numba.core.caching import IndexDataCacheFile

from txsim.cachedir import keep, read_checked

__all__ = ["checked"]

_Files: Any = IndexDataCacheFile
_dumps: Any = serialize.dumps


class _CheckedFiles(_Files):  # type: ignore[misc]  # numba has no types
    """The files of one function: whole, or as good as missing; a full disk costs the next run its compiling."""

    def _load_index(self) -> dict[Any, str]:
        content = read_checked(Path(self._index_path))
        if content is None:
            return {}
        version, stamp, overloads = pickle.loads(content)  # noqa: S301 - of one's own private folder, checked
        return overloads if (version, stamp) == (self._version, self._source_stamp) else {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        keep(Path(self._index_path), _dumps((self._version, self._source_stamp, overloads)))

    def _load_data(self, name: str) -> Any:
        content = read_checked(Path(self._data_path(name)))
        if content is None:
            raise FileNotFoundError(name)  # numba compiles anew
        return pickle.loads(content)  # noqa: S301 - of one's own private folder, checked

    def _save_data(self, name: str, data: Any) -> None:
        keep(Path(self._data_path(name)), _dumps(data))


def checked(dispatcher: Any) -> Any:
    """Return a compiled function of numba that reads and writes its cache through :class:`_CheckedFiles`."""
    cache = dispatcher._cache
    with contextlib.suppress(AttributeError):  # numba without a cache, as under NUMBA_DISABLE_JIT
        files = cache._cache_file
        base = files._index_name.removesuffix(".nbi")
        cache._cache_file = _CheckedFiles(files._cache_path, base, files._source_stamp)
    return dispatcher
