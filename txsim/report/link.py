# SPDX-License-Identifier: MIT
"""What `txsim link`, `update` and `backtest` print and draw: the answer first, then how sure, then why."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from txsim.cachedir import write_atomic
from txsim.language import N_, _
from txsim.language.numbers import currency_name, number
from txsim.report.words import method_name, option_name, percent, signed
from txsim.retold import retold

__all__ = ["backtest_text", "link_text", "update_text", "write_pictures"]

_NAMES = {"ex_cx": "EX → CX", "cx_ex": "CX → EX"}
_VERDICTS = {
    "supported": N_("the data support it"),
    "absent": N_("the data speak against an effect that matters"),
    "inconclusive": N_("the data do not settle it"),
    "cannot_say": N_("the data cannot say"),
}


_WORDS = {
    "supported": N_("supported"),
    "absent": N_("absent"),
    "inconclusive": N_("inconclusive"),
    "cannot_say": N_("cannot say"),
}


def _verdict(word: str) -> str:
    return _(_WORDS.get(word, word.replace("_", " ")))


def _wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 96, initial_indent="", subsequent_indent=indent, break_long_words=False)


def _rows(pairs: Sequence[tuple[str, str]]) -> list[str]:
    width = max((len(name) for name, _told in pairs), default=0) + 2
    return [_wrap(f"{name:<{width}}{told}", " " * width) for name, told in pairs]


def _interval(told: Mapping[str, Any] | None, digits: int = 3) -> str:
    if not told or told["median"] is None:
        return _("unknown")
    low, high = signed(told["p05"], digits, plus=False), signed(told["p95"], digits, plus=False)
    return f"{signed(told['median'], digits)} ({low} … {high})"


def _share(told: Mapping[str, Any] | None) -> str:
    return (
        _("unknown")
        if not told
        else f"{100 * told['median']:.0f} % ({100 * told['p05']:.0f} … {100 * told['p95']:.0f})"
    )


def _sentence(summary: Mapping[str, Any]) -> str:
    told = []
    for name in ("ex_cx", "cx_ex"):
        verdict, one = summary["verdict"][name], summary["one_period"][name]
        if one["median"] is None:
            told.append(f"{_NAMES[name]}: {_(_VERDICTS[verdict])}")
            continue
        chance = _("positive with probability {0:.2f}").format(one["p_positive"])
        told.append(f"{_NAMES[name]}: {_(_VERDICTS[verdict])} ({chance})")
    return "; ".join(told) + "."


def link_text(summary: Mapping[str, Any]) -> str:
    """Return the report of `txsim link`."""
    data = summary["data"]
    cells = data["cells"]
    head = _("{0:,} units × {1} periods · EX in {2}, CX in {3}").format(
        data["units"], data["periods"], data["scales"][0], data["scales"][1]
    )
    lines = [_("{0} · {1:,} cells with both").format(head, cells["both"]), "", _wrap(_sentence(summary)), ""]
    table = [("", _("a period later"), _("settled"), _("verdict"))]
    for name in ("ex_cx", "cx_ex"):
        one, settled = summary["one_period"][name], summary["settled"][name]
        table.append((_NAMES[name], _interval(one), _interval(settled, 2), _verdict(summary["verdict"][name])))
    widths = [max(len(row[i]) for row in table) for i in range(4)]
    lines += ["  ".join(cell.ljust(widths[i]) for i, cell in enumerate(row)).rstrip() for row in table]
    unit = retold(summary["one_period"]["ex_cx"].get("unit", "points per point"))
    lines += [_("within units, {0}, median and 90 %; by the data alone").format(unit), ""]
    pairs: list[tuple[str, str]] = []
    between, within = summary["between"], summary["within"]
    if between["observed_correlation"] is not None:
        better = _("better") if between["observed_correlation"] > 0 else _("worse")
        text = _("units that are better in one are {0} in the other: ").format(better)
        text += _("correlation {0}. That is an association, not an effect").format(
            signed(between["observed_correlation"], 2)
        )
        if between.get("confounding_share"):
            text += _("; {0} of it comes from causes that both share").format(_share(between["confounding_share"]))
        pairs.append((_("Between units"), text))
    if within is not None:
        pairs.append(
            (
                _("Within units"),
                _("same period {0}, EX then CX {1}, CX then EX {2} (correlations, noise included)").format(
                    signed(within["correlation"], 2), signed(within["ex_then_cx"], 2), signed(within["cx_then_ex"], 2)
                ),
            )
        )
    if summary["lag"] is not None:
        lag = summary["lag"]
        how = _("given, not estimated") if lag["given"] else _("mean delay, estimated")
        months = lag["months"]
        pairs.append(
            (
                _("Lag"),
                _("{0:.1f} months ({1:.1f} … {2:.1f}), {3}").format(
                    months["median"], months["p05"], months["p95"], how
                ),
            )
        )
        noise = summary["noise_share"]
        pairs.append(
            (
                _("Survey noise"),
                _("of the movement from period to period: EX {0}, CX {1}").format(
                    _share(noise["ex"]), _share(noise["cx"])
                ),
            )
        )
        value = summary["sensitivity"]["ex_cx"]
        if value:
            pairs.append((_("Confounding"), _("EX → CX: {0}").format(retold(value["meaning"]))))
    if summary["checks"]:
        unusual = [retold(row["meaning"]) for row in summary["checks"] if row["unusual"]]
        good = len(summary["checks"]) - len(unusual)
        pairs.append(
            (
                _("Checks"),
                _("{0} of {1} statistics look like the model's own").format(good, len(summary["checks"]))
                + (_("; not: {0}").format(", ".join(unusual)) if unusual else ""),
            )
        )
    for row in summary["by_kind"]:
        pairs.append((_("Kind {0}").format(row["kind"]), _("{0} units, {1}").format(row["units"], _by_part(row))))
    for row in summary["groups"]:
        pairs.append((_("Group {0}").format(row["group"]), _by_part(row)))
    shift = summary.get("pilot")
    if shift:
        told = "; ".join(f"{name.upper()} {_interval(shift[name], 2)}" for name in ("ex", "cx") if shift[name])
        words = _("{0} units in it, against {1} without: {2}, taken out before the links were read")
        pairs.append((_("Pilot inside"), words.format(shift["units"], shift["control"], told)))
    for row in summary["outcomes"]:
        told = retold(row["why"] or "")
        told = told or f"{row['parameter']} {_interval(row['settled'], 4)}, {_verdict(row['verdict'])}"
        pairs.append((_("CX → {0}").format(row["outcome"]), told))
    lines += _rows(pairs)
    if "prior" in summary:
        lines += ["", *_moved(summary)]
    lines += ["", *_enough(summary), *_data(summary)]
    if summary["verdict"]["ex_cx"] != "cannot_say" and summary.get("calibration"):
        lines += [
            "",
            _("Next: `data: {file: …, spec: …}` in a scenario makes `txsim run` use this (docs/link.md)"),
        ]
    return "\n".join(lines)


def _by_part(row: Mapping[str, Any]) -> str:
    """Return the effect in one kind of unit or of one staff group, informed by the others and by itself."""
    if row["one_period"] is None:
        return retold(str(row["why"]))
    return _("EX → CX {0}; by its own data {1}").format(
        _interval(row["one_period"]["ex_cx"]), _interval(row["alone"]["ex_cx"])
    )


def _moved(summary: Mapping[str, Any]) -> list[str]:
    found = [_("What your data did to what was believed before (priors and claims):")]
    money = [row["parameter"] for row in summary["outcomes"] if row["in_calibration"]]
    for name in ("ex_cx", "cx_ex", "lag_people", *money):
        prior, after = summary["prior"].get(name), summary["posterior"].get(name)
        if prior is not None and after is not None:
            digits = 4 if name in money else 3
            found.append(f"  {name:<11}{_interval(prior, digits)}  →  {_interval(after, digits)}")
    return found


def _enough(summary: Mapping[str, Any]) -> list[str]:
    enough = summary["enough"]
    designs = []
    for row in enough["designs"]:
        people = _(" × {0:,} respondents").format(row["respondents"]) if row["respondents"] else ""
        designs.append(_("{0:,} units × {1} waves{2}").format(row["units"], row["waves"], people))
    told = _(" or ").join(designs) if designs else _("no panel of up to 120 waves would do it")
    return _rows([(_("Enough"), _("for an interval of EX → CX half as wide: {0}").format(told))])


def _data(summary: Mapping[str, Any]) -> list[str]:
    data = summary["data"]
    pairs = _reading(data.get("reading"))
    told = () if pairs else (("repaired", _("Repaired")), ("refused", _("Refused")))  # a result without a reading
    for name, label in told:
        most = sorted(data[name].items(), key=lambda pair: -pair[1])[:6]
        if most:
            pairs.append((label, "; ".join(f"{retold(reason)}: {number(count)}" for reason, count in most)))
    pairs += [(_("Warning"), retold(warning)) for warning in summary["warnings"]]
    return _rows(pairs) if pairs else []


def _reading(reading: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return how a file was read, at most ten lines."""
    lines = reading["lines"] if reading else []
    return [(_("Read") if i == 0 else "", retold(line)) for i, line in enumerate(lines)]


