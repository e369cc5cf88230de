# SPDX-License-Identifier: MIT
"""How files of data were read: what a panel holds, what was done to its rows, and the lines of its units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from txsim.language import Words
from txsim.results.quantities import COUNT, MONTHS, Count, Real, Unit


@dataclass(frozen=True)
class FileReading:
    """How a file of data was read."""

    lines: tuple[Words, ...]  #: The reading in words, at most ten lines.
    #: By measure: column, scale, range, what was changed and what was lost.
    series: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: ``file``, ``encoding``: Its name, and how its letters are encoded.
    file: str = ""
    encoding: str = ""
    units: tuple[str, ...] = ()  #: Names of units.
    #: ``periods``, ``calendar``: First and last period, how many, and months from one to the next; whether they are of
    #: the calendar.
    periods: tuple[Any, ...] | None = None
    calendar: bool = False
    answers: bool = False  #: Whether rows are answers of single people.
    unused: tuple[str, ...] = ()  #: Columns that are not used.


_RAW = "raw"
PER_POINT = Unit("points per point; units of the file where a scale is not known")
POINTS_OR_OWN = Unit("index points; the file's own unit where a scale is not known")


@dataclass(frozen=True)
class PanelData:
    """How much a panel holds, and what was done to its files."""

    #: ``units``, ``periods``, ``cells``: How many; of cells those with ``ex``, ``cx`` and ``both``.
    units: Count
    periods: Count
    #: Months from one period to the next; ``None`` where periods are counted.
    period_months: Annotated[float | None, MONTHS]
    cells: Mapping[str, Count]
    #: ``waves_per_unit``, ``respondents_per_cell``: Medians; ``None`` where respondents are not counted.
    waves_per_unit: Annotated[float, COUNT]
    respondents_per_cell: Annotated[float | None, COUNT]
    scales: tuple[str, ...]  #: Names of the scale of EX and of CX.
    #: ``rows``, ``repaired``, ``refused``: Rows read, and rows that were repaired or refused, by reason.
    rows: Count
    repaired: Mapping[str, Count]
    refused: Mapping[str, Count]
    notes: tuple[Words, ...]  #: What was taken for granted.
    digest: str  #: SHA-256 of the files and of how they were to be read.
    reading: FileReading | None = None  #: How the files were read, for a person to check.

    @property
    def raw(self) -> bool:
        """Whether a series has no known scale, so that everything is told in standard deviations."""
        return _RAW in self.scales


@dataclass(frozen=True)
class LinkSettings:
    """Seed of the sampler, a lag that was given rather than estimated, and months from one period to the next."""

    seed: int
    lag_months: Annotated[float | None, MONTHS]
    period_months: Annotated[float, MONTHS]


@dataclass(frozen=True)
class UnitLine:
    """One unit of a panel, for a picture: its mean EX and CX net of what all units share in a period."""

    #: ``ex``, ``cx``: Index points, or the file's own unit where a scale is not known.
    ex: Annotated[Real, POINTS_OR_OWN]
    cx: Annotated[Real, POINTS_OR_OWN]
    reach: Annotated[Real, POINTS_OR_OWN]  #: How far its EX moves (sd within the unit), in the same unit.
    #: CX a period later per EX, within the unit, drawn towards the other units as far as its error says.
    slope: Annotated[Real, PER_POINT]


@dataclass(frozen=True)
class TouchedRow:
    """One row that was repaired or refused: where it stands, what stood there, and why.

    The value is left out where fewer than ten people answered.
    """

    file: str
    line: int
    column: str
    value: str
    reason: Words
