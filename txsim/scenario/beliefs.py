# SPDX-License-Identifier: MIT
"""What a scenario believes: its own nodes and edges, priors in place of the catalogue's, and which claims it trusts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from txsim.errors import did_you_mean
from txsim.evidence import Settings
from txsim.language import lazy
from txsim.priors.distributions import Distribution, to_data
from txsim.priors.written_numbers import PERCENT
from txsim.scenario.fields import Flag, Months, Name, PlainShare, Quantity, Text, refuse, texts
from txsim.scenario.record import Record
from txsim.scenario.record_fields import Field, Kind, field_validator, model_validator
from txsim.scenario.vocabulary import lag_names

#: Key under `priors` that says which links may do nothing; no parameter has this name.
DOUBT = "doubt"
_NOTES = ("already_uses", "by", "why", "date", "history")


def claim_ids(raw: Any) -> tuple[str, ...]:
    """Return a list of ids of claims, each once."""
    return texts(raw, lazy("claim ids"))


Ids = Annotated[tuple[str, ...], Kind(claim_ids, {"kind": "ids"}, list)]


def _plain(value: str | tuple[str, ...] | Distribution) -> Any:
    """Return plain data of a word, a list of words or a quantity."""
    return value if isinstance(value, str) else to_data(value) if isinstance(value, Distribution) else list(value)


class DataFile(Record):
    """The organisation's own panel of EX and CX, which becomes part of the calibration."""

    file: Text = Field(default="", description="CSV, Parquet or Excel file, or a folder of them, beside this file")
    spec: Text = Field(default="", description="how to read it, as for `txsim link --spec`")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, raw: Any) -> Any:
        """Read `data: link.csv` as `data: {file: link.csv}`."""
        return raw if isinstance(raw, Mapping) else {"file": raw}

    @field_validator("file", mode="after")
    @classmethod
    def _named(cls, found: str) -> str:
        if not found:
            refuse(lazy("expected the name of a file, as in `data: link.csv`"))
        return found


def _history(raw: Any) -> tuple[Mapping[str, Any], ...]:
    """Return earlier beliefs as they stand: a record, which nothing is computed from."""
    if not isinstance(raw, list | tuple):
        refuse(lazy("expected a list of earlier beliefs"), lazy("each entry begins with `- `"))
    for earlier in raw:
        if not isinstance(earlier, Mapping):
            refuse(
                lazy("an earlier belief is a quantity with `by`, `why` and `date`"),
                lazy("- {median: 0.3, factor: 4, by: Ada}"),
            )
    return tuple(dict(earlier) for earlier in raw)


History = Annotated[tuple[Mapping[str, Any], ...], Kind(_history, {"kind": "history"}, list)]


class Belief(Record):
    """A prior in place of the catalogue's, and where it comes from."""

    prior: Quantity = Field(description="the belief, before the claims that are scored")
    already_uses: Ids = Field(
        default=(), description="ids of claims that this belief already contains; they are not scored once more"
    )
    by: Text = Field(default="", description="who believes it")
    why: Text = Field(default="", description="the reason")
    date: Text = Field(default="", description="when it was stated")
    history: History = Field(default=(), exclude=True, description="what was believed before, the latest first")

    @model_validator(mode="before")
    @classmethod
    def _with_notes(cls, raw: Any) -> Any:
        """Split `{median: 0.3, factor: 4, by: Ada}` into the quantity and the notes, unless they are split already."""
        if not isinstance(raw, Mapping):
            return {"prior": raw}
        notes = {key: value for key, value in raw.items() if key in _NOTES}
        quantity = {key: value for key, value in raw.items() if key not in _NOTES}
        for whole in ("value", "prior"):  # a plain number with its notes, and what a result holds of a belief
            if set(quantity) == {whole}:
                return {"prior": quantity[whole], **notes}
        return {"prior": quantity, **notes}


def share_as_stated(raw: Any) -> Any:
    """Return a belief about a share with fractions for percents, and as a beta where its family is left open."""
    if isinstance(raw, str) and (percent := PERCENT.fullmatch(raw)) is not None:
        return float(f"{float(percent[1]) / 100:.15g}")
    if isinstance(raw, str):  # the middle of `30 % ×/÷ 1.5`
        return re.sub(r"^\s*([\d.]+)\s*%", lambda percent: f"{float(percent[1]) / 100:.15g}", raw)
    if isinstance(raw, list):
        return [share_as_stated(value) for value in raw]
    if not isinstance(raw, Mapping):
        return raw
    kept = {key: value if key in (*_NOTES, "factor") else share_as_stated(value) for key, value in raw.items()}
    ends = kept.get("interval", kept.get("quantiles"))
    values = list(ends.values()) if isinstance(ends, Mapping) else ends if isinstance(ends, list) else ()
    if values and "family" not in kept and all(isinstance(value, int | float) and 0 < value < 1 for value in values):
        kept["family"] = "beta"  # a log-normal reaches beyond 1, which is refused
    return kept


