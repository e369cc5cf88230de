# SPDX-License-Identifier: MIT
"""Collect every message that people are shown, and lay it over the catalogues in txsim/languages.

Run it after changing words: ``.venv/bin/python tools/messages.py``. It keeps what is translated, adds what is new and
empty, and drops what is gone. ``--check`` changes nothing and lists what is missing.

Messages come from four places: marks in the code (``_``, ``N_``, ``plural``, ``lazy``, ``lazy_plural``), the help of
commands, the packaged data (meanings, units and reasons of parameters, statements of claims, units of scales), and
click itself.
"""

from __future__ import annotations

import argparse
import importlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
KEYWORDS = {"_": None, "N_": None, "lazy": None, "plural": (1, 2), "lazy_plural": (1, 2)}
CLICK = {"_": None, "gettext": None, "ngettext": (1, 2)}
#: Lines of a header that change with every run, or say nothing.
_UNWANTED = ('"POT-Cr', '"PO-Rev', '"Gener', '"Project', '"Report', '"Last-T', '"Language-T')
LANGUAGES = ROOT / "txsim" / "languages"


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
    from txsim.cli.speech import spoken

    yield from texts(spoken(cli), "txsim")
    for verb, told in VERBS.items():
        yield told, "txsim"
        module = importlib.import_module(f"txsim.cli.{verb.replace('-', '_')}")
        for told in getattr(module.command, "members", {}).values():
            yield told[1], f"txsim {verb}"


def data() -> Iterator[tuple[object, str]]:
    """Give what packaged data says to people."""
    from txsim.decide.path_attribution import PATH_NAMES
    from txsim.decide.sensitivity import GROUPS
    from txsim.evidence import library
    from txsim.evidence.claim_types import designs
    from txsim.evidence.conversions import CONVERSIONS, conversion_words
    from txsim.pathways.graph import default_graph
    from txsim.priors import packs
    from txsim.priors.catalogue import parameters
    from txsim.units import SCALES

    for parameter in parameters().values():
        of = parameter.unit.removeprefix("share").strip() if parameter.unit.startswith("share of") else ""
        for text in (parameter.unit, of, parameter.meaning, parameter.reason):
            yield text, "parameters.yaml"
    for claim in library().values():
        yield claim.statement, "library.yaml"
        yield claim.why, "library.yaml"
        for statement in claim.statements:
            yield statement.unit, "library.yaml"
    for design in designs().values():
        yield design.title, "designs.yaml"
        yield design.why, "designs.yaml"
    for name in designs():
        yield name.replace("_", " "), "designs.yaml"
    for edge in default_graph().edges:
        yield edge.why, "graph.yaml"
    for conversion in CONVERSIONS:
        yield conversion_words(conversion), "conversions.py"
    for pack in packs.names():
        for text in (packs.pack(pack).title, packs.pack(pack).why):
            yield text, f"{pack}.yaml"
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


def collected() -> dict[Any, str]:
    """Return every message, with a place where it is said."""
    found: dict[Any, str] = {}
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


def updated(file: Path) -> tuple[Catalog, list[Any]]:
    """Return a catalogue with exactly today's messages, and those that are not translated."""
    old = read_po(io.BytesIO(file.read_bytes()), locale=file.stem)
    new = Catalog(locale=file.stem, project="txsim", fuzzy=False, header_comment=old.header_comment)
    missing = []
    for message, place in sorted(collected().items(), key=lambda pair: (pair[1], str(pair[0]))):
        before = old.get(message if isinstance(message, str) else message[0])
        string = (
            before.string
            if before is not None and isinstance(before.string, type(message) if isinstance(message, tuple) else str)
            else ""
        )
        flags = {"python-brace-format"} if "{" in str(message) else set()
        new.add(message, string or None, locations=[(place, None)], flags=flags)  # type: ignore[list-item]
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
