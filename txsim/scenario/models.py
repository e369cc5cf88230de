# SPDX-License-Identifier: MIT
"""One scenario: a question about one organisation, as frozen values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from txsim.evidence import Claim, ScoredClaim, Selection, read_claims, replaced_claims, selection
from txsim.language import _, lazy, plural
from txsim.pathways import TOOLS, Edge, Graph, Group, Network, Node
from txsim.printable import well_formed
from txsim.priors.distributions import Distribution, is_point
from txsim.priors.moments import median
from txsim.results.cash_flow import counts_runoff
from txsim.results.notebook import html_table
from txsim.scenario import vocabulary
from txsim.scenario.actions import Decision, Driver, Pilot, Rivals
from txsim.scenario.beliefs import DOUBT, Belief, DataFile, Evidence, GraphAdditions, share_as_stated
from txsim.scenario.fields import Factor, PlainShare, Rate, Text, WholeMonths, choice, refuse, stated_of, unstated
from txsim.scenario.organisation import Baseline, Organisation
from txsim.scenario.pilot_log import PilotLog
from txsim.scenario.programme import Finance
from txsim.scenario.record import Record, written_paths
from txsim.scenario.record_fields import UNSET, Field, field_validator

_RateKind: Any = choice("nominal", "real")
_Convention: Any = choice("monthly", "annual")
_Bridge: Any = choice("customers", "margin")
_Terminal: Any = choice("none", "runoff")


class Scenario(Record):
    """One question about one organisation: what these drivers would pay."""

    title: Text = Field(default="", description="title in reports")
    question: Text = Field(default="", description="the question that this scenario answers")
    organisation: Organisation = Field(default_factory=Organisation, description="the firm as it stands")
    graph: GraphAdditions = Field(
        default_factory=GraphAdditions, description="nodes and edges beyond the default graph"
    )
    edges: dict[str, Factor] = Field(
        default_factory=dict, description="factor 0 … 10 for an edge of the graph, or off: `ux_employee -> cx: 0.5`"
    )
    drivers: tuple[Driver, ...] = Field(default=(), max_length=50, description="what management does, up to 50 drivers")
    pilot: Pilot | None = Field(default=None, description="a trial before the decision")
    rivals: Rivals | None = Field(default=None, description="competitors that adopt total experience")
    horizon_months: WholeMonths = Field(default=36, description="months that are simulated, 1 … 240")
    discount_rate: Rate = Field(
        default=0.1, description="discount rate a year, a fraction; `12 %` may be written for 0.12"
    )
    rate_kind: _RateKind = Field(
        default="nominal", description="whether the rate and all money are nominal or real (without inflation)"
    )
    convention: _Convention = Field(
        default="monthly", description="annual: yearly sums at year end and an undiscounted initial column"
    )
    bridge: _Bridge = Field(
        default="customers",
        description="the bridge from experience to profit that pays: customers (bottom-up) or margin (top-down)",
    )
    terminal: _Terminal = Field(
        default="none", description="runoff: what customers kept at the horizon are still worth counts too"
    )
    finance: Finance | None = Field(
        default=None, description="tax on what is gained, and how capex is written off", exclude_if=unstated
    )
    decision: Decision = Field(default_factory=Decision, description="by what an option is chosen")
    beliefs: dict[str, Belief] = Field(
        default_factory=dict,
        alias="priors",
        description="parameters believed otherwise than the catalogue says; a plain number fixes one",
    )
    link_doubt: dict[str, PlainShare] = Field(
        default_factory=dict,
        alias_path=("priors", DOUBT),
        description="probability that a link does nothing, by name of its slope, at most four: {ex_cx: 20 %}",
    )
    evidence: Evidence = Field(default_factory=Evidence, description="which claims are believed, and how far")
    data: DataFile | None = Field(
        default=None,
        description="the organisation's own panel of EX and CX by unit and period (docs/link.md), such as link.csv",
    )
    pilots: PilotLog | None = Field(
        default=None,
        description="what finished pilots measured: the log that `txsim update` keeps beside this file, such as "
        "service_desk.pilots.jsonl",
    )
    seed: int | None = Field(
        default=None,
        description="seed of the scenario's own draws, a whole number; --seed wins",
        json_schema_extra={"minimum": 0, "maximum": 2**32 - 1},
    )
    _source: str = ""
    _packs: tuple[str, ...] = ()
    _files: tuple[str, ...] = ()
    _changed_by: tuple[str, ...] = ()
    _kept: Any = UNSET  # what a result knows of what was written; of a file its fields know
    _places: Any = None

    @field_validator("beliefs", mode="before")
    @classmethod
    def _without_doubt(cls, raw: Any) -> Any:
        """Leave out `doubt`, which stands beside the parameters and is none; of a share read percents."""
        if not isinstance(raw, Mapping):
            return raw
        shares = {name for name, parameter in vocabulary.parameter_table().items() if parameter.share}
        return {
            name: share_as_stated(value) if name in shares else value for name, value in raw.items() if name != DOUBT
        }

    @field_validator("horizon_months", mode="after")
    @classmethod
    def _some_months(cls, found: int) -> int:
        if found < 1:
            refuse(lazy("the horizon has at least one month"))
        return found

    @field_validator("seed", mode="before")
    @classmethod
    def _whole_seed(cls, raw: Any) -> Any:
        if raw is not None and (isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw < 2**32):
            refuse(lazy("expected a whole number, 0 … 4294967295"))
        return raw

    @classmethod
    def of_content(cls, content: Mapping[str, Any]) -> Scenario:
        """Return the scenario that a result holds as its content.

        Parameters
        ----------
        content
            As :attr:`content` gives it; what is null there was not stated.

        Raises
        ------
        Faulty
            If this version does not understand it.
        """
        plain = stated_of(content)
        written = plain.pop("written", None) if isinstance(plain, dict) else None
        scenario = cls.model_validate(plain)
        scenario._kept = frozenset(map(str, written)) if isinstance(written, list) else None
        return scenario

    @property
    def kept(self) -> dict[str, Any]:
        """Its content as results keep it: with the paths of what its author wrote, which may equal its default."""
        return {**self.content, **({} if self.written is None else {"written": sorted(self.written)})}

    @property
    def written(self) -> frozenset[str] | None:
        """Paths of what its author wrote; ``None`` of a scenario from a result that does not know."""
        return frozenset(written_paths(self)) if self._kept is UNSET else self._kept

    @property
    def source(self) -> str:
        """The file that it was read from, as it was named."""
        return self._source

    @property
    def label(self) -> str:
        """What it is called: its title, else the file that it was read from, as valid text."""
        return well_formed(self.title or self._source)

    @property
    def packs(self) -> tuple[str, ...]:
        """Prior packs that its beliefs rest on, the one it names first."""
        return self._packs

    @property
    def changed_by(self) -> tuple[str, ...]:
        """What changed it beside its file when it was read, as words of a command line: ``--set``, ``path=value``."""
        return self._changed_by

    def with_beliefs(self, beliefs: dict[str, Belief], evidence: Evidence) -> Scenario:
        """Return the same firm, drivers and money under other beliefs, which are not checked again."""
        return self.replaced(beliefs=beliefs, evidence=evidence)

    def replaced(self, **changes: Any) -> Scenario:
        """Return this scenario with other values of some fields, which are not checked again."""
        scenario = self.model_copy(update=changes)
        for name in ("content", "hash"):  # worked out once, and copied along
            scenario.__dict__.pop(name, None)
        return scenario

    def without_text(self) -> Scenario:
        """Return this scenario without the text that it came from, which thousands of them need not hold."""
        scenario = self.replaced()
        scenario._places = None
        return scenario

    @property
    def files(self) -> tuple[str, ...]:
        """That file and what it extends, one after the other."""
        return self._files

    @cached_property
    def content(self) -> dict[str, Any]:
        """Everything that it says as plain data, defaults included; the same however it was written.

        A log of pilots stands there with what is in it, not with its name alone.
        """
        data = self.model_dump(by_alias=True)
        doubt = data.pop("link_doubt")
        if doubt:
            data["priors"][DOUBT] = doubt
        if self.pilots is None:  # said only where there is one, so that a scenario without keeps its hash
            del data["pilots"]
        for entry in data.get("pilots", {}).get("entries", ()):
            if entry["bills"] is None:  # as are its bills
                del entry["bills"]
        return data

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the content but for title and question: equal content, equal hash, wherever it stands."""
        data = {key: value for key, value in self.content.items() if key not in ("title", "question")}
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()

    def _repr_html_(self) -> str:
        """Return what notebooks show: the question, and what would be done."""
        rows = [(_("organisation"), self.organisation.name or "–")]
        rows.append((_("horizon"), plural("{n} month", "{n} months", self.horizon_months)))
        rate = _("{0:g} % a year, nominal") if self.rate_kind == "nominal" else _("{0:g} % a year, real")
        rows.append((_("discount rate"), rate.format(100 * self.discount_rate)))
        rows += [(_("driver {0}").format(driver.name), driver.title or "–") for driver in self.drivers]
        if self.pilot is not None:
            text = _("{0} months, then {1} until the decision")
            rows.append((_("pilot"), text.format(self.pilot.months, self.pilot.decision_months)))
        if self.fixed_by_author:
            rows.append((_("fixed by hand"), ", ".join(self.fixed_by_author)))
        return html_table(self.label or _("Scenario"), self.question, (), rows)

    @property
    def counts_runoff(self) -> bool:
        """Whether the payoff counts what customers kept are worth after the horizon."""
        return counts_runoff(bridge=self.bridge, terminal=self.terminal)

    @property
    def start(self) -> int:
        """S, the month in which the first driver starts."""
        return min((driver.start for driver in self.drivers), default=0)

    @property
    def decision_month(self) -> int | None:
        """P, the month from which the decision acts; ``None`` without a pilot."""
        return None if self.pilot is None else self.start + self.pilot.months + self.pilot.decision_months

    @property
    def priors(self) -> dict[str, Distribution]:
        """Parameters believed otherwise than the catalogue says."""
        return {name: belief.prior for name, belief in self.beliefs.items()}

    @property
    def edge_priors(self) -> dict[str, Distribution]:
        """Slopes and own lags of the edges that the scenario adds, by name of the parameter."""
        slopes = {edge.parameter: edge.slope for edge in self.graph.edges}
        lags = {edge.lag_parameter: edge.lag for edge in self.graph.edges if isinstance(edge.lag, Distribution)}
        return slopes | {name: lag for name, lag in lags.items() if name is not None}

    @property
    def simulated_parameters(self) -> tuple[str, ...]:
        """Parameters that it uses although no calibration need hold them (docs/model.md, section 14)."""
        absent = any(group.absence_rate is not None for group in self.organisation.staff.values())
        used = {"time_ux": self.organisation.time_realised is not None, "absence_ex": absent}
        return tuple(name for name, is_used in used.items() if is_used)

    @property
    def fixed_by_author(self) -> tuple[str, ...]:
        """Paths of what is always uncertain and was given as a plain number (docs/model.md, section 4)."""
        paths: list[str] = []
        for driver in self.drivers:
            known = (j for j, push in enumerate(driver.pushes) if is_point(push.effect))
            paths += [f"{driver.name}.pushes[{j}].effect" for j in known]
            for name in ("delivery", "cost_overrun", "slip"):
                stated: Distribution | None = getattr(driver, name)
                if stated is not None and is_point(stated):
                    paths.append(f"{driver.name}.{name}")
        paths += [f"priors.{name}" for name, prior in self.priors.items() if is_point(prior)]
        # A slope or a delay of an own edge, and the reach of a group inside, are beliefs as those of the catalogue are.
        for i, edge in enumerate(self.graph.edges):
            quantities = {"slope": (edge.parameter, edge.slope), "lag": (edge.lag_parameter, edge.lag)}
            for key, (parameter, value) in quantities.items():
                if isinstance(value, Distribution) and is_point(value) and parameter not in self.priors:
                    paths.append(f"graph.edges[{i}].{key}")
        for name, group in self.organisation.staff.items():
            if not group.meets_customers and group.reach is not None and is_point(group.reach):
                paths.append(f"organisation.staff.{name}.reach")
        return (*paths, *(path for path, stated in self._judged() if stated is not None and is_point(stated)))

    def _judged(self) -> Iterator[tuple[str, Distribution | None]]:
        """Yield what sections 11 to 15 of docs/model.md add to what is always uncertain, by path."""
        for driver in self.drivers:
            for j, push in enumerate(driver.pushes):
                if push.tires is not None:
                    for key in ("half_life", "lasts"):
                        yield f"{driver.name}.pushes[{j}].tires.{key}", getattr(push.tires, key)
            for j, benefit in enumerate(driver.benefits):
                for key in ("monthly", "time_saved", "realised"):
                    yield f"{driver.name}.benefits[{j}].{key}", getattr(benefit, key)
        firm = self.organisation
        for key in ("time_realised", "absence_cover"):
            yield f"organisation.{key}", getattr(firm, key)
        for name, group in firm.staff.items():
            yield f"organisation.staff.{name}.absence_rate", group.absence_rate
        for name, segment in firm.segments.items():
            if "responds" in segment.model_fields_set:
                yield f"organisation.segments.{name}.responds", segment.responds

    def claims(self) -> dict[str, Claim]:
        """Return the packaged claims, some replaced, and the scenario's own.

        Raises
        ------
        InputError
            If the scenario's own claims are faulty, with paths below ``evidence``.
        """
        evidence = self.evidence
        if not (evidence.add or evidence.replace):
            return vocabulary.claims()
        return {
            **vocabulary.claims(),
            **replaced_claims(evidence.replace),
            **read_claims(evidence.add, path="evidence.add"),
        }

    def selection(self) -> Selection:
        """Return which claims are scored, and why the others are not."""
        used = [name for belief in self.beliefs.values() for name in belief.already_uses]
        return selection(self.evidence.settings(), dict.fromkeys(used), self.claims())

    def apart(self) -> tuple[ScoredClaim, ...]:
        """Return the claims about parameters that this scenario uses and no calibration holds."""
        used = self.simulated_parameters
        return tuple(c for c in self.selection().apart if c.statements[0].about in used) if used else ()

    def full_graph(self) -> Graph:
        """Return the default graph with this scenario's nodes and edges; ``ValueError`` if they do not fit."""
        added = self.graph
        if not (added.nodes or added.edges):
            return vocabulary.full_graph((), ())
        nodes = tuple(Node(node.name, node.per_group, node.meaning) for node in added.nodes)
        per_group = {node.name for node in (*vocabulary.full_graph((), ()).nodes, *nodes) if node.per_group}
        edges = tuple(
            Edge(
                edge.source,
                edge.target,
                edge.parameter,
                edge.lag_parameter,
                edge.silo,
                # A slope is per point of all staff, so each group carries its share, as on the way from EX to CX.
                weight="reach_share" if edge.source in per_group and edge.target not in per_group else "one",
                why=edge.why,
                evidence=edge.evidence,
            )
            for edge in added.edges
        )
        return vocabulary.full_graph(nodes, edges)

    def network(self) -> Network:
        """Return the network of single nodes for this firm's staff groups."""
        staff = self.organisation.staff
        heads = {name: median(group.headcount) for name, group in staff.items()}
        total = sum(heads.values()) or 1.0
        groups = tuple(Group(name, heads[name] / total, group.meets_customers) for name, group in staff.items())
        return vocabulary.network_of(self.full_graph(), groups, self.tools_by_group)

    @property
    def tools_by_group(self) -> bool:
        """Whether tools are a node for each staff group (docs/model.md, section 12)."""
        if any(name.startswith(f"{TOOLS}[") for name in self.organisation.index):
            return True
        return any(push.target.startswith(f"{TOOLS}[") for driver in self.drivers for push in driver.pushes)

    def nodes_read(self, node: str) -> tuple[str, ...]:
        """Return the single nodes that a measure of a node reads: of tools by group those of the groups pushed."""
        network = self.network()
        names = tuple(network.nodes[i] for i in network.members(node))
        if node != TOOLS or len(names) < 2:
            return names
        targets = {push.target for driver in self.drivers for push in driver.pushes}
        pushed = tuple(name for name in names if name in targets)
        return names if TOOLS in targets or not pushed else pushed

    def groups_reached(self, driver: Driver) -> tuple[str, ...]:
        """Return the staff groups that a driver pushes: all of them for tools, none where it pushes no people."""
        network = self.network()
        pushed = {network.nodes[i] for push in driver.pushes for i in network.members(push.target)}
        everybody = any(push.target == TOOLS for push in driver.pushes)
        staff = self.organisation.staff
        return tuple(group for group in staff if everybody or any(node.endswith(f"[{group}]") for node in pushed))

    def baseline(self, node: str) -> Baseline | None:
        """Return what is stated for a node, by its own name or by its kind (`ex` for `ex[front_line]`)."""
        index = self.organisation.index
        return index.get(node) or index.get(node.partition("[")[0])
