# SPDX-License-Identifier: MIT
"""Collect every message that people are shown, and lay it over the catalogues in txsim/languages.

Run it after changing words: ``.venv/bin/python tools/messages.py``. It keeps what is translated, adds what is new and
empty, and drops what is gone. ``--check`` changes nothing and lists what is missing.

Messages come from five places: calls of ``_``, ``N_`` and ``plural`` in the code, the help of commands, the packaged
data (meanings, units and reasons of parameters, statements of claims, units of scales), click itself, and the texts
that code makes in English as data (tools/english.py): faults, hints, warnings, sentences of results.
"""

from __future__ import annotations

import argparse
import importlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
KEYWORDS = {
    **{name: None for name in ("_", "N_", "lazy", "progress", "_progress", "say")},
    **{name: (1, 2) for name in ("plural", "lazy_plural")},
}
CLICK = {"_": None, "gettext": None, "ngettext": (1, 2)}
#: Lines of a header that change with every run, or say nothing.
_UNWANTED = ('"POT-Cr', '"PO-Rev', '"Gener', '"Project', '"Report', '"Last-T', '"Language-T')
LANGUAGES = ROOT / "txsim" / "languages"
#: As txsim/language.py reads it.
MADE_AS_DATA = "made as data"


def code() -> Iterator[tuple[object, str]]:
    """Give the messages in the code."""
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    for file, _line, message, _comments, _context in extract_from_dir(str(ROOT / "txsim"), methods, keywords=KEYWORDS):
        yield message, file


def texts(command: click.Command, place: str) -> Iterator[tuple[object, str]]:
    """Give the help of a command and of what is below it."""
    for told in (command.help, command.short_help):
        for part in (told or "").split("\n\n"):
            if part.strip():
                yield " ".join(part.split()), place
    for param in command.params:
        if getattr(param, "help", None):
            yield param.help, place
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from texts(inner, f"{place} {name}")


def commands() -> Iterator[tuple[object, str]]:
    """Give the help of every command."""
    from txsim.cli.main import VERBS, cli

    yield from texts(cli, "txsim")
    for verb, told in VERBS.items():
        yield told, "txsim"
        module = importlib.import_module(f"txsim.cli.{verb}")
        for told in getattr(module.command, "members", {}).values():
            yield told[1], f"txsim {verb}"


def data() -> Iterator[tuple[object, str]]:
    """Give what packaged data says to people."""
    from txsim.decide.path_attribution import PATH_NAMES
    from txsim.decide.sensitivity import GROUPS
    from txsim.evidence import library
    from txsim.evidence.study_designs import designs
    from txsim.pathways.graph import default_graph
    from txsim.priors.catalogue import parameters
    from txsim.units import SCALES

    for parameter in parameters().values():
        for text in (parameter.unit, parameter.meaning, parameter.reason):
            yield text, "parameters.yaml"
    for claim in library().values():
        yield claim.statement, "library.yaml"
        yield claim.why, "library.yaml"
    for design in designs().values():
        yield design.why, "designs.yaml"
    for name in designs():
        yield name.replace("_", " "), "designs.yaml"
    for edge in default_graph().edges:
        yield edge.why, "graph.yaml"
    for scale in SCALES.values():
        yield scale.unit, "units.py"
    for name in (*PATH_NAMES.values(), *GROUPS.values()):
        yield name, "decide"


def foreign() -> Iterator[tuple[object, str]]:
    """Give the messages of click."""
    folder = Path(click.__file__).parent
    for _file, _line, message, _comments, _context in extract_from_dir(
        str(folder), [("**.py", "python")], keywords=CLICK
    ):
        yield message, "click"


def collected() -> dict[object, str]:
    """Return every message, with a place where it is said."""
    found: dict[object, str] = {}
    for source in (code(), commands(), data(), foreign()):
        for message, place in source:
            if isinstance(message, tuple):
                message = tuple(part for part in message if part)
            if message and str(message).strip() and message != ("",):
                found.setdefault(message, place)
    singles = {m for m in found if isinstance(m, str)}
    plurals = {m[0] for m in found if isinstance(m, tuple)}
    for both in singles & plurals:  # one entry serves both
        del found[both]
    return found


def made_as_data() -> dict[str, str]:
    """Return the texts that code and packaged data make in English, with a place where each is made."""
    from english import sentences

    found: dict[str, str] = {}
    for text, place in (*sentences(ROOT), *data()):
        if isinstance(text, str) and text.strip():
            found.setdefault(text, place)
    return found


def updated(file: Path) -> tuple[Catalog, list[object]]:
    """Return a catalogue with exactly today's messages, and those that are not translated."""
    old = read_po(io.BytesIO(file.read_bytes()), locale=file.stem)
    new = Catalog(locale=file.stem, project="txsim", fuzzy=False, header_comment=old.header_comment)
    missing = []
    made = made_as_data()
    found = {**made, **collected()}
    for plurals in [m for m in found if isinstance(m, tuple) and m[0] in made]:  # one entry serves both
        del found[plurals[0]]
    for message, place in sorted(found.items(), key=lambda pair: (pair[1], str(pair[0]))):
        before = old.get(message if isinstance(message, str) else message[0])
        string = (
            before.string
            if before is not None and isinstance(before.string, type(message) if isinstance(message, tuple) else str)
            else ""
        )
        flags = {"python-brace-format"} if "{" in str(message) else set()
        comments = [MADE_AS_DATA] if (message if isinstance(message, str) else message[0]) in made else []
        new.add(message, string or None, locations=[(place, None)], flags=flags, auto_comments=comments)
        if not string or (isinstance(string, tuple) and not all(string)):
            missing.append(message)
    return new, missing


def main() -> int:
    """Lay today's messages over the catalogues, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if something is missing")
    told = parser.parse_args()
    empty = 0
    for file in sorted(LANGUAGES.glob("*.po")):
        catalogue, missing = updated(file)
        empty += len(missing)
        for message in missing:
            print(f"{file.name}: {message if isinstance(message, str) else message[0]!r}")
        if not told.check:
            stream = io.BytesIO()
            write_po(stream, catalogue, width=0, omit_header=False, sort_output=False, include_lineno=False)
            kept = [line for line in stream.getvalue().decode().splitlines() if not line.startswith(_UNWANTED)]
            file.write_text("\n".join(kept).rstrip() + "\n", encoding="utf-8")
        print(f"{file.name}: {len(catalogue)} messages, {len(missing)} without translation")
    return 1 if told.check and empty else 0


if __name__ == "__main__":
    sys.exit(main())
