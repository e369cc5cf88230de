# SPDX-License-Identifier: MIT
"""How a text that was made in English is recognised: by the patterns of the catalogue in use.

Loaded only where another language than English is spoken (see :mod:`txsim.retold`).
"""

from __future__ import annotations

import dataclasses
import re
from functools import cache

from txsim import catalogues, language

__all__ = ["told", "vague"]

_FIELD = re.compile(r"\{\{|\}\}|\{(?P<name>\w*)(?P<as>![rsa])?(?P<spec>:[,+.\d]*[defgn%]?)?\}")
_FIGURE = r"[-+−]?(?:\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?|inf|nan)(?:\N{NO-BREAK SPACE}?%| %)?"
_IS_FIGURE = re.compile(r"[-+−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?: ?%)?")
#: Between known texts that were put beside each other.
_JOINTS = ("\n", ". ", "; ", ": ", ", ", " and ")
#: Signs of its own that a message needs to be recognised by, unless it begins with them.
_FEWEST = 5
#: Longer texts are nobody's sentence.
_LONGEST = 4000
#: Texts within texts; no message goes deeper.
_DEEPEST = 6


@dataclasses.dataclass(slots=True)
class _Pattern:
    """One message of the catalogue with fields."""

    english: str
    told: str
    literal: str
    fields: tuple[tuple[str, bool], ...]
    compiled: re.Pattern[str] | None = None

    def match(self, text: str) -> re.Match[str] | None:
        if self.literal not in text:
            return None
        if self.compiled is None:
            self.compiled = _expression(self.english)
        return self.compiled.fullmatch(text)


def _expression(english: str) -> re.Pattern[str]:
    parts, end = [], 0
    for found in _FIELD.finditer(english):
        parts.append(re.escape(english[end : found.start()]))
        end = found.end()
        if found[0] in ("{{", "}}"):
            parts.append(re.escape(found[0][0]))
        else:
            parts.append(f"({_FIGURE})" if found["spec"] and found["spec"] != ":" else "(.*?)")
    return re.compile("".join(parts) + re.escape(english[end:]), re.DOTALL)


def vague(english: str) -> bool:
    """Return whether a message has so few words of its own that it would fit many a text."""
    begins = _FIELD.match(english) is None
    return not begins and sum(not c.isspace() for c in _FIELD.sub("", english)) < _FEWEST


def _pattern(english: str, told: str) -> _Pattern | None:
    """Return the pattern of a message, or nothing if it has no fields."""
    fields, chunks, end = [], [], 0
    for found in _FIELD.finditer(english):
        if found[0] in ("{{", "}}"):
            continue
        chunks.append(english[end : found.start()])
        end = found.end()
        around = english[max(0, found.start() - 1) : found.start()] + english[end : end + 1]
        own = bool(found["as"]) or around in ("``", '""', "“”")
        fields.append((found["name"], own))
    if not fields:
        return None
    chunks.append(english[end:])
    if vague(english):
        return None
    longest = max((piece for chunk in chunks for piece in re.split(r"\{\{|\}\}", chunk)), key=len)
    return _Pattern(english, told, longest, tuple(fields))


@cache
def _known(code: str) -> tuple[dict[str, str], tuple[_Pattern, ...]]:
    """Return the texts without fields, and the patterns, those with most words of their own first."""
    whole: dict[str, str] = {}
    patterns = []
    for english, told in catalogues.sentences().items():
        pattern = _pattern(english, told)
        if pattern is None:
            whole[english.replace("{{", "{").replace("}}", "}")] = told.replace("{{", "{").replace("}}", "}")
        else:
            patterns.append(pattern)
    patterns.sort(key=lambda pattern: len(_FIELD.sub("", pattern.english)), reverse=True)
    return whole, tuple(patterns)


def _told(text: str, figures: bool, depth: int, joints: tuple[str, ...] = _JOINTS) -> str:
    known = _recognised(text, figures, depth)
    if known is not None:
        return known
    if depth < _DEEPEST:
        for i, joint in enumerate(joints):
            if joint in text:
                told = _put_together(text.split(joint), joint, figures, depth, joints[i + 1 :])
                if told != text:
                    return told
    return text


def _put_together(parts: list[str], joint: str, figures: bool, depth: int, joints: tuple[str, ...]) -> str:
    """Return texts that were put beside each other, each told by itself; a text may hold the joint, too."""
    found, i = "", 0
    between = language._(joint) if joint == " and " else joint
    while i < len(parts):
        for j in range(min(len(parts), i + 8), i, -1):
            piece = joint.join(parts[i:j])
            told = _recognised(piece, figures, depth)
            if told is not None:
                found += (between if i else "") + told
                break
            # What is put behind another text may bring its own joint.
            told = _recognised(joint + piece, figures, depth) if i else None
            if told is not None:
                found += told
                break
        else:
            j = i + 1
            found += (between if i else "") + _told(parts[i], figures, depth + 1, joints)
        i = j
    return found


def _recognised(text: str, figures: bool, depth: int) -> str | None:
    """Return a text that is known whole, in the language in use; nothing if it is not known."""
    bare = text.strip(" ")
    if not bare or depth > _DEEPEST:
        return None
    whole, patterns = _known(language.current())
    # With its own blanks, without them, and without the full stop that ends what was put together.
    for said in filter(None, dict.fromkeys((text, bare, bare.removesuffix(".")))):
        before, _same, after = text.partition(said)
        if said in whole:
            return before + whole[said] + after
        for pattern in patterns:
            found = pattern.match(said)
            if found is not None:
                return before + _filled(pattern, found.groups(), figures, depth) + after
    if figures and _IS_FIGURE.fullmatch(bare):
        return language.by_locale(text)
    return None


def _filled(pattern: _Pattern, values: tuple[str, ...], figures: bool, depth: int) -> str:
    by_name: dict[str, str] = {}
    for (name, own), value in zip(pattern.fields, values, strict=True):
        by_name[name] = value if own else _told(value, figures, depth + 1)

    def fill(found: re.Match[str]) -> str:
        return found[0][0] if found[0] in ("{{", "}}") else by_name.get(found["name"], "")

    return _FIELD.sub(fill, pattern.told)


def told(text: str, figures: bool) -> str:
    """Return a text in the language in use; unchanged where it is no text of txsim.

    Parameters
    ----------
    text, figures
        As for :func:`txsim.retold.retold`.
    """
    return text if len(text) > _LONGEST else _told(text, figures, 0)
