# SPDX-License-Identifier: MIT
"""Reports, pictures and folders of results: what is asked for by name, made, and written whole."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from txsim.cachedir import made_folder, write_atomic
from txsim.errors import InputError, Problem, did_you_mean
from txsim.files import format_of
from txsim.forecast import Forecast
from txsim.language import lazy
from txsim.printable import well_formed
from txsim.report.compose import compose
from txsim.report.files import as_json, write_link, write_result
from txsim.report.reading import Result, result_from, result_of, runs_of
from txsim.report.terminal import as_text
from txsim.report.theme import Theme, read_theme
from txsim.results.codec import Result as Answer
from txsim.results.compare import Comparison
from txsim.results.link import Link
from txsim.results.run import Run

FORMATS = ("html", "pdf", "md", "xlsx", "pptx")
PICTURE_FORMATS = ("png", "svg", "pdf")


@contextlib.contextmanager
def as_written(files: Sequence[Path]) -> Iterator[None]:
    """Tell of results that were read from files and cannot be shown, with the files.

    They are checked field by field when they are read; what fields say of each other is only found out when they are
    laid side by side.

    Raises
    ------
    InputError
        In place of whatever the block raises; under ``TXSIM_DEBUG`` the error itself.
    """
    try:
        yield
    except (InputError, OSError):
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if os.environ.get("TXSIM_DEBUG"):
            raise
        message = lazy("this cannot be shown: what it says in one place does not go with what it says in another")
        hint = lazy("where nobody changed the file, this is a fault of txsim: please report it with the file")
        raise InputError([Problem(message, file=str(file), hint=hint) for file in files]) from error


def report_bytes(
    results: Sequence[Result], kind: str, theme: Theme | None = None, *, page: bool = False, frozen: bool = False
) -> bytes:
    """Return a report in one of :data:`FORMATS`.

    Page one alone if ``page``; without the reader's own view, which only a page has, if ``frozen``.

    Raises
    ------
    InputError
        If the results cannot be told in this format.
    """
    theme = read_theme() if theme is None else theme
    document = compose(results, page=page)
    if kind == "html":
        from txsim.report.page import as_html

        if not page and not frozen:
            runs = runs_of(results)
            from txsim.report.own_view import with_own_view

            document = with_own_view(document, runs[0] if len(runs) == 1 else None)
        return well_formed(as_html(document, theme)).encode()
    if kind == "pdf":
        from txsim.report.pdf import as_pdf

        return as_pdf(document, theme)
    if kind == "md":
        from txsim.report.markdown import as_markdown

        return well_formed(as_markdown(document)).encode()
    told = [result for result in results if isinstance(result.answer, Run | Comparison)]
    if not told:
        workbook = lazy("a workbook needs the result of a run or of a comparison")
        message = lazy("slides need the result of a run or of a comparison") if kind == "pptx" else workbook
        hint = lazy("`txsim run` and `txsim compare` make one, in Python `txsim.forecast` and `txsim.compare`")
        raise InputError(Problem(message, hint=hint))
    if kind == "pptx":
        from txsim.report.slides import as_slides

        return as_slides(document, told, theme)
    from txsim.report.workbook import as_workbook

    return as_workbook(document, told)


def write_report(results: Sequence[Result], file: Path, *, page: bool = False, frozen: bool = False) -> None:
    """Write a report in the format that the name of the file ends with; else as :func:`report_bytes`."""
    write_atomic(file, report_bytes(results, format_of(file, FORMATS), page=page, frozen=frozen))


def slide_bytes(
    results: Sequence[Result],
    picture: str,
    kind: str,
    theme: Theme | None = None,
    *,
    dark: bool = False,
    instead: str = "",
) -> bytes:
    """Return one picture of a report for a slide, 16:9; ``instead`` is drawn where the results hold none of that kind.

    Raises
    ------
    InputError
        If the results hold no such picture; says which they hold.
    """
    from txsim.report.drawing import as_slide

    by_kind = {drawn.kind: drawn for drawn in compose(results).pictures()}
    if picture not in by_kind and instead in by_kind:
        picture = instead
    if picture not in by_kind:
        known = ", ".join(by_kind) or "none"
        message = lazy(
            "no picture `{picture}` in this result{suggestion}; there is: {known}",
            picture=picture,
            suggestion=did_you_mean(picture, by_kind),
            known=known,
        )
        raise InputError(message)
    return as_slide(by_kind[picture], read_theme() if theme is None else theme, kind, dark=dark)


#: How the ending of a file looks that somebody wants, rather than a folder of that name.
_FILE = re.compile(r"[a-z]{2,5}")


def save(result: Forecast | Answer, path: str | os.PathLike[str]) -> Path:
    """Write what was computed as the command line does.

    ``result``: a forecast, or what :func:`txsim.compare`, ``link``, ``whatif``, ``sensitivity`` or ``pilot`` returned.
    ``path``: a folder, as ``--out`` takes one (made if needed), or a report: ``.html``, ``.pdf``, ``.md``; of a
    forecast or a comparison also ``.xlsx`` and ``.pptx``. Returns what was written. Raises InputError if it is no
    result, the ending is that of no report, the folder cannot be made, or the result cannot be told in this form;
    StoreError if a file cannot be written.
    """
    target = Path(path)
    ending = target.suffix.lower().lstrip(".")
    reports = ending in FORMATS
    if not reports and _FILE.fullmatch(ending) and not target.is_dir():
        message = lazy(
            "`.{ending}` is no report{suggestion}; possible are {formats}, or the name of a folder without an ending",
            ending=ending,
            suggestion=did_you_mean(ending, FORMATS),
            formats=", ".join(f".{each}" for each in FORMATS),
        )
        raise InputError(Problem(message, file=str(target)))
    if isinstance(result, Forecast):
        from txsim.decide.advice import advised

        whole = result if result.view is not None else advised(result, view=True)
        read = result_of(whole, months=True)
        if reports:
            write_report([read], target)
        else:
            write_result(whole, target, read.answer.to_json())
        return target
    if not isinstance(result, Answer):
        message = lazy("a forecast or a result was expected, found {kind}", kind=type(result).__name__)
        raise InputError(Problem(message, hint=lazy("for example what `txsim.forecast(…)` returned")))
    if reports:
        write_report([result_from(result)], target)
        return target
    if isinstance(result, Link):
        write_link(result, target)
        return target
    read = result_from(result)
    keep(result, target, as_json(result.to_json()), as_text(compose([read], "brief")))
    return target


def keep(result: Answer, folder: Path, json: str, text: str, more: Mapping[str, Any] | None = None) -> None:
    """Write ``KIND.json``, ``KIND.txt`` and further files, bytes by name, into a folder.

    Raises :class:`InputError` if the folder cannot be made.
    """
    made_folder(folder)
    name = result.kind.replace(" ", "_")
    write_atomic(folder / f"{name}.json", json.encode())
    write_atomic(folder / f"{name}.txt", f"{text}\n".encode())
    for part, content in (more or {}).items():
        write_atomic(folder / part, content)