def _use(raw: Any) -> str | tuple[str, ...]:
    if isinstance(raw, str):
        if raw in ("all", "none"):
            return raw
        hint = lazy("for one claim write [{raw}]", raw=raw)
        refuse(
            lazy(
                "expected all, none or a list of claim ids, found `{raw}`{suggestion}",
                raw=raw[:60],
                suggestion=did_you_mean(raw, ("all", "none")),
            ),
            hint,
        )
    return claim_ids(raw)


class Evidence(Record):
    """Which claims are believed, and how far."""

    use: Annotated[str | tuple[str, ...], Kind(_use, {"kind": "use"}, _plain)] = Field(
        default="all", description="all, none, or a list of ids of the claims that are scored"
    )
    drop: Ids = Field(default=(), description="ids of claims to leave out")
    face_value: Ids = Field(
        default=(), description="ids of claims taken as they stand: sound for certain, nothing exaggerated"
    )
    credibility: dict[str, PlainShare] = Field(
        default_factory=dict,
        description="probability of being sound, 0 … 1, by id of a claim or by design such as vendor_claim",
    )
    within_cluster_correlation: PlainShare = Field(
        default=0.8, description="correlation of errors of statements about the same quantity in one cluster, below 1"
    )
    add: dict[str, Any] = Field(
        default_factory=dict, description="own claims by id, with the fields of the packaged library"
    )
    replace: dict[str, Any] = Field(
        default_factory=dict,
        description="claims of the packaged library by id, with the fields that are to be otherwise",
    )

    @field_validator("within_cluster_correlation", mode="after")
    @classmethod
    def _below_one(cls, found: float) -> float:
        if found >= 1:
            refuse(lazy("a correlation of 1 makes two statements one; it is below 1"), "write 0.8")
        return found

    def settings(self) -> Settings:
        """Return what decides which claims are scored."""
        return Settings(self.use, self.drop, self.face_value, self.credibility)


class GraphNode(Record):
    """A node that the organisation adds."""

    name: Name = Field(description="name of the node, for example time_to_resolve")
    per_group: Flag = Field(default=False, description="whether there is one node for each staff group")
    meaning: Text = Field(default="", description="what it is, in a sentence")


def _lag(raw: Any) -> str | Distribution:
    known = lag_names()
    if isinstance(raw, str) and raw in known:
        return raw
    if isinstance(raw, str) and raw[:1].isalpha():
        refuse(
            lazy("unknown lag `{raw}`{suggestion}", raw=raw[:40], suggestion=did_you_mean(raw, known)),
            lazy("known: {known}, or a quantity in months", known=", ".join(known)),
        )
    lag: Distribution = Months.__metadata__[0].read(raw)
    return lag


class GraphEdge(Record):
    """An influence that the organisation adds."""

    source: str = Field(description="node it comes from, or `coordination`")
    target: str = Field(description="node it goes to")
    slope: Quantity = Field(description="points of the target per point of the source (of all staff), settled")
    lag: Annotated[str | Distribution, Kind(_lag, {"kind": "lag"}, _plain)] | None = Field(
        default=None, description="mean delay: lag_tools, lag_people, or months; an edge from coordination has none"
    )
    silo: Flag = Field(default=True, description="whether it crosses a silo, so that coordination strengthens it")
    why: Text = Field(default="", description="the reason, in a sentence")
    evidence: Ids = Field(default=(), description="ids of the evidence")

    @property
    def name(self) -> str:
        """``source -> target``, as in `edges`."""
        return f"{self.source} -> {self.target}"

    @property
    def parameter(self) -> str:
        """Name of the parameter that holds the slope."""
        return f"slope_{self.source}_{self.target}"

    @property
    def lag_parameter(self) -> str | None:
        """Name of the parameter that holds the lag; ``None`` for an edge without."""
        return f"lag_{self.source}_{self.target}" if isinstance(self.lag, Distribution) else self.lag


class GraphAdditions(Record):
    """Nodes and edges beyond the default graph."""

    nodes: tuple[GraphNode, ...] = Field(default=(), max_length=100, description="nodes to add")
    edges: tuple[GraphEdge, ...] = Field(default=(), max_length=1000, description="edges to add")
