# SPDX-License-Identifier: MIT
"""Assumptions, governance, the method in a page, and how to get the same figures again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from txsim.language import N_, _, plural
from txsim.language.numbers import currency_name, number, percent, significant
from txsim.priors.distributions import Distribution, is_point, quantile
from txsim.report.document import Block, Bullets, Code, Paragraph, Section, Table, Text
from txsim.report.reading import Result
from txsim.report.sections.grounds import rate
from txsim.results.belief_changes import PriorsDiff, PriorsSet
from txsim.results.beliefs import PriorsPacks
from txsim.results.elicitation import PriorsElicit
from txsim.results.evidence import EvidenceCheck, EvidenceList, EvidenceShow
from txsim.results.pooling import EvidencePool
from txsim.scenario import Scenario

__all__ = ["assumed", "assumptions", "governance", "method", "provenance", "title_of"]

_OWNERS = {
    "c_level": N_("a C-level customer-experience director"),
    "shared": N_("the HR director together with the head of CX"),
    "none": N_("nobody in particular"),
}
_TERMS = {
    "headcount": N_("headcount"),
    "turnover_per_year": N_("turnover a year"),
    "salary_per_year": N_("salary a year"),
    "customers": N_("customers"),
    "churn_per_month": N_("churn a month"),
    "joins_per_month": N_("new customers a month"),
    "arpu_per_month": N_("revenue per customer and month"),
    "revenue_per_month": N_("revenue a month"),
    "contribution_margin": N_("contribution margin"),
    "digital_bad": N_("share of digital interactions that go badly"),
    "digital_interactions": N_("digital interactions of a customer a month"),
    "contacts_per_month": N_("contacts of a customer a month"),
    "cost_per_contact": N_("cost of a contact"),
    "productivity_ex": N_("payroll gained per point of EX, pp"),
    "arpu_growth": N_("growth of revenue per customer a year"),
    "cost_growth": N_("growth of costs a year"),
    "one_off": N_("one-off cost"),
    "monthly": N_("monthly cost"),
    "per_head_monthly": N_("monthly cost per head"),
    "scope": N_("share of units in the pilot"),
    "respondents": N_("respondents per wave"),
    "reusable": N_("share of the pilot's one-off cost that is reused"),
    "cost_per_response": N_("cost per response"),
}
_SHARES = frozenset(
    {
        "turnover_per_year",
        "churn_per_month",
        "contribution_margin",
        "digital_bad",
        "arpu_growth",
        "cost_growth",
        "scope",
        "reusable",
    }
)
_MONEY = frozenset(
    {
        "salary_per_year",
        "arpu_per_month",
        "revenue_per_month",
        "cost_per_contact",
        "one_off",
        "monthly",
        "per_head_monthly",
        "cost_per_response",
    }
)


def _quantity(value: Any, name: str, currency: str) -> str:
    """Return a quantity as people write it: a number, or a median with its 90 % interval."""
    form = (lambda v: percent(v, 0 if v >= 0.1 else 1)) if name in _SHARES else _number
    unit = f" {currency_name(currency)}" if name in _MONEY else ""
    if not isinstance(value, Distribution):
        return form(float(value)) + unit
    if is_point(value):
        return form(quantile(value, 0.5)) + unit
    low, middle, high = (form(quantile(value, q)) for q in (0.05, 0.5, 0.95))
    return f"{middle} ({low} … {high}){unit}"


def _number(value: float) -> str:
    return number(value) if abs(value) >= 100 or value == round(value) else significant(value, 3)


def assumptions(scenario: Scenario | None, data: Mapping[str, Any]) -> Section:
    """Return what the organisation, the drivers and the pilot are said to be."""
    months = plural("{n} month", "{n} months", data["horizon_months"])
    kind = _("nominal, with inflation") if data["rate_kind"] == "nominal" else _("real, without inflation")
    blocks: list[Block] = [
        Paragraph(
            _("Horizon {months}; discount rate {rate} a year, {kind}; money in {currency}, before tax.").format(
                months=months, rate=rate(data["discount_rate"]), kind=kind, currency=currency_name(data["currency"])
            )
        )
    ]
    if scenario is not None:
        blocks += assumed(scenario, data["currency"])
    return Section("assumptions", _("Assumptions"), tuple(blocks))


def assumed(scenario: Scenario, currency: str) -> list[Block]:
    """Return the organisation, the drivers and the pilot of a scenario as tables."""
    blocks: list[Block] = [_organisation(scenario, currency), _drivers(scenario, currency)]
    return blocks if scenario.pilot is None else [*blocks, _pilot(scenario, currency)]


def _organisation(scenario: Scenario, currency: str) -> Table:
    firm = scenario.organisation
    rows: list[tuple[Text, ...]] = []
    for node, baseline in firm.index.items():
        rows.append((node, f"{_quantity(baseline.value, '', currency)} ({_(baseline.scale.unit)})"))
    rows.append((_("coordination, 0 silos … 1 one strategy"), _quantity(firm.coordination, "", currency)))
    for group, staff in firm.staff.items():
        for name in ("headcount", "turnover_per_year", "salary_per_year"):
            value = getattr(staff, name, None)
            if value is not None:
                rows.append((f"{group}: {_(_TERMS[name])}", _quantity(value, name, currency)))
    for name in (
        "customers",
        "churn_per_month",
        "joins_per_month",
        "arpu_per_month",
        "revenue_per_month",
        "contribution_margin",
        "digital_bad",
        "digital_interactions",
        "contacts_per_month",
        "cost_per_contact",
        "productivity_ex",
        "arpu_growth",
        "cost_growth",
    ):
        value = getattr(firm, name, None)
        if value is None or (isinstance(value, Distribution) and is_point(value) and quantile(value, 0.5) == 0):
            continue
        rows.append((_(_TERMS[name]), _quantity(value, name, currency)))
    caption = _("The organisation as it stands: {name}").format(name=firm.name or "–")
    return Table(caption, (_("what"), _("value")), tuple(rows), more=True)


def _drivers(scenario: Scenario, currency: str) -> Table:
    rows: list[tuple[Text, ...]] = []
    for driver in scenario.drivers:
        name = driver.title or driver.name
        for push in driver.pushes:
            where = f"{push.node}[{push.group}]" if push.group else push.node
            rows.append(
                (
                    name,
                    _("moves {node} by {effect} ({unit}) over {months} months, if executed as designed").format(
                        node=where,
                        effect=_quantity(push.effect, "", currency),
                        unit=_(push.scale.unit) if push.scale is not None else _("points"),
                        months=_quantity(push.months, "", currency),
                    ),
                )
            )
        for cost in ("one_off", "monthly", "per_head_monthly"):
            value = getattr(driver, cost)
            if is_point(value) and quantile(value, 0.5) == 0:
                continue
            rows.append((name, f"{_(_TERMS[cost])}: {_quantity(value, cost, currency)}"))
        rows.append((name, _("owner: {owner}").format(owner=_(_OWNERS[driver.owner]))))
        if driver.coordination is not None:
            rows.append(
                (name, _("coordination rises to {to}").format(to=_quantity(driver.coordination.to, "", currency)))
            )
    return Table(_("What management would do"), (_("driver"), _("what")), tuple(rows), frozenset({0, 1}))


def _pilot(scenario: Scenario, currency: str) -> Table:
    pilot = scenario.pilot
    assert pilot is not None  # noqa: S101 - the caller asks only with a pilot
    rows: list[tuple[Text, ...]] = [
        (_("months"), str(pilot.months)),
        (_("months until the decision"), str(pilot.decision_months)),
    ]
    for name in ("scope", "one_off", "monthly", "reusable", "respondents", "cost_per_response"):
        value = getattr(pilot, name, None)
        if value is not None:
            rows.append((_(_TERMS[name]), _quantity(value, name, currency)))
    return Table(_("The pilot"), (_("what"), _("value")), tuple(rows))


def governance(scenario: Scenario | None) -> Section:
    """Return who must own it, and how long a whole programme takes."""
    items: list[Text] = [
        _(
            "Total experience needs an owner above the silos: a C-level "
            "customer-experience director, or HR and CX jointly."
        ),
        _(
            "A full programme takes 12 to 18 months from separate silos to one "
            "strategy; a pilot of one driver takes a few."
        ),
        _(
            "Who owns a driver decides how much of the intended effect "
            "execution delivers; that is part of the forecast."
        ),
        _("Write the decision rule down before the pilot begins, with its date, and keep to it."),
    ]
    if scenario is not None:
        for driver in scenario.drivers:
            text = _("Owner of “{driver}” in this scenario: {owner}.")
            items.append(text.format(driver=driver.title or driver.name, owner=_(_OWNERS[driver.owner])))
    return Section("governance", _("Who must own it"), (Bullets(tuple(items)),))


def method(data: Mapping[str, Any]) -> Section:
    """Return how the figures come about, and what they cannot tell."""
    return Section(
        "method",
        _("Method, and what this cannot tell you"),
        (
            Paragraph(
                _(
                    "Four experiences (of tools, of staff, of customers, across "
                    "channels) move each other and move money. Each "
                    "link has a slope and a delay that nobody knows exactly, so it is a distribution: what we believed "
                    "before, conditioned on published claims by Markov chain Monte Carlo."
                )
            ),
            Paragraph(
                _(
                    "A claim counts with the probability that it is sound. Surveys "
                    "across firms see an association, which "
                    "contains feedback, common causes and confounding; the model "
                    "takes these apart and only the effect pays."
                )
            ),
            Paragraph(
                _(
                    "Every draw of these beliefs is a possible future. In each of "
                    "{draws} futures the firm is simulated month "
                    "by month under every option on the same luck, and the payoff "
                    "of an option is its profit less that of "
                    "doing nothing. A mean is a mean over futures, an interval holds 90 % of them."
                ).format(draws=number(data["draws"]))
            ),
            Bullets(
                (
                    _(
                        "It does not know your firm: until your own data is linked, "
                        "slopes come from other firms' studies."
                    ),
                    _("What is not in the graph does not happen: no crisis, no change of strategy, no tax."),
                    _("The Monte Carlo error says how exact the calculation is, not how right the model is."),
                    _("Probabilities are degrees of belief given stated priors; change the priors and they change."),
                )
            ),
        ),
    )


#: What a report of a result without a title of its own is about.
_TITLES = {
    "link": N_("What our own panel says about EX and CX"),
    "backtest": N_("Forecasts of the past"),
    "compare": N_("Comparison of scenarios"),
    "batch": N_("A batch of scenarios"),
    PriorsDiff.kind: N_("Two sets of priors"),
    PriorsElicit.kind: N_("What experts believe"),
    PriorsPacks.kind: N_("Prior packs"),
    PriorsSet.kind: N_("A prior that was set"),
    EvidenceList.kind: N_("Claims"),
    EvidenceShow.kind: N_("One claim"),
    EvidenceCheck.kind: N_("Is the evidence complete?"),
    EvidencePool.kind: N_("Studies pooled"),
    "diff": N_("Two results"),
}


def title_of(result: Result) -> str:
    """Return the title of the scenario, or what a result of many is about."""
    return _(_TITLES[result.kind]) if result.kind in _TITLES and not result.data.get("scenario") else result.title


def provenance(results: Sequence[Result]) -> Section | None:
    """Return what made the figures, and the commands that make them again."""
    rows: list[tuple[Text, ...]] = []
    commands = []
    for result in results:
        data = result.data
        told = [
            (_("scenario, SHA-256"), data.get("hash")),
            (
                _("calibration"),
                (data.get("calibration") or {}).get("hash") if isinstance(data.get("calibration"), Mapping) else None,
            ),
            (
                _("panel, fingerprint of the data"),
                (data.get("data") or {}).get("digest") if result.kind == "link" else None,
            ),
            (_("seed"), data.get("seed")),
            (_("draws"), data.get("draws")),
            *((f"{name}", version) for name, version in result.versions.items()),
        ]
        label = f"{title_of(result)} ({result.kind})" if len(results) > 1 else title_of(result)
        rows += [(label, name, str(value)) for name, value in told if value is not None]
        if result.kind == "run":
            commands.append(_command(result))
    blocks: list[Block] = []
    if commands:
        blocks += [
            Paragraph(
                _("The same commands with the same files give the same figures, to the last bit, however many workers:")
            ),
            Code("\n".join(commands)),
        ]
    if rows:
        blocks.append(
            Table(_("What made these figures"), (_("result"), _("what"), _("value")), tuple(rows), frozenset({0, 1, 2}))
        )
    return Section("provenance", _("Where the figures come from"), tuple(blocks)) if blocks else None


def _command(result: Result) -> str:
    data = result.data
    told = str(result.data.get("source") or "")
    name = told or (result.source if result.source.endswith((".yaml", ".yml")) else "SCENARIO.yaml")
    prior = " --prior-only" if data["calibration"]["source"] == "prior" else ""
    return f"txsim run {shlex.quote(name)} --draws {data['draws']} --seed {data['seed']}{prior} --out FOLDER"
