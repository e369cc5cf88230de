# SPDX-License-Identifier: MIT
"""The evidence model's machine code: compiled once for a structure, then linked in a few milliseconds.

PyMC writes the model, PyTensor differentiates it, nutpie and numba compile it: half a minute of CPU that every process
would pay anew, since what nutpie compiles is kept nowhere. So the object code of its two functions is kept here, the
log density with its gradient and the map from the sampler's coordinates to the variables, and linked by llvmlite alone.
PyMC is not imported then, and the draws are the same to the last bit.

What the code reads (:func:`txsim.inference.model.data_of`) is one vector, handed over by address. Four things make the
code run in a process that did not compile it: numba's helpers are registered with llvmlite; each of the globals in
which a function of numba looks for its environment points to one (which may hold types of numbers: code that needs more
is not kept); those in which PyTensor remembers where SciPy's BLAS and special functions are hold that already, so that
neither has to be asked; and no address stands in the code itself (else it is not kept). Files carry their SHA-256, and
their name the versions, the processor and everything of the model that is written into the code. Before it is used the
code must give the log density and gradient that it gave when it was kept.
"""

from __future__ import annotations

import ctypes
import hashlib
import itertools
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from txsim.cachedir import cache_dir, damaged, keep, read_checked
from txsim.inference import model
from txsim.inference.claim_arrays import Layout
from txsim.inference.spec import CalibrationSpec
from txsim.language import lazy
from txsim.machine_code import link, object_code, toolchain
from txsim.priors.distributions import to_data
from txsim.types import Array, Progress
from txsim.versions import version

#: What is written into the compiled model beside the structure of a specification: the texts that write it.
_TEXTS = (
    "txsim.inference.model",
    "txsim.inference.statements",
    "txsim.inference.links",
    "txsim.inference.spec",
    "txsim.inference.claim_arrays",
    "txsim.pathways.algebra",
    "txsim.pathways.graph",
    "txsim.priors.distributions",
    __name__,
)
_PACKAGES = ("pymc", "pytensor", "nutpie", "numpy")
#: Globals in which PyTensor's code keeps the address of a function of SciPy, once looked up; they are renamed by a
#: number where several stand side by side.
_FUNCTION = re.compile(r"_ptr_cache_(?P<module>[\w.]+)\.(?P<name>[A-Za-z_]\w*)(\.\d+)?")
#: Where SciPy has them, where PyTensor calls that otherwise.
_MODULES = {"scipy.blas": "scipy.linalg.cython_blas", "scipy.lapack": "scipy.linalg.cython_lapack"}
#: Globals in which code looks for its environment, and an address that stands in code as a number.
_ENVIRONMENT, _ADDRESS = re.compile(r'@"?(_ZN08NumbaEnv[\w$.]+)'), re.compile(r"inttoptr \(?i64 -?\d")


#: How numba counts references to an array, without the locks that let threads share one. Here each is made and freed
#: within one call; the locks took more than half of a log density's time.
_COUNTS = """
declare void @NRT_MemInfo_call_dtor(ptr)
define void @NRT_incref(ptr %array) nounwind {
  %none = icmp eq ptr %array, null
  br i1 %none, label %end, label %count
count:
  %before = load i64, ptr %array
  %after = add i64 %before, 1
  store i64 %after, ptr %array
  br label %end
end:
  ret void
}
define void @NRT_decref(ptr %array) nounwind {
  %none = icmp eq ptr %array, null
  br i1 %none, label %end, label %count
count:
  %before = load i64, ptr %array
  %after = sub i64 %before, 1
  store i64 %after, ptr %array
  %last = icmp eq i64 %after, 0
  br i1 %last, label %free, label %end
free:
  tail call void @NRT_MemInfo_call_dtor(ptr nonnull %array)
  ret void
end:
  ret void
}
"""


@dataclass(frozen=True)
class ModelCode:
    """Compiled functions of the model, and how to begin and read chains."""

    n_dim: int  #: Coordinates of the sampler.
    #: What the second function returns, in its order: name and shape of each.
    variables: tuple[tuple[str, tuple[int, ...]], ...]
    free: tuple[str, ...]  #: Names of the free variables in the order of the coordinates.
    #: For each of them the coordinates ``(coordinate,)`` that chains begin around, or ``None`` where they follow from
    #: the data.
    starts: tuple[Array | None, ...]
    streams: tuple[int, ...]  #: For each of them, which stream of the seed moves its start.
    #: ``logp``, ``expand``: Addresses of the functions.
    logp: int
    expand: int
    alive: Any = field(repr=False)  #: What must live as long as the addresses are used.

    @property
    def n_expanded(self) -> int:
        """Numbers that the second function returns."""
        return sum(int(np.prod(shape, dtype=int)) for _, shape in self.variables)

    def start(self, spec: CalibrationSpec) -> Callable[[int], Array]:
        """Return what gives a chain's first coordinates by its seed, as PyMC does: each support point ± up to 1."""
        middles = [_middle(spec) if point is None else point for point in self.starts]

        def begin(seed: int) -> Array:
            seeds = np.random.SeedSequence(seed).spawn(len(middles))
            parts = [
                middle + np.random.Generator(np.random.PCG64(seeds[stream])).uniform(-1.0, 1.0, middle.shape)
                for middle, stream in zip(middles, self.streams, strict=True)
            ]
            return np.concatenate(parts)

        return begin

    def log_density(self, point: Array, data: Array) -> tuple[float, Array] | None:
        """Return the log density and its gradient at coordinates of the sampler, ``None`` where they do not exist."""
        kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, *[ctypes.c_void_p] * 4)
        x, gradient, value = np.array(point, dtype=np.float64), np.zeros(self.n_dim), np.zeros(1)
        record = Record(data)
        status = kind(self.logp)(self.n_dim, x.ctypes.data, gradient.ctypes.data, value.ctypes.data, record.address)
        return (float(value[0]), gradient) if status == 0 else None


