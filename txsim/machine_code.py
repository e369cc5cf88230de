# SPDX-License-Identifier: MIT
"""Machine code that is compiled once and then loaded in a few milliseconds.

numba compiles a function and would keep it in a cache of its own, but importing numba takes longer than a whole warm
run. So the object code itself is kept, and later processes load it with llvmlite alone, bit for bit the same code.
The file carries its SHA-256 and is never executed unless that matches; the folder is private (see ``cachedir``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from txsim.cachedir import cache_dir, keep, read_checked
from txsim.language import lazy
from txsim.types import Progress


def _numba_version() -> str:
    """Return what names numba's version, without importing it (0.4 s) or the reader of package metadata (0.1 s)."""
    found = find_spec("numba")
    if found is None or found.origin is None:
        return "none"
    told = Path(found.origin).with_name("_version.py")
    return told.read_text("utf-8") if told.is_file() else found.origin


def toolchain() -> list[str]:
    """Return what object code depends on beside its source: the compiler's versions and the processor's features."""
    import llvmlite
    import llvmlite.binding as llvm

    processor = f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"
    return [_numba_version(), llvmlite.__version__, processor]


def load_or_compile(
    sources: tuple[Path, ...], compile_function: Callable[[], Any], signature: Any, progress: Progress | None = None
) -> Any:
    """Return a C function, from the cache where it is there.

    ``sources``: Python files that the function is made of; a change of any of them compiles anew. ``compile_function``:
    returns a numba ``cfunc`` object; called only if the cache does not have the code. ``signature``: ``ctypes``
    prototype, made by ``ctypes.CFUNCTYPE``. ``progress``: told when compiling begins. Returns a ``ctypes`` function;
    calling it releases the interpreter's lock. Raises StoreError if the cache folder cannot be used.
    """
    parts = [*toolchain(), *(path.read_text("utf-8") for path in sources)]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    kept = cache_dir("code") / f"kernel-{key}.o"
    content = read_checked(kept)
    if content is None:
        if progress is not None:
            progress(lazy("compiling the simulation kernel, first time on this machine: about five seconds"), None)
        made = compile_function()
        content = str(made.native_name).encode() + b"\0" + object_code(made._library._final_module)
        keep(kept, content)
    symbol, _, code = content.partition(b"\0")
    engine = link(code)
    function = signature(engine.get_function_address(symbol.decode()))
    function.engine = engine  # the code lives as long as the engine does
    return function


def link(code: bytes) -> Any:
    """Return an engine of llvmlite with object code loaded; the code lives as long as the engine does."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def object_code(module: Any) -> bytes:
    """Return the object code of a module of llvmlite, as that of a numba ``cfunc`` with all that it was linked from."""
    import llvmlite.binding as llvm

    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="pic",
        codemodel="jitdefault",
        jit=True,
    )
    code: bytes = machine.emit_object(module)
    return code
