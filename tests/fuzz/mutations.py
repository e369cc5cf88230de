# SPDX-License-Identifier: MIT
"""How a good input becomes a bad one: values, structure, text and bytes, each by chance of a seeded generator."""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any

__all__ = ["NAMES", "NUMBERS", "TOKENS", "WORDS", "damaged", "edited", "grafted", "mild", "places", "typo"]

#: Numbers as people and programs write them, those that are none among them.
NUMBERS = (
    *("0", "-0.0", "1", "-1", "0.5", "1e-320", "1e-9", "1e9", "1e15", "1e308", "1.8e308", "-1e308", "1e999", "nan"),
    *(
        ".nan",
        "inf",
        "-.inf",
        "Infinity",
        "1_000",
        "1,5",
        "1.234,5",
        "0x1f",
        "0o17",
        "1:30",
        "٣",
        "½",
        "1e",
        "--1",
        "+1",
    ),
    *("50 %", "120 %", "-5 %", "% 5", "3 pp", "2 years", "9" * 400, "0." + "0" * 400 + "1", "1e-400", "2**31", "4e9"),
)
#: Words and characters that something may trip over.
WORDS = (
    *(
        "",
        " ",
        "-",
        "~",
        "null",
        "yes",
        "no",
        "on",
        "NaN",
        "None",
        "true",
        "{}",
        "{0}",
        "%s",
        "%(x)s",
        "{x.y}",
        "$HOME",
    ),
    *(
        "a" * 300,
        "a" * 5000,
        "é" * 50,
        "имя",
        "\u202etxt",
        "\x1b[2J",
        "\0",
        "\x7f",
        "\ufeff",
        "\ud800",
        "😀",
        "e\u0301",
    ),
    *("../../etc/passwd", "/etc/passwd", "/dev/zero", "/dev/stdin", ".", "..", "x/y", "-rf", "--help", "a\nb", "a\tb"),
    *("=1+1", "<script>", "'; DROP TABLE x", "`x`", "|x|", "[x](y)", "\\", "'", '"', "#", ",", ";", ":", "a: b", "- a"),
)
#: Words that mean something in one place, and may stand in another.
NAMES = (
    *("ex", "cx", "profit", "churn", "front", "front_line", "office", "enps", "nps", "index", "csat", "percent", "raw"),
    *(
        "ex_cx",
        "cx_ex",
        "lag_people",
        "ex -> cx",
        "ex/front",
        "unit",
        "period",
        "treated",
        "post",
        "n_ex",
        "n_cx",
        "kpi",
    ),
    *(
        "shared",
        "c_level",
        "people",
        "process",
        "median",
        "factor",
        "interval",
        "lognormal",
        "beta",
        "linear",
        "2024-01",
    ),
)
#: Pieces of syntax.
TOKENS = (
    *(
        "{",
        "}",
        "[",
        "]",
        ":",
        "- ",
        "? ",
        "#",
        "'",
        '"',
        "&a ",
        "*a",
        "!x ",
        "!!binary ",
        "|",
        ">",
        "%",
        "@",
        "`",
        "\t",
    ),
    *(
        "\0",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "---\n",
        "...\n",
        "<<: ",
        ", ",
        ",,",
        ";",
        "\u2028",
        "\x85",
        "  ",
        "1 ×/÷ 2",
        "=~",
    ),
)


def _value(rng: random.Random) -> Any:
    kind = rng.randrange(8)
    if kind < 3:
        word = rng.choice(NUMBERS)
        try:
            return rng.choice([word, float(word.replace(" %", ""))])
        except ValueError:
            return word
    if kind == 3:
        return rng.choice(WORDS)
    if kind == 4:
        return rng.choice(NAMES)
    if kind == 5:
        return rng.choice([None, True, False, 0, 1, -1, 2**63, 10**30, 10**400, dt.date(2024, 1, 1), b"\xff\x00"])
    if kind == 6:
        return rng.choice([[], {}, [[]], [None], {"": None}, {1: 2}, {None: 1}, [[[[1]]]], {"median": 0, "factor": 1}])
    return [_value(rng) for _ in range(rng.randrange(4))]


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything inside plain data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def _at(data: Any, path: Sequence[Any]) -> Any:
    for key in path:
        data = data[key]
    return data


def typo(rng: random.Random, word: str) -> str:
    """Return a word as somebody in haste writes it."""
    if len(word) < 2:
        return word + "x"
    at = rng.randrange(len(word) - 1)
    ways = [word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :], word + word[-1]]
    return rng.choice([*ways, word.upper(), word.replace("_", "-"), f" {word}", word + "s"])


