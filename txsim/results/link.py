# SPDX-License-Identifier: MIT
"""What ``txsim link`` answers: what a panel of EX and CX says about both directions, and what it cannot say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from txsim.language import N_, Words
from txsim.results.codec import Result
from txsim.results.panel_data import PER_POINT, POINTS_OR_OWN, LinkSettings, PanelData, TouchedRow, UnitLine
from txsim.results.panel_worth import PanelWorth
from txsim.results.quantities import COUNT, MONTHS, OWN, RATIO, SHARE, Count, Interval, Real, Share, Unit
from txsim.results.run import CalibrationNote

#: Both directions, as every mapping by direction knows them, and both series.
DIRECTIONS = ("ex_cx", "cx_ex")
SERIES = ("ex", "cx")

LinkVerdict = Literal["supported", "absent", "opposite", "inconclusive", "cannot_say"]
#: Each verdict in a word or two, for a cell of a table, and as a clause.
VERDICTS: Mapping[LinkVerdict, tuple[str, str]] = {
    "supported": (N_("supported"), N_("the data support it")),
    "absent": (N_("absent"), N_("the data speak against an effect that matters")),
    "opposite": (N_("the other way"), N_("the data say that it goes the other way")),
    "inconclusive": (N_("inconclusive"), N_("the data do not settle it")),
    "cannot_say": (N_("cannot say"), N_("the data cannot say")),
}

_CORRELATION = Unit("correlation")
_SD_PER_SD = Unit("within-unit sd per sd")
_PER_POINT_OR_SD = Unit("points per point; sd per sd where a scale is not known")
_OF_FILE = Unit("scales of the file")
_OF_PARAMETER = Unit("as the parameter of that name")


@dataclass(frozen=True)
class Effect:
    """What one unit of one series is followed by in the other, within units, by the data alone."""

    #: ``median``, ``p05``, ``p95``, ``p_positive``: In ``unit``; NaN where the data cannot say.
    median: Annotated[Real, OWN]
    p05: Annotated[Real, OWN]
    p95: Annotated[Real, OWN]
    p_positive: Annotated[Real, SHARE]
    unit: Words  #: Points per point, or sd per sd where a scale is not known.
    #: ``within_sd``, ``own_unit``: The same in within-unit sd per sd, and in the scales of the file; ``None`` where the
    #: data cannot say.
    within_sd: Annotated[Interval | None, _SD_PER_SD] = None
    own_unit: Annotated[Interval | None, _OF_FILE] = None

    @property
    def known(self) -> bool:
        """Whether the data say anything of it."""
        return math.isfinite(self.median)


@dataclass(frozen=True)
class Lag:
    """Mean delay of an effect, the share of it that persists to the next period, and whether it was given."""

    months: Annotated[Interval, MONTHS]
    phi: Annotated[Interval, SHARE]
    given: bool


@dataclass(frozen=True)
class Within:
    """What goes together within units."""

    #: ``correlation``, ``ex_then_cx``, ``cx_then_ex``: Of the same period, and of one with the other a period later;
    #: survey noise included.
    correlation: Annotated[Real, _CORRELATION]
    ex_then_cx: Annotated[Real, _CORRELATION]
    cx_then_ex: Annotated[Real, _CORRELATION]
    shocks: Annotated[Interval, _CORRELATION]  #: Correlation of what hits both at once.
    persistence: Annotated[Mapping[str, Interval], _CORRELATION]  #: Of each series from one period to the next.
    sd: Annotated[Mapping[str, float], POINTS_OR_OWN]  #: Of each series, index points or the file's own unit.


@dataclass(frozen=True)
class Association:
    """How units' means of both series go together: an association, not an effect."""

    units: Count  #: Over how many.
    #: ``correlation``, ``slope``: With 90 % intervals; the slope is CX per EX.
    correlation: Annotated[Interval, _CORRELATION]
    slope: Annotated[Interval, PER_POINT]


@dataclass(frozen=True)
class Between:
    """How the lasting levels of units go together."""

    #: ``observed_correlation``, ``units``: Of units' means, and over how many; ``None`` where it cannot be told.
    observed_correlation: Annotated[float | None, _CORRELATION]
    units: Count
    #: ``correlation``, ``slope``: Of the levels themselves, without survey noise; slope in points per point.
    correlation: Annotated[Interval | None, _CORRELATION]
    slope: Annotated[Interval | None, PER_POINT]
    #: Share that comes from causes which both share, rather than from the links; ``None`` where the data leave it open
    #: or the levels are not tied.
    confounding_share: Annotated[Interval | None, SHARE]
    #: The same of units' means as they were measured, with intervals; ``None`` with fewer than six units.
    association: Association | None = None


@dataclass(frozen=True)
class Robustness:
    """How strong an unmeasured cause must be to explain an effect away (Cinelli & Hazlett 2020), and in words."""

    robustness_value: Share
    degrees_of_freedom: Count
    meaning: Words


@dataclass(frozen=True)
class Independence:
    """How far units vary as independent normal ones would."""

    clusters: Count  #: Units, or clusters of units that share raters.
    factors: Annotated[tuple[float, ...], RATIO]  #: By how much the intervals of both directions were widened.
    #: Sandwich to model standard errors; ``None`` where there are too few.
    ratios: Annotated[tuple[float, ...] | None, RATIO] = None
    warning: Words | None = None  #: Why nothing can be told, where that is so.