def update_text(summary: Mapping[str, Any]) -> str:
    """Return the report of `txsim update`."""
    effect, rule = summary["effect"], summary["decision"]
    lines = [
        _("{0} · pilot of {1} against {2} units, node {3}").format(
            summary["scenario"], summary["units"]["treated"], summary["units"]["control"], summary["node"]
        ),
        "",
        _wrap(retold(summary["sentence"])),
        "",
    ]
    pairs = [
        (
            _("Measured"),
            _("{0} {1}, 90 % with {2}").format(
                _interval(effect["measured"]), retold(effect["unit"]), retold(effect["basis"])
            ),
        ),
        (
            _("Expected"),
            _("{0} before the pilot; something as far off had a probability of {1:.2f}").format(
                _interval(effect["predicted"]), summary["surprise"]["tail_probability"]
            ),
        ),
        (
            _("Pushed by"),
            _("{0} → {1} points at full effect").format(_interval(effect["prior"]), _interval(effect["posterior"])),
        ),
    ]
    for name, told in summary["links"].items():
        pairs.append((name, f"{_interval(told['prior'])} → {_interval(told['posterior'])}"))
    for name, told in summary["doubt"].items():
        pairs.append((name, _("does nothing: {0} → {1}").format(percent(told["prior"]), percent(told["posterior"]))))
    currency = currency_name(summary["currency"])
    for name, told in summary["npv"].items():
        pairs.append(
            (
                _("NPV {0}").format(option_name(name)),
                f"{number(told['prior']['mean'])} → {number(told['posterior']['mean'])} {currency}",
            )
        )
    pairs.append((_("Rule"), retold(rule["reason"])))
    pairs.append((_("Log"), _("{0}, entry {1}").format(summary["log"]["file"], summary["log"]["entry"])))
    lines += _rows(pairs + _reading(summary.get("reading")))
    if summary["log"]["appended"] and not summary["log"]["used_by_run"]:
        told = _("Next: write `{0}` into the scenario, so that run, compare and pilot start from what is known now")
        lines += ["", _wrap(told.format(summary["log"]["line"])), ""]
    lines += _rows([(_("Warning"), retold(warning)) for warning in summary["warnings"]]) if summary["warnings"] else []
    return "\n".join(lines)


