# SPDX-License-Identifier: MIT
"""One call of the command line inside this process, and what may never come of it.

A call ends with 0, 1, 2 or 4, says so in words, leaves nothing half-written, and takes neither ten seconds of the
processor nor half a gigabyte that nobody asked for. Everything else is a fault of txsim, whatever the input was.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["CODES", "Call", "call", "good"]

#: With which a call may end.
CODES = (0, 1, 2, 4)
#: That somebody asked to stop, which is meant for all the calls.
_INTERRUPTED = (130, 143)
#: Seconds of the processor, seconds by the clock (a call that waits for ever uses none of the processor), bytes.
_SECONDS, _HANGS, _MEMORY = 10.0, 120.0, 500 * 2**20
#: Seconds of the processor of verbs whose one answer is a posterior of the data: four chains sample side by side, each
#: on a processor of its own. It is what was asked for, and more than everything else may take.
_SECONDS_OF = {"link": 120.0}
#: What is kept on purpose where a call fails: answers of an interview, until it goes on.
_KEPT = re.compile(r"\.interview$")


@dataclass(frozen=True)
class Call:
    """How a call ended.

    Attributes
    ----------
    args, code
        What was called, and the exit code; ``None`` where it ended otherwise.
    out, err
        What was printed.
    faults
        What may not be, in words; empty where all is well.
    """

    args: tuple[str, ...]
    code: int | None
    out: str
    err: str
    faults: tuple[str, ...]


class _TooLong(BaseException):
    """No ``except`` of the command line takes it."""


def _stop(number: int, _frame: FrameType | None) -> None:
    raise _TooLong(number)


@contextlib.contextmanager
def _alarm(verb: str, *, limited: bool) -> Iterator[None]:
    if not limited:
        yield
        return
    before = {number: signal.signal(number, _stop) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_PROF, _SECONDS_OF.get(verb, _SECONDS))
    signal.setitimer(signal.ITIMER_REAL, _HANGS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _memory(field: str) -> int:
    """Return a field of this process's memory in bytes; 0 where the system does not tell it."""
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    found = re.search(rf"{field}:\s+(\d+) kB", text)
    return int(found[1]) * 1024 if found else 0


def _files(folder: Path) -> dict[str, bytes]:
    """Return small files with their content, of large ones the size; what is no file is left out."""
    found = {}
    for top, _, names in os.walk(os.fsencode(folder)):
        for name in names:
            path = os.path.join(top, name)
            with contextlib.suppress(OSError):
                if os.path.isfile(path) and not os.path.islink(path):
                    size = os.path.getsize(path)
                    if size > 1_000_000:
                        content = b"%d bytes" % size
                    else:
                        with open(path, "rb") as stream:
                            content = stream.read()
                    found[os.fsdecode(path)] = content
    return found


def _no_number(name: str) -> Any:
    message = f"{name} is no JSON"
    raise ValueError(message)


def _main(args: Sequence[str], out: io.StringIO, err: io.StringIO, *, limited: bool = True) -> tuple[int | None, str]:
    """Return the exit code and the exception that got past the command line."""
    from txsim.cli.main import main

    streams = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
    try:
        with streams[0], streams[1], _alarm(args[0], limited=limited), warnings.catch_warnings():
            warnings.simplefilter("error")  # a warning of a library on the terminal is a fault, too
            main(list(args))
    except SystemExit as stop:
        return (stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1), ""
    except _TooLong as error:
        seconds = _SECONDS_OF.get(args[0], _SECONDS) if error.args[0] == signal.SIGPROF else _HANGS
        where = "".join(traceback.format_tb(error.__traceback__)[-6:])
        return None, f"takes more than {seconds:.0f} seconds of a processor\n{where}"
    except BaseException as error:
        return None, "".join(traceback.format_exception(error))
    return 0, ""


def call(args: Sequence[str], folder: Path, *, limited: bool = True) -> Call:
    """Call the command line.

    Parameters
    ----------
    args
        As a person types them, without ``txsim``.
    folder
        Whatever is written there by a call that fails is half-written.
    limited
        Whether it may not take long, nor much memory; what has to compile machine code first may.
    """
    before = _files(folder)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    at_first = _memory("VmRSS")
    out, err = io.StringIO(), io.StringIO()
    code, thrown = _main(args, out, err, limited=limited)
    if code in _INTERRUPTED:
        raise KeyboardInterrupt
    grown = _memory("VmHWM") - at_first
    said, complained = out.getvalue(), err.getvalue()
    faults = [thrown] if thrown else []
    if code == 70:
        with_trace = _debug(args)
        faults.append(f"{complained}\n{with_trace}")
    elif code is not None and code not in CODES:
        faults.append(f"exit code {code}: {complained[-500:]}")
    if "Traceback (most recent" in said + complained:
        faults.append(f"prints a traceback: {complained[-2000:]}")
    if limited and grown > _MEMORY:
        faults.append(f"takes {grown / 2**20:.0f} MB")
    if code in (1, 2, 4) and not (complained.strip() or said.strip()):
        faults.append("fails without a word")
    if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said + complained):
        faults.append("prints what steers a terminal")
    if code == 0 and "--json" in args:
        try:
            json.loads(said, parse_constant=_no_number)
        except ValueError as error:
            faults.append(f"prints no JSON ({error}): {said[:200]}")
    after = _files(folder)
    if any(name.endswith(".tmp") for name in after):
        faults.append("leaves a temporary file")
    changed = sorted(name for name in after if after[name] != before.get(name) and not _KEPT.search(name))
    if changed and code in (2, 4):
        faults.append(f"fails and has written {', '.join(changed)[:300]}")
    return Call(tuple(args), code, said, complained, tuple(faults))


def _debug(args: Sequence[str]) -> str:
    os.environ["TXSIM_DEBUG"] = "1"
    try:
        return _main(args, io.StringIO(), io.StringIO())[1][-3000:]
    finally:
        del os.environ["TXSIM_DEBUG"]


def good(args: Sequence[str], folder: Path) -> str:
    """Return what a call prints that has to go well, however long it compiles machine code."""
    made = call(args, folder, limited=False)
    if made.faults or made.code != 0:
        message = f"{made.args}: {made.faults or made.err}"
        raise AssertionError(message)
    return made.out
