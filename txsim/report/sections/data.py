# SPDX-License-Identifier: MIT
"""An organisation's own data: the link, a finished pilot, a backtest, and many scenarios at once."""

from __future__ import annotations

from typing import Any

from txsim.language import N_, _
from txsim.language.numbers import number, significant, unit_of
from txsim.report.document import Block, Bullets, Note, Paragraph, Section, Table, Text, say
from txsim.report.figures import Reader
from txsim.report.pictures import panel
from txsim.report.reading import Result
from txsim.report.words import method_name, option_name
from txsim.retold import retold

__all__ = ["backtested", "batched", "linked", "updated"]

_CHOICES = {"go": N_("go: scale it"), "stop": N_("stop")}


def linked(result: Result) -> Section:
    """Return what the panel says about both directions, and what it cannot say."""
    data = result.data
    read = Reader(data, "link:")
    blocks: list[Block] = []
    picture = panel.links(result)
    if picture is not None:
        blocks.append(picture)
    rows: list[tuple[Text, ...]] = []
    for way, name in panel.WAYS.items():
        for kind, label in (("one_period", _("a period later")), ("settled", _("settled"))):
            if not panel.said(data[kind].get(way)):
                rows.append((f"{name}, {label}", "–", "–", _("the data cannot say")))
                continue
            key = f"{kind}.{way}"
            span = read.range(read.show(f"{key}.p05", significant), read.show(f"{key}.p95", significant))
            rows.append(
                (f"{name}, {label}", read.show(f"{key}.median", significant), span, read.share(f"{key}.p_positive"))
            )
    head = (_("quantity"), _("median"), "90 %", _("probability that it is positive"))
    words = (
        _("Within units, by the data alone; sd per sd")
        if panel.raw(data)
        else _("Within units, by the data alone; points per point")
    )
    blocks.append(Table(words, head, tuple(rows)))
    noise = data.get("noise_share") or {}
    if noise.get("ex") and noise.get("cx"):
        text = _("Of the movement from period to period, survey noise is {ex} in EX and {cx} in CX.")
        blocks.append(
            Paragraph(say(text, ex=read.share("noise_share.ex.median"), cx=read.share("noise_share.cx.median")))
        )
    for way, name in panel.WAYS.items():
        told = (data.get("sensitivity") or {}).get(way)
        if told:
            text = _(
                "{way}: a cause that nobody measured would have to explain {share} "
                "of what is left of both to explain it away."
            )
            share = read.share(f"sensitivity.{way}.robustness_value")
            blocks.append(Paragraph(say(text, way=name, share=share)))
    picture = panel.moved(result)
    if picture is not None:
        blocks.append(picture)
    blocks += _enough(data) + _checked(data)
    blocks += [Note(_sentence(retold(str(warning)))) for warning in data.get("warnings") or []]
    return Section("link", _("What your own data say"), tuple(blocks))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def _enough(data: Any) -> list[Block]:
    designs = (data.get("enough") or {}).get("designs") or []
    if not designs:
        return []
    counted = all(d.get("respondents") is not None for d in designs)  # without counts nothing is known of them
    columns = ("units", "waves", "respondents") if counted else ("units", "waves")
    rows = tuple(
        (*(number(d[name]) for name in columns), significant(d["width"])) for d in designs if d.get("width") is not None
    )
    names = {"units": _("units"), "waves": _("waves"), "respondents": _("respondents per cell")}
    head = (*(names[name] for name in columns), _("width of the interval"))
    return [Table(_("What would be enough for an interval half as wide"), head, rows, more=True)] if rows else []


def _checked(data: Any) -> list[Block]:
    checks = data.get("checks") or []
    if not checks:
        return []
    rows = tuple(
        (
            retold(str(check["meaning"])),
            significant(check["measured"]),
            f"{significant(check['p05'])} … {significant(check['p95'])}",
            _("unusual") if check["unusual"] else _("as the model expects"),
        )
        for check in checks
    )
    head = (_("check"), _("measured"), _("model, 90 %"), _("verdict"))
    return [Table(_("Does the model look like the data?"), head, rows, frozenset({0, 3}), more=True)]