def backtest_text(summary: Mapping[str, Any]) -> str:
    """Return the report of `txsim backtest`."""
    lines = [_wrap(retold(summary["sentence"])), ""]
    head = ("", _("CRPS EX"), _("CRPS CX"), "50 %", "80 %", "90 %")
    rows: list[tuple[str, ...]] = [head]
    for name, told in summary["methods"].items():
        cover = told["coverage"]
        rows.append(
            (
                method_name(name),
                number(told["crps"]["ex"], 3),
                number(told["crps"]["cx"], 3),
                *(percent(cover[k]) for k in ("50", "80", "90")),
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    lines += [
        "  ".join(cell.ljust(widths[i]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(row))
        for row in rows
    ]
    lines.append(
        _("CRPS in {0}, less is better; shares of what came within intervals of 50, 80 and 90 %").format(
            retold(summary["unit"])
        )
    )
    lines += _rows([(_("Warning"), retold(warning)) for warning in summary["warnings"]]) if summary["warnings"] else []
    return "\n".join(lines)


def write_pictures(summary: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write `effects.svg` and `moved.svg`: both directions by the data, and what the data did to the priors.

    Each picture's title is its message. Nothing is drawn of single units: their cells may hold few people.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    written = []
    if summary["one_period"]["ex_cx"]["median"] is not None:
        figure = Figure(figsize=(7.5, 2.6), layout="constrained")
        axes = figure.add_subplot()
        for row, name in enumerate(("cx_ex", "ex_cx")):
            told = summary["one_period"][name]
            axes.plot([told["p05"], told["p95"]], [row, row], lw=6, solid_capstyle="butt", color="#0072B2", alpha=0.5)
            axes.plot([told["median"]], [row], "o", color="#0072B2")
            axes.annotate(
                _verdict(summary["verdict"][name]),
                (told["p95"], row),
                (6, 0),
                textcoords="offset points",
                va="center",
            )
        axes.axvline(0, color="black", lw=0.8)
        axes.set_yticks([0, 1], [_("CX → EX"), _("EX → CX")])
        axes.set_ylim(-0.6, 1.6)
        axes.margins(x=0.25)
        axes.set_xlabel(
            _("effect a period later, within units, {0} (median, 90 %)").format(
                retold(summary["one_period"]["ex_cx"]["unit"])
            )
        )
        figure.suptitle(_title(summary), fontsize=10)
        written.append(_save(figure, folder / "effects.svg"))
    if "prior" in summary:
        figure = Figure(figsize=(7.5, 2.8), layout="constrained")
        axes = figure.add_subplot()
        names = [n for n in ("cx_ex", "ex_cx") if n in summary["prior"]]
        for row, name in enumerate(names):
            for shift, key, colour in ((0.15, "prior", "#999999"), (-0.15, "posterior", "#D55E00")):
                told = summary[key][name]
                axes.plot(
                    [told["p05"], told["p95"]], [row + shift] * 2, lw=6, solid_capstyle="butt", color=colour, alpha=0.6
                )
                axes.plot([told["median"]], [row + shift], "o", color=colour, label=_(key) if row == 0 else None)
        axes.set_xscale("log")
        axes.set_yticks(range(len(names)), [_NAMES[n] for n in names])
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.set_xlabel(_("points per point, settled (median, 90 %)"))
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
        before, after = summary["prior"]["ex_cx"], summary["posterior"]["ex_cx"]
        narrower = 1 - (after["p95"] / max(after["p05"], 1e-9)) / (before["p95"] / max(before["p05"], 1e-9))
        figure.suptitle(
            _("Your data make the interval of EX → CX {0:.0%} narrower").format(max(narrower, 0)), fontsize=10
        )
        written.append(_save(figure, folder / "moved.svg"))
    return written


def _title(summary: Mapping[str, Any]) -> str:
    told = {name: summary["verdict"][name] for name in ("ex_cx", "cx_ex")}
    if set(told.values()) <= {"inconclusive", "cannot_say"}:
        return _("Neither direction is settled by these data")
    return "; ".join(f"{_NAMES[name]} {_verdict(word)}" for name, word in told.items())


def _save(figure: Any, path: Path) -> Path:
    content = io.BytesIO()
    figure.savefig(content, format="svg", metadata={"Date": None})
    write_atomic(path, content.getvalue())
    return path
