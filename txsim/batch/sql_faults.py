# SPDX-License-Identifier: MIT
"""What is wrong with a question in SQL, in words of our own: DuckDB's are about its types and its extensions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean
from txsim.language import Message, lazy

_EXAMPLE = lazy("for example SELECT path, value FROM results LIMIT 10")
#: Kinds of statements that read: a pivot is taken apart into several.
_READING = ("SELECT", "EXPLAIN", "MULTI")
#: Where DuckDB shows the place: the number of the line, and the caret below what it repeats of it.
_PLACE = re.compile(r"^LINE (\d+): .*\n( *)\^+", re.MULTILINE)
_NAME = r'(?:name )?"?([^"\n]*?)"?'
_TABLE = re.compile(rf"Table with {_NAME} does not exist")
_FUNCTION = re.compile(rf"(?:Scalar |Aggregate |Table |Macro |Window )*Function with {_NAME} does not exist")
_COLUMN = re.compile(
    r'Referenced (?:column|table) "([^"]*)"|does not have a column named "([^"]*)"|^Binder Error: Column "([^"]*)"'
)
_CANDIDATES = re.compile(r"Candidate (?:bindings|tables): (.*)|Did you mean (.*)")
_UNGROUPED = re.compile(r'column "([^"]*)" must appear in the GROUP BY')
_TYPES = re.compile(r"No function matches the given name and argument types '([^']*)'")
#: What DuckDB says in one way only, and what that means.
_SAID = {
    "aggregate function calls cannot be nested": lazy("an aggregate stands within an aggregate; nest queries instead"),
    "WHERE clause cannot contain aggregates": lazy("an aggregate stands in WHERE; write HAVING behind GROUP BY"),
    "same number of result columns": lazy("the queries that are joined here have different numbers of columns"),
    "unterminated": lazy("a text or a name in quotes does not end"),
}
_NEAR = re.compile(r'at or near "([^"]*)"')


def one_question(connection: Any, sql: str) -> None:
    """Refuse what is not one statement that reads; :class:`~txsim.errors.InputError`, or whatever DuckDB raises."""
    statements = connection.extract_statements(sql)
    if not statements:
        raise InputError(Problem(lazy("the query says nothing: one statement was expected"), hint=_EXAMPLE))
    if len(statements) > 1:
        message = lazy("the query has {count} statements: one was expected", count=len(statements))
        raise InputError(Problem(message, hint=lazy("ask one after the other, or join them by UNION ALL")))
    if statements[0].type.name not in _READING:
        raise InputError(Problem(lazy("a query reads the tables of the batch, and changes nothing"), hint=_EXAMPLE))


def fault(error: Exception, sql: str, tables: Sequence[str], memory: str) -> Problem:
    """Return what is wrong with a question, at its place where DuckDB knows one.

    ``error``: what DuckDB raised; ``sql``: the question; ``tables``: names of the tables that there are; ``memory``:
    what a question may take, as DuckDB is told it.
    """
    said = str(error)
    message, hint = _worded(type(error).__name__, said, tables, memory)
    problem = Problem(message, hint=hint)
    place = _PLACE.search(said)
    lines = sql.splitlines()
    if place is None or not 0 < int(place[1]) <= len(lines):
        return problem
    shown = place[0].splitlines()[0].removeprefix(f"LINE {place[1]}: ")
    source = lines[int(place[1]) - 1]
    # What DuckDB repeats of a long line is cut at both ends: the caret is found again by the words around it.
    start = source.find(shown.strip().strip("."))
    indent = len(shown) - len(shown.lstrip(" ."))
    column = len(place[2]) - len(f"LINE {place[1]}: ") - indent + max(start, 0) + 1
    if not 1 <= column <= len(source) + 1:
        return problem
    return replace(problem, file="SQL", line=int(place[1]), column=column, source=source)


def _worded(kind: str, said: str, tables: Sequence[str], memory: str) -> tuple[Message, Message | None]:
    table, function, column = _TABLE.search(said), _FUNCTION.search(said), _COLUMN.search(said)
    if table and table[1] == "draws":
        return lazy("draws were not kept"), lazy("run the batch with --keep-draws")
    if table:
        close = did_you_mean(table[1], tables)
        return lazy("there is no table `{name}`{close}", name=table[1], close=close), lazy(
            "there are {tables}", tables=", ".join(tables)
        )
    if function:
        candidates = _candidates(said)
        close = lazy("; did you mean `{name}`?", name=candidates[0]) if candidates else ""
        return lazy("there is no function `{name}`{close}", name=function[1], close=close), None
    if column:
        name, candidates = column[1] or column[2] or column[3], _candidates(said)
        if "FROM clause is missing" in said:
            return lazy("`{name}` is of no table: the query has no FROM", name=name), _EXAMPLE
        hint = lazy("nearest are {names}", names=", ".join(candidates[:5])) if candidates else _EXAMPLE
        return lazy("there is no column `{name}` in what the query reads", name=name), hint
    return _other(kind, said, memory)


def _candidates(said: str) -> list[str]:
    found = _CANDIDATES.search(said)
    return re.findall(r'"([^"]+)"', found[1] or found[2]) if found else []


def _other(kind: str, said: str, memory: str) -> tuple[Message, Message | None]:
    """Return words by the kind of an error that names neither table nor column."""
    ungrouped, types, near = _UNGROUPED.search(said), _TYPES.search(said), _NEAR.search(said)
    if ungrouped:
        name = ungrouped[1]
        message = lazy("`{name}` stands neither in GROUP BY nor in an aggregate", name=name)
        return message, lazy("write avg({name}) or any_value({name}), or add it to GROUP BY", name=name)
    if types:
        message = lazy("`{call}`: there is no such function of values of these types", call=types[1])
        return message, lazy("CAST(… AS DOUBLE) makes a number of text, CAST(… AS VARCHAR) text of a number")
    for words, message in _SAID.items():
        if words in said:
            return message, None
    if kind == "ParserException":
        message = lazy("this is no SQL from `{near}` on", near=near[1]) if near and near[1] else lazy("this is no SQL")
        return message, _EXAMPLE
    if kind == "OutOfMemoryException":
        message = lazy("the query takes more memory than {memory}", memory=memory)
        return message, lazy("ask for less at once: fewer columns, an aggregate, LIMIT without ORDER BY")
    if kind in ("ConversionException", "OutOfRangeException"):
        return lazy("a value cannot be read as the type that the query asks for, or is too large for it"), None
    if "Values were not provided" in said:
        return lazy("a `?` or `$name` stands for a value, and none is given"), lazy("write the value itself")
    if kind in ("PermissionException", "IOException") or "extension" in said.lower() or "file" in said.lower():
        return lazy("a query reads the tables of the batch, and nothing else"), _EXAMPLE
    if kind == "InvalidInputException":
        return lazy("a function of the query does not take the value that it gets"), None
    return lazy("the query asks for what the tables do not have or cannot do"), _EXAMPLE
