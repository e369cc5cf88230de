# SPDX-License-Identifier: MIT
"""Find the English that code makes as data: faults, hints, warnings, reasons, sentences of results.

Such texts travel in exceptions and in JSON as they are, in English, and are told in another language where a person
reads them (``txsim/retold.py``). They need no mark in the code, so they are found by what they look like: every text
of two words or more that is not a docstring, not marked for the catalogue and not plainly for machines. An f-string
becomes a pattern: ``f"unknown key `{name}`"`` gives ``unknown key `{0}```.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

#: Whose arguments are marked for the catalogue already, or are help that is collected from the commands.
_MARKED = {
    "_",
    "plural",
    "lazy",
    "lazy_plural",
    "Unit",
    "option",
    "argument",
    "command",
    "group",
    "Choice",
    "say_",
    "version_option",
}
#: Whose arguments are for machines.
_MACHINES = {
    "compile",
    "filterwarnings",
    "execute",
    "sql",
    "getLogger",
    "import_module",
    "TypeVar",
    "namedtuple",
    "seed_for",
}
#: Faults of whoever calls these modules from Python: told in English only, like any exception of a library.
_FOR_CALLERS = {
    *("__init__", "decide/__init__", "pilot/design", "decide/indices", "pilot/analysis", "decide/policies"),
    *("decide/ranking", "decide/reading", "decide/regression", "decide/shares", "decide/value", "pooling/conjugate"),
    *("pooling/direct", "pooling/map_priors", "pooling/quadrature", "pooling/sample_size", "priors/density"),
    *("priors/packs", "priors/catalogue", "report/pdf", "simulate/engine", "simulate/packing"),
    *("simulate/payoff", "simulate/statistics"),
}
#: Words that are looked for in other people's files and messages, and are never shown.
_LOOKED_FOR = {
    *("customer satisfaction", "good place to work", "needs of our customers", "recommend my organisation"),
    *(
        "recommend my organization",
        "cannot start any token",
        "could not find expected ':'",
        "did not find expected '-'",
    ),
    *("did not find expected key", "expected a single document", "found undefined alias"),
    *("found unexpected end of stream", "mapping values are not allowed", "undefined tag handle"),
    *("unknown escape character", "field with months", "path with months", "made as data"),
}
#: Single words that fill the fields of sentences; a word alone cannot be told from a key.
_WORDS = {
    "pilot/go_or_stop": ("go", "stop", "scale", "rose", "fell", "scaling", "stopping", "Stop"),
    "panel/backtest": ("beats",),
    "scenario/plausibility": ("points",),
    "scenario/fields": ("whole ",),
    "scenario/findings": ("a list", "a mapping"),
    "desk/prior_check": ("loss",),
    "desk/listing": ("catalogue", "scenario"),
    "panel/reader/numerals": ("quarter",),
    "priors/sentences": ("{0} (90 %: {1} … {2})",),
}
#: Modules in which prose-like texts are markup, names of a format, or the JSON Schema, which is English as data is.
_NO_PROSE = {"scenario/schema", "htmltable", "report/page", "report/drawing", "simulate/packing", "retold", "patterns"}
_MACHINE_TEXT = re.compile(
    r"^(SELECT|SET|CREATE|COPY|max\(|\s*SELECT|<|digraph|\s+node \[|flowchart|img-src|txsim run |txsim scenario$)|"
    r"^(center left|offset points|round,pad=0\.5|Libertinus Serif|(priors|evidence) [a-z]+)$|"
    r"^\(draw,\)|^\(\{0\},\) or|^# A |"
    r"\(\?:|^(?:(?!no |not )[a-zéûô]+ ){1,4}[a-zéûô]+bre$|"
    r"^(août|avr|févr|janv|juil|juin|mai|mars|déc) |datum\.|fillcolor|\\w\+|#8884|^\^\("
)
_NUMERIC = re.compile(r"^[,+.\d]*[defgs%]?$")
FIELD = re.compile(r"\{(\w*)(![rsa])?(:[,+.\d]*[defgn%]?)?\}")


def _name(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _skipped(tree: ast.Module, for_callers: bool) -> set[int]:
    """Return the ids of nodes that are no sentences made as data."""
    found: set[int] = set()

    def leave(node: ast.AST) -> None:
        found.update(id(inner) for inner in ast.walk(node))

    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            leave(node)  # docstrings
        elif isinstance(node, ast.Call) and _name(node) in _MARKED | _MACHINES:
            for part in (*node.args, *node.keywords):
                leave(part)
        elif isinstance(node, ast.keyword) and node.arg == "description":
            leave(node)  # of fields: in the JSON Schema
        elif isinstance(node, ast.Compare | ast.Subscript):
            for part in ast.iter_child_nodes(node):
                if isinstance(part, ast.Constant):
                    leave(part)
        elif isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "__all__" for t in node.targets):
            leave(node)
        body = getattr(node, "body", None)
        if for_callers and isinstance(body, list):
            for block in (body, getattr(node, "orelse", []), getattr(node, "finalbody", [])):
                for before, after in zip([None, *block], block, strict=False):
                    if not isinstance(after, ast.Raise) or not isinstance(after.exc, ast.Call):
                        continue
                    if _name(after.exc) in ("ValueError", "TypeError", "AttributeError", "RuntimeError", "KeyError"):
                        leave(after)
                        if isinstance(before, ast.Assign):
                            leave(before)
    return found


def _pattern(node: ast.expr, count: list[int]) -> str | None:
    """Return the text of a node with its values as numbered fields; nothing if it is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = []
        for part in node.values:
            if isinstance(part, ast.Constant):
                doubled = str(part.value).replace("{", "{{").replace("}", "}}")
                parts.append(re.sub(r"\{\{([a-z]+)\}\}", r"{\1}", doubled))  # filled in later, by its name
                continue
            spec, format_spec = "", getattr(part, "format_spec", None)
            if isinstance(format_spec, ast.JoinedStr) and len(format_spec.values) == 1:
                only = format_spec.values[0]
                if isinstance(only, ast.Constant) and _NUMERIC.fullmatch(str(only.value)):
                    spec = f":{only.value}"
            parts.append(f"{{{count[0]}{'!r' if getattr(part, 'conversion', -1) == ord('r') else ''}{spec}}}")
            count[0] += 1
        return "".join(parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [_pattern(side, count) for side in (node.left, node.right)]
        if sides == [None, None]:
            return None
        for i, side in enumerate(sides):
            if side is None:
                sides[i] = f"{{{count[0]}}}"
                count[0] += 1
        return "".join(str(side) for side in sides)
    return None


def _prose(text: str) -> bool:
    bare = re.sub(r"`[^`]*`", "", FIELD.sub("", text))
    if len(re.findall(r"[a-z]{3,}", bare)) >= 2 and re.search(r"[a-z]{3,}[ ,:;]+[a-z]{2,}", bare):
        return not (_MACHINE_TEXT.search(text) or text in _LOOKED_FOR)
    if _MACHINE_TEXT.search(text) or text in _LOOKED_FOR:
        return False
    return bool(re.search(r"[A-Za-z]{2,}[,:;]? [A-Za-z(]", bare)) or bool(
        re.search(r"^[;,] [a-z]{2,}|^ [a-z]{2,} ", bare)
    )


def _sentences(file: Path, module: str) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    skipped = _skipped(tree, module in _FOR_CALLERS)
    below = not module.startswith(("cli/", "report/"))
    for node in ast.walk(tree):
        if id(node) in skipped or not isinstance(node, ast.expr):
            continue
        if below and isinstance(node, ast.Call) and _name(node) == "N_":  # single words of sentences below the report
            told = _pattern(node.args[0], [0])
            if told:
                yield told
            for inner in ast.walk(node):
                skipped.add(id(inner))
            continue
        if isinstance(node, ast.Call) and _name(node) == "N_":
            skipped.update(id(inner) for inner in ast.walk(node))
            continue
        text = _pattern(node, [0])
        if text is None:
            continue
        for inner in ast.walk(node):  # what stands inside of its fields is looked at by itself
            if isinstance(node, ast.JoinedStr) and isinstance(inner, ast.FormattedValue):
                if inner.format_spec is not None:
                    skipped.update(id(part) for part in ast.walk(inner.format_spec))
            elif isinstance(node, ast.JoinedStr) and inner in node.values:
                skipped.add(id(inner))
            elif isinstance(node, ast.BinOp) and inner in (node.left, node.right) and _pattern(inner, [0]) is not None:
                skipped.add(id(inner))
                skipped.update(id(part) for part in getattr(inner, "values", []) if isinstance(part, ast.Constant))
        # The name of what a message is about may be put before it or not; it is told by itself.
        text = re.sub(r"^\{0\}: (?=.*[a-z])", "", text)
        if _prose(text):
            yield text


def sentences(root: Path) -> Iterator[tuple[str, str]]:
    """Give every sentence that code under ``txsim`` makes as data, with its file."""
    for file in sorted((root / "txsim").rglob("*.py")):
        place = file.relative_to(root / "txsim").as_posix()
        module = place.removesuffix(".py")
        for word in _WORDS.get(module, ()):
            yield word, place
        if module not in _NO_PROSE:
            for text in _sentences(file, module):
                yield text, place
