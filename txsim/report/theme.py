# SPDX-License-Identifier: MIT
"""Colours and letters, from one small file that a brand may replace."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from txsim.errors import InputError, Problem, did_you_mean, reason_of
from txsim.files import content_of
from txsim.language import lazy

#: Bytes that a theme may have.
_MOST_BYTES = 100_000

#: Which colour an option has, everywhere.
OPTION_COLOURS = {
    "commit": "commit",
    "commit_stop": "commit_stop",
    "pilot_scale": "pilot_scale",
    "pilot_stop": "pilot_stop",
    "pilot_then_decide": "pilot_scale",
    "commit_review": "other",
    "do_nothing": "neutral",
}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FAMILY = re.compile(r"[A-Za-z][A-Za-z-]*( [A-Za-z][A-Za-z-]*)*(, ?[A-Za-z][A-Za-z-]*( [A-Za-z][A-Za-z-]*)*)*")


@dataclass(frozen=True)
class Theme:
    """Colours by role, in a light and a dark version, and the letters."""

    #: ``light``, ``dark``: Colour by role, ``#rrggbb``.
    light: dict[str, str]
    dark: dict[str, str]
    #: ``family``, ``size``: Font families in CSS's notation, and the size of text in pictures, px.
    family: str
    size: float

    def variables(self, dark: bool = False) -> str:
        """Return the colours as CSS custom properties."""
        return "".join(f"--{role}:{colour};" for role, colour in (self.dark if dark else self.light).items())

    def fixed(self, picture: str, dark: bool = False) -> str:
        """Return a picture whose colours are written out instead of ``var(--role)``."""
        colours = self.dark if dark else self.light
        return re.sub(r"var\(--(\w+)\)", lambda found: colours[found.group(1)], picture)


def read_theme(file: Path | None = None) -> Theme:
    """Return the packaged theme, with what a file replaces.

    Raises :class:`InputError` if the file cannot be read, is not TOML, or names what there is not.
    """
    import tomllib  # a page in the terminal has no theme

    own = tomllib.loads(resources.files("txsim.report").joinpath("assets/theme.toml").read_text("utf-8"))
    if file is not None:
        try:
            overrides = tomllib.loads(content_of(file, str(file), _MOST_BYTES, "a theme").decode("utf-8-sig"))
        except OSError as error:
            raise InputError(
                Problem(lazy("cannot be read ({strerror})", strerror=reason_of(error)), file=str(file))
            ) from error
        except UnicodeDecodeError:
            raise InputError(Problem(lazy("this is no text in UTF-8"), file=str(file))) from None
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            place = re.search(r"line (\d+), column (\d+)", str(error))
            line, column = (int(place[1]), int(place[2])) if place else (None, None)
            hint = lazy('a line is `name = "value"`, a group begins by `[light]`')
            raise InputError(Problem(lazy("this is not TOML"), str(file), line, column, hint=hint)) from None
        problems = _laid_over(own, overrides, str(file))
        if problems:
            raise InputError(problems)
    return Theme(own["light"], own["dark"], own["font"]["family"], float(own["font"]["size"]))


def _laid_over(own: dict[str, Any], overrides: dict[str, Any], file: str) -> list[Problem]:
    problems = []
    for part, values in overrides.items():
        if part not in own or not isinstance(values, dict):
            problems.append(
                Problem(lazy("unknown part{suggestion}", suggestion=did_you_mean(part, own)), file=file, path=part)
            )
            continue
        for key, value in values.items():
            path = f"{part}.{key}"
            if key not in own[part]:
                problems.append(
                    Problem(
                        lazy("unknown key{suggestion}", suggestion=did_you_mean(key, own[part])), file=file, path=path
                    )
                )
            elif key == "size":
                if not isinstance(value, int | float) or isinstance(value, bool) or not 8 <= value <= 24:
                    problems.append(
                        Problem(lazy("expected 8 … 24, found {value}", value=repr(value)), file=file, path=path)
                    )
            elif key == "family":
                if not isinstance(value, str) or len(value) > 200 or not _FAMILY.fullmatch(value):
                    problems.append(
                        Problem(lazy("expected names of fonts (letters), parted by commas"), file=file, path=path)
                    )
            elif not isinstance(value, str) or not _COLOUR.fullmatch(value):
                problems.append(
                    Problem(
                        lazy("expected a colour such as #0b5cad, found {value}", value=repr(value)),
                        file=file,
                        path=path,
                    )
                )
            own[part][key] = value
    return problems
