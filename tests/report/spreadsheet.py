# SPDX-License-Identifier: MIT
"""A small spreadsheet program: works a workbook out by its formulas alone; values kept beside them are not read."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import Any

import openpyxl
from openpyxl.formula import Tokenizer


class Sheets:
    """A workbook whose cells are worked out when they are asked for; names of a sheet come before those of the book."""

    def __init__(self, content: bytes) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(content))
        self.kept = openpyxl.load_workbook(io.BytesIO(content), data_only=True)

    @property
    def names(self) -> list[str]:
        """The names that hold in the whole book."""
        return list(self.book.defined_names)

    def name(self, name: str) -> float:
        """Return the value of a name that holds in the whole book."""
        cell = self.place(self.book.sheetnames[0], name)
        return float(self.cell(cell.parent.title, cell.coordinate) or 0)

    def change(self, name: str, factor: float) -> None:
        """Multiply the number under a name that holds in the whole book."""
        self.place(self.book.sheetnames[0], name).value = factor * self.name(name)

    def place(self, sheet: str, name: str) -> Any:
        """Return the cell that a name means in a sheet."""
        defined = self.book[sheet].defined_names.get(name) or self.book.defined_names[name]
        of, _bang, place = defined.attr_text.rpartition("!")
        return self.book[of.strip("'")][place.replace("$", "")]

    def cell(self, sheet: str, place: str) -> Any:
        """Return the value of a cell; an empty one is ``None``."""
        value = self.book[sheet][place].value
        return _Formula(self, sheet, value).value() if isinstance(value, str) and value.startswith("=") else value

    def operand(self, sheet: str, text: str) -> Any:
        """Return the value of a cell or name, or the values of an area."""
        of, bang, place = text.rpartition("!")
        sheet, place = of.strip("'") if bang else sheet, place.replace("$", "")
        if ":" in place:
            return [self.cell(sheet, cell.coordinate) for row in self.book[sheet][place] for cell in row]
        if any(letter.isdigit() for letter in place) and place.isupper() and "_" not in place:
            return self.cell(sheet, place)
        named = self.place(sheet, place)
        return self.cell(named.parent.title, named.coordinate)


def _numbers(values: tuple[Any, ...]) -> list[float]:
    flat = [v for value in values for v in (value if isinstance(value, list) else [value])]
    return [v for v in flat if isinstance(v, int | float)]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "AND": lambda *tests: all(tests),
    "OR": lambda *tests: any(tests),
    "SUM": lambda *values: math.fsum(_numbers(values)),
    "MAX": lambda *values: max(_numbers(values), default=0.0),
    "MIN": lambda *values: min(_numbers(values), default=0.0),
    "COUNT": lambda *values: len(_numbers(values)),
    "INDEX": lambda area, row: area[int(row) - 1],
    "MATCH": lambda value, area, _exact: area.index(value) + 1,
    "SUMPRODUCT": lambda a, b: math.fsum((x or 0) * (y or 0) for x, y in zip(a, b, strict=True)),
}


def _compare(sign: str, a: Any, b: Any) -> bool:
    """Compare as spreadsheets do: an empty cell is both 0 and no text; text is more than any number."""
    if sign in ("=", "<>"):
        blank = {"": None, 0: None}
        same = a == b or (a is None and b in blank) or (b is None and a in blank)
        return same if sign == "=" else not same
    rank = [(isinstance(v, str), v or 0) for v in (a, b)]
    return {"<": rank[0] < rank[1], ">": rank[0] > rank[1], "<=": rank[0] <= rank[1], ">=": rank[0] >= rank[1]}[sign]


class _Formula:
    """One formula, by precedence; of ``IF`` only the branch that is taken is worked out."""

    def __init__(self, sheets: Sheets, sheet: str, text: str) -> None:
        self.sheets, self.sheet = sheets, sheet
        self.tokens = [token for token in Tokenizer(text).items if token.type != "WHITE-SPACE"]
        self.at, self.live = 0, True

    def value(self) -> Any:
        found = self.compared()
        assert self.at == len(self.tokens), [token.value for token in self.tokens]
        return found

    def sign(self, *signs: str) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None or token.type != "OPERATOR-INFIX" or token.value not in signs:
            return ""
        self.at += 1
        return str(token.value)

    def compared(self) -> Any:
        left = self.summed()
        while sign := self.sign("=", "<>", "<", ">", "<=", ">="):
            right = self.summed()
            left = _compare(sign, left, right) if self.live else None
        return left

    def summed(self) -> Any:
        left = self.multiplied()
        while sign := self.sign("+", "-"):
            right = self.multiplied()
            left = (left or 0) + (right or 0) * (1 if sign == "+" else -1) if self.live else None
        return left

    def multiplied(self) -> Any:
        left = self.raised()
        while sign := self.sign("*", "/"):
            right = self.raised()
            if self.live:
                left = (left or 0) * (right or 0) if sign == "*" else (left or 0) / right
        return left

    def raised(self) -> Any:
        left = self.single()
        while self.sign("^"):
            right = self.single()
            left = (left or 0) ** (right or 0) if self.live else None
        return left

    def single(self) -> Any:
        token = self.tokens[self.at]
        self.at += 1
        if token.type == "OPERATOR-PREFIX":
            found = self.single()
            return (-(found or 0) if token.value == "-" else found) if self.live else None
        if token.type == "PAREN":
            found = self.compared()
            self.at += 1
            return found
        if token.type == "FUNC":
            return self.called(token.value[:-1])
        if not self.live:
            return None
        if token.subtype == "NUMBER":
            return float(token.value)
        return token.value.strip('"') if token.subtype == "TEXT" else self.sheets.operand(self.sheet, token.value)

    def called(self, name: str) -> Any:
        live, arguments = self.live, []
        while True:
            if name == "IF" and arguments:
                taken = 1 if arguments[0] else 2
                self.live = live and len(arguments) == taken
            arguments.append(self.compared())
            token = self.tokens[self.at]
            self.at += 1
            if token.type == "FUNC":
                break
        self.live = live
        if not live:
            return None
        return arguments[1 if arguments[0] else 2] if name == "IF" else FUNCTIONS[name](*arguments)