def edited(rng: random.Random, data: Any, times: int = 1) -> Any:
    """Return plain data with some things changed: a value, a key, an entry gone, twice, wrapped or elsewhere."""
    data = copy.deepcopy(data)
    for _ in range(times):
        where = list(places(data))
        if not where:
            return _value(rng)
        *above, key = rng.choice(where)
        parent = _at(data, above)
        what = rng.randrange(10)
        if what < 4:
            likely = isinstance(parent[key], int | float) and not isinstance(parent[key], bool) and rng.random() < 0.6
            parent[key] = parent[key] * rng.choice([0, 0.1, 0.9, 1.5, 10, 1000, -1]) if likely else _value(rng)
        elif what == 4:
            del parent[key]
        elif what == 5:
            parent[key] = rng.choice([[parent[key]], {"value": parent[key]}, {"median": parent[key], "factor": 1.5}])
        elif what == 6:
            parent[key] = copy.deepcopy(_at(data, rng.choice(where)))
        elif isinstance(parent, list):
            parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(parent[key]))
            if what == 9:
                parent += [copy.deepcopy(parent[key])] * rng.choice([2, 40])
        elif isinstance(key, str):
            name = rng.choice([typo(rng, key), rng.choice(NAMES), rng.choice(WORDS)])
            _renamed(parent, key, name, keep=what == 9)
    return data


def mild(rng: random.Random, data: Any, donors: Sequence[tuple[str, Any]]) -> Any:
    """Return plain data that may well be valid: numbers somewhat changed, values that stand elsewhere under a key."""
    data = copy.deepcopy(data)
    for _ in range(rng.choice([1, 2, 4, 8])):
        *above, key = rng.choice(list(places(data)))
        parent = _at(data, above)
        value = parent[key]
        others = [told for name, told in donors if name == key and isinstance(told, type(value))]
        if isinstance(value, int | float) and not isinstance(value, bool):
            changed = value * rng.choice([0, 0.01, 0.5, 0.9, 1.1, 2, 30, 1000])
            parent[key] = int(changed) if isinstance(value, int) and rng.random() < 0.9 else changed
        elif others:
            parent[key] = copy.deepcopy(rng.choice(others))
        elif isinstance(parent, dict) and rng.random() < 0.3:
            del parent[key]
    return data


def _renamed(mapping: MutableMapping[Any, Any], key: Any, name: Any, *, keep: bool) -> None:
    mapping[name] = mapping[key] if keep else mapping.pop(key)


def grafted(rng: random.Random, data: Any, donors: Sequence[tuple[str, Any]]) -> Any:
    """Return plain data into some mapping of which a part of other data was put, under the name that it had there."""
    data = copy.deepcopy(data)
    mappings = [data, *(_at(data, path) for path in places(data))]
    mappings = [each for each in mappings if isinstance(each, dict)]
    if mappings:
        name, value = rng.choice(donors)
        rng.choice(mappings)[name] = copy.deepcopy(value)
    return data


def damaged(rng: random.Random, content: bytes) -> bytes:
    """Return bytes with some damage: cut, flipped, doubled, a piece of syntax, another encoding."""
    if not content:
        return rng.choice([b"\0", b"\xff", b"a"])
    at, end = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    text: Callable[[str], bytes] = lambda code: content.decode("utf-8", "replace").encode(code, "replace")  # noqa: E731
    what = rng.randrange(9)
    if what == 0:
        return content[:at]
    if what == 1:
        return content[:at] + content[min(end, at + 200) :]
    if what == 2:
        return content[:end] + content[at : min(end, at + 200)] + content[end:]
    if what == 3:
        some = bytearray(content)
        for _ in range(rng.choice([1, 3, 30])):
            some[rng.randrange(len(some))] = rng.randrange(256)
        return bytes(some)
    if what in (4, 5):
        token = rng.choice([*TOKENS, rng.choice(WORDS), rng.choice(NUMBERS)])
        return content[:at] + token.encode("utf-8", "surrogatepass") + content[at:]
    if what == 6:
        return text(rng.choice(["utf-16", "utf-16-le", "utf-8-sig", "latin-1", "cp1251", "utf-32", "cp037"]))
    if what == 7:
        return content.replace(b"\n", rng.choice([b"\r\n", b"\r", b"", b"\n\n", b" \n"]))
    lines = content.split(b"\n")
    lines.insert(rng.randrange(len(lines)), lines.pop(rng.randrange(len(lines))))
    return b"\n".join(lines)