class Record:
    """A vector of numbers as the compiled functions take it: where it is, how many numbers it has, its shape.

    ``data``: the vector; copied, so that it stays where it is for as long as this record lives.
    """

    def __init__(self, data: Array) -> None:
        self._data = np.array(data, dtype=np.float64)
        self._fields = np.array([self._data.ctypes.data, self._data.size, self._data.size], dtype=np.uint64)
        self.address = int(self._fields.ctypes.data)


def _middle(spec: CalibrationSpec) -> Array:
    """Return the log odds of the means of all betas whose parameters are data."""
    _, _, a, b = model.prior_numbers(spec)
    mean = a / (a + b)
    return np.asarray(np.log(mean / (1.0 - mean)))


def structure(spec: CalibrationSpec, layout: Layout) -> list[Any]:
    """Return as plain data everything of a model that is written into its code; all else is data of the code."""
    content = spec.content
    return [
        content["model"],
        content["nodes"],
        content["edges"],
        model.families(spec),
        [(n, to_data(p) if hasattr(p, "family") else p) for n, p in model.fixed_families(spec).items()],
        list(spec.doubt),
        [(type(term).__qualname__, list(term.about), len(term.numbers)) for term in spec.panels],
        [(s.statistic, s.about, s.transform, s.bound) for s in layout.statements],
        [int(place) for place in layout.cluster_of],
        len(layout.clusters),
    ]


def _path(spec: CalibrationSpec, layout: Layout) -> Path:
    modules = dict.fromkeys((*_TEXTS, *(type(term).__module__ for term in spec.panels)))
    texts = [Path(str(sys.modules[name].__file__)).read_text("utf-8") for name in modules]
    python = f"{sys.implementation.cache_tag} {sys.maxsize}"
    parts = [python, *toolchain(), *(version(name) for name in _PACKAGES), *texts]
    parts.append(json.dumps(structure(spec, layout), sort_keys=True))
    return cache_dir("code") / f"model-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}.o"


def model_code(spec: CalibrationSpec, layout: Layout, progress: Progress | None = None) -> ModelCode:
    """Return the compiled model of a structure, from the cache where it is there.

    ``spec``: graph, families of priors, doubted links and kinds of data; its numbers may differ from call to call.

    Raises
    ------
    InputError
        If a claim speaks of something that the graph or the parameters do not have.
    StoreError
        If the cache folder cannot be used.
    """
    path = _path(spec, layout)
    content = read_checked(path)
    if content is not None:
        code = _linked(content)
        if code is not None:
            return code
        damaged(path)
    if progress is not None:
        progress(lazy("compiling the evidence model, once for its structure: about half a minute"), None)
    made, content = _compiled(spec, layout)
    if content is None:
        return made
    keep(path, content)
    return _linked(content) or made


def _linked(content: bytes) -> ModelCode | None:
    """Return the functions of a kept file, or ``None`` if they do not give what they gave when they were kept."""
    head, _, rest = content.partition(b"\0")
    header = json.loads(head)
    codes = []
    for size in header["sizes"]:
        codes.append(rest[:size])
        rest = rest[size:]
    _register()
    from numba.core.environment import Environment
    from numba.core.extending import get_cython_function_address

    engines = [link(code) for code in codes]  # apart, as they hold functions of the same name
    environments = []
    for engine, (name, held) in itertools.product(engines, header["environments"].items()):
        where = engine.get_global_value_address(name)
        if where:
            environment = Environment({})
            environment.consts.extend(np.dtype(kind) for kind in held)
            environments.append(environment)
            ctypes.c_void_p.from_address(where).value = id(environment)
    for engine, functions in zip(engines, header["functions"], strict=True):
        for name, (module, function) in functions.items():
            where = engine.get_global_value_address(name)
            ctypes.c_void_p.from_address(where).value = get_cython_function_address(module, function)
    logp, expand = (engine.get_function_address(name) for engine, name in zip(engines, header["symbols"], strict=True))
    linked_code = ModelCode(
        header["n_dim"],
        tuple((name, tuple(shape)) for name, shape in header["variables"]),
        tuple(header["free"]),
        tuple(None if values is None else np.array(values) for values in header["starts"]),
        tuple(header["streams"]),
        logp,
        expand,
        (engines, environments),
    )
    probe = {name: np.array([float.fromhex(x) for x in values]) for name, values in header["probe"].items()}
    again = linked_code.log_density(probe["point"], probe["data"])
    if again is None or not np.array_equal(np.array([again[0], *again[1]]), probe["answer"]):
        return None
    return linked_code