@dataclass(frozen=True)
class Check:
    """One statistic of the data among those of panels that the model would produce."""

    #: ``statistic``, ``meaning``: Its name, and in words.
    statistic: str
    meaning: Words
    #: ``measured``, ``p05``, ``p95``: Of the data, and the middle 90 % of the model's own.
    measured: float
    p05: float
    p95: float
    p: Share  #: How extreme the data are among those, two-sided.
    unusual: bool  #: Whether the model would rarely produce it.


@dataclass(frozen=True)
class Design:
    """A panel: its size, and how wide the 90 % interval of EX → CX a period later would be, sd per sd."""

    #: ``units``, ``waves``, ``respondents``: How many; respondents of a cell, ``None`` where they are not counted.
    units: Count
    waves: Count
    respondents: Annotated[float | None, COUNT]
    width: Annotated[float, _SD_PER_SD]  #: Of the interval.
    more: str = ""  #: What there is more of than now; empty for what there is now.


@dataclass(frozen=True)
class Enough:
    """What would be enough: what there is now, for what, and designs that would do."""

    now: Design
    goal: Words
    designs: tuple[Design, ...]
    #: By direction, the least effect a period later, sd per sd, that eight of ten such panels would call supported: by
    #: the expected information of the same model, so that no method that believes the model finds much less.
    detectable: Annotated[Mapping[str, float], _SD_PER_SD] = field(default_factory=dict)


@dataclass(frozen=True)
class KindEffect:
    """Effects a period later in one kind of unit; ``None`` where it cannot say, with ``why``."""

    kind: str
    units: Count
    why: Words
    #: ``one_period``, ``alone``: By direction: informed by the other kinds, and by its own data.
    one_period: Annotated[Mapping[str, Interval] | None, _PER_POINT_OR_SD]
    alone: Annotated[Mapping[str, Interval] | None, _PER_POINT_OR_SD]


@dataclass(frozen=True)
class GroupEffect:
    """Effects a period later of one staff group's EX, like those of a :class:`KindEffect`."""

    group: str
    share_of_respondents: Annotated[float | None, SHARE]
    why: Words
    one_period: Annotated[Mapping[str, Interval] | None, _PER_POINT_OR_SD]
    alone: Annotated[Mapping[str, Interval] | None, _PER_POINT_OR_SD]


@dataclass(frozen=True)
class OutcomeEffect:
    """What CX does to a financial outcome within units, by the data alone."""

    #: ``outcome``, ``parameter``: Column, and the parameter that it informs, in whose unit the figures are.
    outcome: str
    parameter: str
    timing: Words  #: When it follows.
    #: ``verdict``, ``why``: As for a direction; why nothing can be said.
    verdict: LinkVerdict
    why: Words
    #: ``one_period``, ``settled``: A period later, and in the long run; ``None`` where the data cannot say.
    one_period: Annotated[Interval | None, _OF_PARAMETER]
    settled: Annotated[Interval | None, _OF_PARAMETER]
    in_calibration: bool  #: Whether the calibration learns from it.
    #: In the long run per one unit of CX on the scale of the file; ``None`` where that is not known. The parameter is
    #: per point of a mean score, which of an NPS is four of its own points (docs/model.md, section 1).
    own_unit: Annotated[Interval | None, _OF_FILE] = None


@dataclass(frozen=True)
class PilotShift:
    """By how much cells that are marked ``pilot`` were moved, and how many units took part and did not.

    ``unit`` says of EX and CX whether figures are index points or of the file.
    """

    units: Count
    control: Count
    ex: Annotated[Interval | None, OWN]
    cx: Annotated[Interval | None, OWN]
    unit: tuple[Words, ...]


@dataclass(frozen=True)
class Calibrations:
    """The calibration without the data and with them; ``None`` where these say nothing."""

    before: CalibrationNote
    after: CalibrationNote | None


@dataclass(frozen=True)
class Link(Result):
    """The answer of ``txsim link``; what each field is, stands in docs/schema.md.

    ``fit`` holds what the figures were computed from, for Python users; it is not in the JSON
    (:class:`txsim.panel.link.PanelFit`).
    """

    kind: ClassVar[str] = "link"

    data: PanelData
    settings: LinkSettings
    verdict: Mapping[str, LinkVerdict]
    one_period: Mapping[str, Effect]
    settled: Mapping[str, Effect]
    lag: Lag | None
    within: Within | None
    between: Between
    noise_share: Annotated[Mapping[str, Interval | None], SHARE]
    sensitivity: Mapping[str, Robustness | None]
    independence: Independence | None
    checks: tuple[Check, ...]
    enough: Enough
    by_kind: tuple[KindEffect, ...]
    groups: tuple[GroupEffect, ...]
    outcomes: tuple[OutcomeEffect, ...]
    pilot: PilotShift | None
    prior: Annotated[Mapping[str, Interval] | None, _OF_PARAMETER]
    posterior: Annotated[Mapping[str, Interval] | None, _OF_PARAMETER]
    calibration: Calibrations | None
    refused_rows: tuple[TouchedRow, ...]
    repaired_rows: tuple[TouchedRow, ...]
    warnings: tuple[Words, ...]
    diagnostics: Mapping[str, Any]
    at_counts: Mapping[str, Effect] | None = None
    unit_lines: tuple[UnitLine, ...] = ()
    worth: PanelWorth | None = None
    fit: Any = field(default=None, repr=False, compare=False, metadata={"internal": True})
