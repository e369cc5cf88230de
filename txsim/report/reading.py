# SPDX-License-Identifier: MIT
"""Results as a report reads them, just computed or from files: the answer of a verb and what was kept beside it.

A result is the JSON object that a verb prints with ``--json``, or the folder that it writes with ``--out``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from txsim import __version__
from txsim.errors import InputError, Problem
from txsim.files import json_of
from txsim.language import lazy
from txsim.printable import masked_data, well_formed
from txsim.results.cash_flow import counts_runoff
from txsim.results.codec import KINDS, from_json
from txsim.results.codec import Result as Answer
from txsim.results.own_view import OwnView
from txsim.results.quantities import keyed
from txsim.results.run import Run
from txsim.types import Array

if TYPE_CHECKING:
    from txsim.decide.waterfall import StoredResult
    from txsim.forecast import Forecast

_MONTHLY = ("one_off", "running", "leave", "work", "serve", "revenue", "customers")
#: Bytes of a result as JSON; what they unpack to is thirty times that.
_LARGEST = 32 * 2**20
#: File beside a comparison that holds its scenarios.
SCENARIOS = "scenarios.json"


@dataclass(frozen=True)
class Draws:
    """What a run kept draw by draw."""

    options: tuple[str, ...]  #: Names of the options.
    npv: dict[str, Array]  #: By option, ``(draw,)``.
    #: Cumulative payoff by option, ``(month, draw)``, undiscounted; empty if months were not kept.
    cumulative: dict[str, Array] = field(default_factory=dict)
    posterior: dict[str, Array] = field(default_factory=dict)  #: By parameter, all draws in one row; empty if not kept.
    #: Expected value of what a month is made of, by option and field, ``(month,)``; empty if months were not kept.
    months: dict[str, dict[str, Array]] = field(default_factory=dict)
    view: OwnView | None = None  #: What a page needs to answer a reader's own view; ``None`` if not kept.


@dataclass(frozen=True)
class Result:
    """One result."""

    answer: Any  #: What the verb answered, one of :mod:`txsim.results`, each number with its key.
    draws: Draws | None = None  #: Draws of a run; ``None`` if they were not kept.
    content: Mapping[str, Any] | None = None  #: The scenario as plain data; ``None`` where the result does not hold it.
    source: str = ""  #: Where it was read; empty for one that was just computed.
    versions: Mapping[str, str] = field(default_factory=dict)  #: Versions of what computed it.

    @property
    def kind(self) -> str:
        """A key of :data:`txsim.results.codec.KINDS`."""
        return str(self.answer.kind)

    @property
    def hash(self) -> str | None:
        """SHA-256 of its one scenario; ``None`` for what is of none, or of several."""
        return getattr(self.answer, "hash", None)

    @property
    def question(self) -> str:
        """What its scenario asks; empty where it asks nothing."""
        return str(getattr(self.answer, "question", ""))

    @property
    def title(self) -> str:
        """Title of the scenario, or where the result came from."""
        return str(getattr(self.answer, "scenario", "")) or Path(self.source).stem


def runs_of(results: Iterable[Result]) -> list[Result]:
    """Return those that are forecasts of one scenario."""
    return [result for result in results if isinstance(result.answer, Run)]


def result_from(answer: Answer, **parts: Any) -> Result:
    """Return what a verb has answered as a report reads it.

    Parameters
    ----------
    answer
        One of :mod:`txsim.results`.
    parts
        Other attributes of a :class:`Result`.
    """
    # What stands before the keys of all but a run tells a page whose figure one is.
    return Result(keyed(answer, "" if isinstance(answer, Run) else f"{answer.kind}:"), **parts)


def read_result(path: Path) -> Result:
    """Read a result: a file of ``--json``, or a folder of ``--out``.

    Raises
    ------
    InputError
        If there is none, or it cannot be understood.
    """
    if path.is_dir():
        if (path / "manifest.json").is_file() and (path / "scenarios.parquet").is_file():
            return _from_batch(path)
        for name in ("summary", *(kind.replace(" ", "_") for kind in KINDS)):
            if (path / f"{name}.json").is_file():
                return _from_folder(path, path / f"{name}.json")
        raise InputError(Problem(lazy("holds no result; give a folder that `txsim … --out` wrote"), file=str(path)))
    if path.suffix in (".yaml", ".yml"):
        raise InputError(
            Problem(
                lazy("is a scenario, not a result"),
                file=str(path),
                hint=lazy("Run it first: `txsim run {path} --out FOLDER`, then report FOLDER.", path=path),
            )
        )
    data = _json(path)
    return result_from(from_json(data, str(path)), source=str(path), content=_content(data))


def _json(path: Path) -> Any:
    try:
        return masked_data(json_of(path, str(path), _LARGEST, lazy("a result of txsim")))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(Problem(lazy("there is no such file"), file=str(path))) from None


def _content(data: Any) -> Mapping[str, Any] | None:
    content = data.get("content") if isinstance(data, dict) else None
    return content if isinstance(content, dict) else None


def _from_folder(folder: Path, summary: Path) -> Result:
    data = _json(summary)
    answer = from_json(data, str(summary))
    store = folder / "result.nc"
    if answer.kind == "compare" and (folder / SCENARIOS).is_file():
        return result_from(answer, source=str(folder), content=_json(folder / SCENARIOS))
    if not isinstance(answer, Run) or not store.is_file():
        return result_from(answer, source=str(folder), content=_content(data))
    draws, attributes = _draws(store)
    check_run(store, attributes.get("hash"), answer.hash)
    content = json.loads(attributes["content"]) if "content" in attributes else None
    versions: dict[str, str] = {name: str(attributes[name]) for name in ("txsim", "numpy") if name in attributes}
    return result_from(answer, draws=draws, content=content, source=str(folder), versions=versions)


def check_run(store: Path, hash_of_draws: object, hash_of_summary: object) -> None:
    """Refuse a ``result.nc`` that another run made than ``summary.json`` beside it.

    Raises
    ------
    InputError
        If the hashes of their runs differ.
    """
    if hash_of_draws not in (None, hash_of_summary):
        message = lazy("was made by another run than summary.json beside it")
        raise InputError(Problem(message, file=str(store), hint=lazy("Run the scenario again with --out.")))


def hash_beside(store: Path) -> object:
    """Return the hash that ``summary.json`` beside a ``result.nc`` names, ``None`` where none lies there."""
    summary = store.with_name("summary.json")
    data = _json(summary) if summary.is_file() else None
    return data.get("hash") if isinstance(data, dict) else None


def result_of(forecast: Forecast, *, months: bool = False) -> Result:
    """Return a forecast that was just computed as a result, with means by month if wanted or where they were kept."""
    from txsim.forecast.months import mean_months

    outcome = forecast.outcome
    options = forecast.options
    cumulative = {option: outcome.by_month(option, "payoff") for option in options}
    by_month = mean_months(forecast, _MONTHLY) if months or forecast.has_trajectories else {}
    names = forecast.calibration.names
    posterior = {name: np.asarray(forecast.calibration.draws[i], float).ravel() for i, name in enumerate(names)}
    npv = {option: forecast.npv(option) for option in options}
    draws = Draws(options, npv, cumulative, posterior, by_month, forecast.view)
    content = json.loads(json.dumps(forecast.scenario.kept, default=str))
    versions: dict[str, str] = {"txsim": __version__, "numpy": np.__version__}
    source = well_formed(forecast.scenario.source)
    return result_from(forecast.summary(), draws=draws, content=content, source=source, versions=versions)


def _from_batch(folder: Path) -> Result:
    import duckdb  # reads Parquet where it lies

    manifest = _json(folder / "manifest.json")
    query = """
        WITH files AS (
            SELECT *, regexp_extract(path, '[^/]+$') AS file, count(*) OVER (PARTITION BY title) AS alike
            FROM read_parquet($scenarios) WHERE status = 'done'
        ), named AS (
            -- Cases of a sweep share a title, and files of two folders may share a name, too.
            SELECT *, CASE WHEN coalesce(title, '') = '' THEN path WHEN alike = 1 THEN title
                WHEN count(*) OVER (PARTITION BY title, file) = 1 THEN title || ' (' || file || ')'
                ELSE title || ' (' || path || ')' END AS scenario
            FROM files
        )
        SELECT s.scenario, n.option, n.mean, n.p05, n.p95, l.value, t.mean, s.currency
        FROM named s
        JOIN read_parquet($results) n ON n.path = s.path AND n.metric = 'npv'
        JOIN read_parquet($results) l ON l.path = s.path AND l.option = n.option AND l.metric = 'p_loss'
        LEFT JOIN read_parquet($results) t ON t.path = s.path AND t.option = n.option AND t.metric = 'npv_after_tax'
        ORDER BY s.path, n.option
    """
    from txsim.batch.queries import files_of
    from txsim.batch.result_files import read_failures
    from txsim.results.batch import Batch, BatchRow

    files = {table: paths for table, paths in files_of(folder).items() if table != "draws"}
    if not files["results"]:
        raise InputError(
            Problem(lazy("holds no scenario with results"), file=str(folder), hint=lazy("See its failures.jsonl."))
        )
    try:
        with duckdb.connect() as connection:
            records = connection.execute(query, files).fetchall()
    except duckdb.Error as error:
        hint = lazy("run the same batch again; what is computed is kept")
        message = lazy("a file of these results is damaged or of another version")
        raise InputError(Problem(message, file=str(folder), hint=hint)) from error
    rows = tuple(BatchRow(*row[:-1]) for row in records if None not in row[:-2])
    failures: tuple[str, ...] = ()
    if (folder / "failures.jsonl").is_file():
        failures = tuple(f"{failure['path']}: {failure['message']}" for failure in read_failures(folder))
    currency = str(records[0][-1]) if records else ""
    draws = (manifest.get("settings") or {}).get("draws")
    versions = {str(name): str(value) for name, value in (manifest.get("versions") or {}).items()}
    answer = Batch(folder.name, folder.name, currency, rows, failures, draws)
    return result_from(answer, source=str(folder), versions=versions)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _draws(store: Path) -> tuple[Draws, dict[str, str]]:
    import h5py  # ten times quicker to import than xarray, and only a few arrays are wanted

    from txsim.forecast.worth import with_runoff

    try:
        with h5py.File(store) as file:
            payoff = file["payoff"]
            options = tuple(_text(name) for name in array_of(payoff["option"]).tolist())
            npv = dict(zip(options, array_of(payoff["npv"]).astype(float), strict=True))
            content = json.loads(_text(file.attrs["content"]))
            if counts_runoff(bridge=content["bridge"], terminal=content["terminal"]):
                runoff = array_of(payoff["runoff"]).astype(float)
                npv = {option: with_runoff(npv[option], runoff[i]) for i, option in enumerate(options)}
            posterior = {}
            if "posterior" in file:
                group = file["posterior"]
                posterior = {
                    name: np.asarray(array_of(group[name]), float).ravel()
                    for name in group
                    if name not in ("chain", "draw")
                }
            cumulative: dict[str, Array] = {}
            months: dict[str, dict[str, Array]] = {}
            if "trajectories" in file and "payoff" in file["trajectories"]:
                group = file["trajectories"]
                for i, option in enumerate(_text(name) for name in array_of(group["option"]).tolist()):
                    if option != "do_nothing":
                        cumulative[option] = array_of(group["payoff"], i).astype(float)
                    months[option] = {
                        name: array_of(group[name], i).mean(axis=1, dtype=float) for name in _MONTHLY if name in group
                    }
            attributes = {name: _text(value) for name, value in file.attrs.items()}
            view = _view(file["own_view"]) if "own_view" in file else None
    except (OSError, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        message = lazy("this holds no draws of a result: it is damaged, cut off or of another version")
        raise InputError(Problem(message, file=str(store), hint=lazy("Run the scenario again with --out."))) from error
    return Draws(options, npv, cumulative, posterior, months, view), attributes


def read_stored(path: Path, *, root: Path | None = None) -> StoredResult:
    """Return what a difference between two results reads of one.

    ``path``: a folder that ``run --out`` wrote, its ``result.nc`` or ``summary.json``, or a scenario file. ``root``:
    folder that a scenario file may not leave. Raises :class:`InputError` if there is no result.
    """
    from txsim.decide.waterfall import StoredResult

    if path.suffix in (".yaml", ".yml"):
        from txsim.forecast import DEFAULT_DRAWS, DEFAULT_SEED
        from txsim.scenario import load

        scenario = load(path, root=root)
        seed = DEFAULT_SEED if scenario.seed is None else scenario.seed
        return StoredResult(str(path), scenario.content, seed, DEFAULT_DRAWS, {})
    file = path / "result.nc" if path.is_dir() else path.with_name("result.nc") if path.suffix == ".json" else path
    if not file.is_file():
        hint = lazy("`txsim run SCENARIO --out FOLDER` keeps one; a scenario file will do, too")
        raise InputError(Problem(lazy("there is no result.nc here"), file=str(path), hint=hint))
    import h5py

    from txsim.forecast.worth import with_runoff

    try:
        with h5py.File(file, "r") as kept:
            content = json.loads(_text(kept.attrs["content"]))
            content.pop("written", None)  # who wrote what makes no difference
            counted = counts_runoff(bridge=content["bridge"], terminal=content["terminal"])
            rate = float((content.get("finance") or {}).get("tax_rate", 0.0))
            payoff = kept["payoff"]
            options = [_text(name) for name in array_of(payoff["option"]).tolist()]
            npv = array_of(payoff["npv"])
            runoff = array_of(payoff["runoff"]) if "runoff" in payoff else np.zeros_like(npv)
            taxed = array_of(payoff["npv_after_tax"]) if "npv_after_tax" in payoff else npv
            if npv.ndim != 2 or len(options) != npv.shape[0] or not runoff.shape == taxed.shape == npv.shape:
                raise ValueError(file)
            seed = int(np.asarray(kept.attrs["seed"]).reshape(-1)[0])
            made_by = _text(kept.attrs["hash"])
    except (OSError, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise InputError(Problem(lazy("this is no result of `txsim run --out`"), file=str(file))) from error
    if (said := hash_beside(file)) is not None:
        check_run(file, made_by, said)
    bases = [npv, taxed]
    if counted:
        bases = [with_runoff(npv, runoff), with_runoff(taxed, runoff, rate)]
    before, after = ({name: float(each[i].mean()) for i, name in enumerate(options)} for each in bases)
    summary = file.with_name("summary.json")
    advice = read_result(summary).answer.recommendation if summary.is_file() else None
    return StoredResult(str(path), content, seed, int(npv.shape[1]), before, after, advice)


def _view(group: Any) -> OwnView:
    arrays = {name: np.asarray(array_of(group[name]), np.float32) for name in ("sound", "score", "tied", "present")}
    facts = json.loads(_text(group.attrs["facts"]))
    sizes = [len(facts[name]) for name in ("clusters", "priors", "priors", "rows")]
    for array, size in zip(arrays.values(), sizes, strict=True):
        if array.shape != (size, facts["draws"]) or not np.isfinite(array).all():
            raise ValueError(array.shape)
    return OwnView(facts, **arrays)


# --- Arrays of stored results, which may come from anybody: what they unpack to is looked at before it is read


#: Bytes that an array of a result may have: far more than a million draws of every option.
_MOST = 2**30


def array_of(stored: Any, part: int | None = None) -> NDArray[Any]:
    """Return an HDF5 dataset as an array, or one part of it along its first axis.

    Raises
    ------
    ValueError
        If it would be larger than a result can be: a few bytes of a file may unpack to any number of zeros.
    """
    parts = stored.shape[0] if part is not None else 1
    if stored.dtype.itemsize * (stored.size // max(parts, 1)) > _MOST:
        message = f"{stored.name} is larger than a result can be"
        raise ValueError(message)
    return np.asarray(stored[()] if part is None else stored[part])