def _register() -> None:
    """Make numba's helpers known to llvmlite, as the first function that numba compiles would."""
    from numba.core.registry import cpu_target
    from numba.core.runtime.nrt import rtsys

    rtsys.initialize(cpu_target.target_context)


def _compiled(spec: CalibrationSpec, layout: Layout) -> tuple[ModelCode, bytes | None]:
    """Return the model compiled by nutpie, and what to keep of it, or ``None`` where it cannot be kept."""
    built = model.build(spec, layout)
    import nutpie
    from pymc.initial_point import make_initial_point_fn
    from pytensor.configdefaults import config

    with config.change_flags(numba__fastmath=False):  # also where another program imported it before
        made = nutpie.compile_pymc_model(built)
    functions = (made.compiled_logp_func, made.compiled_expand_func)
    names, _, shapes = made.shape_info
    free = tuple(variable.name for variable in built.free_RVs)
    middles = make_initial_point_fn(model=built, return_transformed=True)(0)
    values = [np.asarray(middles[built.rvs_to_values[v].name], dtype=np.float64).ravel() for v in built.free_RVs]
    starts = tuple(None if name == "share" else value for name, value in zip(free, values, strict=True))
    compiled_code = ModelCode(
        int(made.n_dim),
        tuple((str(name), tuple(int(n) for n in shape)) for name, shape in zip(names, shapes, strict=True)),
        free,
        starts,
        _streams(made.initial_point_func, values),
        functions[0].address,
        functions[1].address,
        made,
    )
    data = model.data_of(spec, layout)
    point = compiled_code.start(spec)(0)
    answer = compiled_code.log_density(point, data)
    modules = [_uncounted(function._library._final_module) for function in functions]
    found = [_functions(module) for module in modules]
    texts = [str(module) for module in modules]
    environments = _environments("".join(texts))
    if answer is None or environments is None or None in found or any(_ADDRESS.search(text) for text in texts):
        return compiled_code, None
    codes = [object_code(module) for module in modules]
    head = {
        "n_dim": compiled_code.n_dim,
        "variables": compiled_code.variables,
        "free": free,
        "starts": [None if value is None else value.tolist() for value in starts],
        "streams": compiled_code.streams,
        "symbols": [str(function.native_name) for function in functions],
        "environments": environments,
        "functions": found,
        "sizes": [len(code) for code in codes],
        "probe": {
            "point": [float(x).hex() for x in point],
            "data": [float(x).hex() for x in data],
            "answer": [float(x).hex() for x in (answer[0], *answer[1])],
        },
    }
    return compiled_code, json.dumps(head).encode() + b"\0" + b"".join(codes)


def _streams(begin: Callable[[int], Array], middles: list[Array]) -> tuple[int, ...]:
    """Return which stream of a seed moves the start of each free variable; PyMC numbers them as it meets them."""
    moved = np.split(np.asarray(begin(1)), np.cumsum([middle.size for middle in middles])[:-1])
    seeds = np.random.SeedSequence(1).spawn(len(middles))
    streams: list[int] = []
    for part, middle in zip(moved, middles, strict=True):
        drawn = [middle + np.random.Generator(np.random.PCG64(s)).uniform(-1.0, 1.0, middle.shape) for s in seeds]
        streams.append(next((i for i, values in enumerate(drawn) if np.array_equal(values, part)), len(streams)))
    return tuple(streams)


def _uncounted(module: Any) -> Any:
    """Return a copy of a module of llvmlite that counts references without locks."""
    import llvmlite.binding as llvm

    copy = module.clone()
    defined = {function.name for function in copy.functions if not function.is_declaration}
    if {"NRT_incref", "NRT_decref"} <= defined and sys.maxsize > 2**32:
        copy.link_in(llvm.parse_assembly(_COUNTS))
    return copy


def _functions(module: Any) -> dict[str, tuple[str, str]] | None:
    """Return the globals of a module of llvmlite that remember where functions of SciPy are: module and name of each.

    They are made visible from outside. ``None`` if PyTensor does this in a way unknown here.
    """
    functions: dict[str, tuple[str, str]] = {}
    for variable in module.global_variables:
        if "_ptr_cache_" not in variable.name:
            continue
        parts = _FUNCTION.fullmatch(variable.name)
        if parts is None:
            return None
        variable.linkage = "external"
        functions[variable.name] = (_MODULES.get(parts["module"], parts["module"]), parts["name"])
    return functions


def _environments(text: str) -> dict[str, list[str]] | None:
    """Return the environments that code looks for and the types each holds, ``None`` where one holds anything else."""
    from numba.core.environment import Environment

    environments: dict[str, list[str]] = {}
    for name in sorted(set(_ENVIRONMENT.findall(text))):
        environment = Environment._memo.get(name)
        held = [] if environment is None else environment.consts
        if not all(isinstance(value, np.dtype) for value in held):
            return None
        environments[name] = [value.str for value in held]
    return environments
