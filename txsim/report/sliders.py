# SPDX-License-Identifier: MIT
"""What a reader may move on a page: sliders in groups, and the panel that answers them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Slider:
    """Something that a reader may move on a page: what it is, which part of the view, and where it stands."""

    label: str
    part: str
    index: int
    low: float
    high: float
    step: float
    value: float
    shown: str


@dataclass(frozen=True)
class SliderGroup:
    """Sliders under one heading, with a note below them."""

    title: str
    sliders: tuple[Slider, ...]
    note: str = ""


@dataclass(frozen=True)
class OwnViewPanel:
    """A reader's own view of a run, which only a page can show: it computes."""

    groups: tuple[SliderGroup, ...]  #: What can be moved.
    #: ``facts``, ``draws``: JSON and base64 of float32 numbers that its script reads (``assets/own_view.js``).
    facts: str
    draws: str
    #: ``value_name``, ``unit``: What the value is called, and the unit of money.
    value_name: str
    unit: str
    #: ``report_mean``, ``report_loss``, ``report_worst``: What the report says of each, in words.
    report_mean: str
    report_loss: str
    report_worst: str
    #: ``course``, ``limits``: What the fan shows; what is not weighed here.
    course: str
    limits: str
    #: ``far``, ``exact``: What is said where a view is too far off, before its command.
    far: str
    exact: str