def updated(result: Result) -> Section:
    """Return what a finished pilot says: effect, decision, payoff before and after."""
    data = result.data
    read = Reader(data, "update:")
    decision = data["decision"]
    text = _("Decision: {choice}. {reason}")
    if decision.get("expected_npv"):
        text = _("Decision: {choice}. By expected NPV scaling is worth {scale}, stopping {stop}.")
    parts: dict[str, Text] = {
        "choice": _(_CHOICES.get(decision["choice"], decision["choice"])),
        "reason": retold(str(decision.get("reason") or "")),
        "scale": read.money("decision.expected_npv.scale", plus=True),
        "stop": read.money("decision.expected_npv.stop", plus=True),
    }
    blocks: list[Block] = [Paragraph(say(text, **parts), lead=True)]
    if decision.get("rule"):
        blocks.append(Paragraph(_("The rule that was pinned to the wall: {rule}").format(rule=decision["rule"])))
    blocks.append(panel.update_effect(result))
    text = _("A reading as far from what was expected, or farther, had probability {p}.")
    blocks.append(Paragraph(say(text, p=read.share("surprise.tail_probability"))))
    blocks.append(panel.update_npv(result))
    unit = unit_of(max(abs(found["posterior"]["p95"]) for found in data["npv"].values()), data["currency"])
    rows = tuple(
        (
            option_name(option),
            read.cell(f"npv.{option}.prior.mean", unit, plus=True),
            read.cell(f"npv.{option}.posterior.mean", unit, plus=True),
            read.share(f"npv.{option}.prior.p_loss"),
            read.share(f"npv.{option}.posterior.p_loss"),
        )
        for option in data["npv"]
    )
    head = (_("option"), _("mean NPV before"), _("after"), _("P(loss) before"), _("after"))
    blocks.append(Table(_("Payoff before and after the pilot, {unit}").format(unit=unit.name), head, rows))
    blocks += [Note(_sentence(retold(str(warning)))) for warning in data.get("warnings") or []]
    return Section("update", _("What the pilot has shown"), tuple(blocks))


def backtested(result: Result) -> Section | None:
    """Return how well the model forecast what had already happened."""
    picture = panel.backtest(result)
    if picture is None:
        return None
    methods = result.data["methods"]
    levels = sorted({level for told in methods.values() for level in told["coverage"]})
    rows = tuple(
        (method_name(name), *(_coverage(told["coverage"].get(level)) for level in levels))
        for name, told in methods.items()
    )
    head = (_("method"), *(_("intervals of {level} %").format(level=level) for level in levels))
    table = Table(_("Share of outcomes inside the intervals"), head, rows)
    return Section("backtest", _("Would it have been right before?"), (picture, table))


def _coverage(found: Any) -> str:
    from txsim.language.numbers import percent

    if isinstance(found, dict):
        return " / ".join(percent(value) for value in found.values() if value is not None)
    return "–" if found is None else percent(float(found))


def batched(result: Result) -> Section | None:
    """Return the scenarios of a batch side by side."""
    picture = panel.batch(result)
    if picture is None:
        return None
    data = result.data
    read = Reader(data, "batch:")
    unit = unit_of(max(abs(row["p95"]) for row in data["scenarios"]), data["currency"])
    order = sorted(range(len(data["scenarios"])), key=lambda i: -data["scenarios"][i]["mean"])[:40]
    rows = tuple(
        (
            str(data["scenarios"][i]["scenario"]),
            option_name(data["scenarios"][i]["option"]),
            read.cell(f"scenarios.{i}.mean", unit, plus=True),
            read.range(read.cell(f"scenarios.{i}.p05", unit), read.cell(f"scenarios.{i}.p95", unit)),
            read.share(f"scenarios.{i}.p_loss"),
        )
        for i in order
    )
    head = (_("scenario"), _("option"), _("mean NPV, {unit}").format(unit=unit.name), "90 %", _("P(loss)"))
    blocks: list[Block] = [
        picture,
        Table(_("The best forty, of all options"), head, rows, frozenset({0, 1}), more=True),
    ]
    if data["failures"]:
        blocks.append(Paragraph(_("These files failed:")))
        blocks.append(Bullets(tuple(str(failure) for failure in data["failures"][:20])))
    return Section("batch", _("All scenarios of the batch"), tuple(blocks))
