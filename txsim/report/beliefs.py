# SPDX-License-Identifier: MIT
"""Beliefs and claims as text for the terminal. Computes nothing: everything comes from :mod:`txsim.desk`."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from txsim.language import N_, _
from txsim.report.words import figure, percent, plain, sparkline
from txsim.results.run import harm_denied
from txsim.retold import retold

__all__ = [
    "check_text",
    "claim_text",
    "claims_text",
    "listing_text",
    "packs_text",
    "portrait_text",
    "prior_check_text",
    "table",
]

_WIDTH = 100
_READ = {"yes": N_("read in the source"), "cited": N_("read where it is cited"), "none": N_("not found at its source")}


def table(rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> list[str]:
    """Return rows in columns; those in ``left`` begin at the left, the others end at the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(widths[i]) if i in left else cell.rjust(widths[i]) for i, cell in enumerate(row)).rstrip()
        for row in rows
    ]


def _wrapped(text: str, indent: str = "", width: int = _WIDTH) -> str:
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def _named(name: str, text: str, width: int = 16) -> str:
    return textwrap.fill(
        f"{name:<{width}}{text}", _WIDTH, subsequent_indent=" " * width, break_long_words=False, break_on_hyphens=False
    )


def _span(told: Mapping[str, float]) -> str:
    return f"{figure(told['median'])} ({figure(told['p05'])} … {figure(told['p95'])})"


def claims_text(found: Mapping[str, Any]) -> str:
    """Return the list of claims, one line each with its statement below."""
    rows = found["claims"]
    if not rows:
        return _("no claim passes these filters")
    lines = []
    for row in rows:
        state = (
            "" if row["used"] or row["role"] != "scored" else _(" · not scored: {0}").format(row["not_used_because"])
        )
        weight = (
            _("{0} credible").format(percent(row["credibility"])) if row["credibility"] is not None else row["role"]
        )
        about = ", ".join(row["speaks_about"]) or _("shown only")
        head = f"{row['id']:<26} {weight:<15} {row['design'] or row['role']:<18} {about}{state}"
        lines.append(head.rstrip())
        lines.append(_wrapped(f"{retold(plain(row['statement']))} [{_(_READ[row['read']])}]", "    "))
    lines.append("")
    lines.append(
        _(
            "{0} claims, {1} of them scored, {2} read in the source, {3} that report no effect. "
            "`txsim evidence show ID` shows one whole."
        ).format(found["count"], found["scored"], found["verified"], found["null"])
    )
    return "\n".join(lines)


def claim_text(row: Mapping[str, Any]) -> str:
    """Return one claim whole."""
    lines = [f"{row['id']} · {row['role']}", _wrapped(retold(plain(row["statement"])))]
    for s in row["statements"]:
        bound = {"at_most": _("at most "), "at_least": _("at least "), None: ""}[s["bound"]]
        unit = f" {retold(s['unit'])}" if s["unit"] else ""
        error = _(", standard error {0:g} on the {1} scale").format(s["se"], s["scale"]) if s["se"] else ""
        lines.append(_named(_("says"), f"{s['statistic']} {s['about']}: {bound}{figure(s['value'])}{unit}{error}"))
        if s["exaggeration"] not in (None, 1.0):
            lines.append(_named("", _("such studies say {0:g} times what is true").format(s["exaggeration"])))
        if s["conversion"]:
            inputs = ", ".join(f"{key} {value}" for key, value in s["inputs"].items())
            lines.append(_named(_("converted"), f"{s['conversion']}({inputs}): {_lower(s['conversion_in_words'])}"))
        if s["assumptions"]:
            lines.append(_named(_("assuming"), plain(s["assumptions"])))
    if row["design"]:
        lines.append(_named(_("design"), row["design"]))
    if row["credibility"] is not None:
        changed = (
            ""
            if row["credibility"] == row["credibility_default"]
            else (_(" here, {0} by default").format(percent(row["credibility_default"])))
        )
        lines.append(_named(_("credible"), f"{percent(row['credibility'])}{changed}. {retold(plain(row['why']))}"))
    if row["cluster"] and row["cluster"] != row["id"]:
        lines.append(_named(_("cluster"), _("{0}: sound or not together with the others of it").format(row["cluster"])))
    if row["role"] == "scored" and not row["used"]:
        lines.append(_named(_("not scored"), retold(row["not_used_because"])))
    if row["null"]:
        lines.append(_named(_("reports"), _("no effect of something: as worth knowing as one")))
    if row["default_for"]:
        lines.append(_named(_("basis of"), ", ".join(row["default_for"])))
    source = plain(row["source"]) or _("not known")
    year = f" ({row['year']})" if row["year"] and str(row["year"]) not in source else ""
    lines.append(_named(_("source"), f"{source}{year}"))
    for key, name in (("sample", _("sample")), ("population", _("population"))):
        lines.append(_named(name, plain(row[key]) or _("not known")))
    if row["industry"]:
        lines.append(_named(_("industry"), ", ".join(row["industry"])))
    lines.append(_named(_("read"), _(_READ[row["read"]])))
    return "\n".join(lines)


def _lower(sentence: str) -> str:
    return sentence.removeprefix("Return ").replace("`", "")


def check_text(found: Mapping[str, Any], name: str) -> str:
    """Return what a check of the evidence found."""
    lines = [
        _(
            "{0}: valid. {1} claims, {2} scored in {3} clusters, {4} of these read "
            "in the source; {5} conversions computed again."
        ).format(name, found["claims"], found["scored"], found["clusters"], found["verified"], found["conversions"])
    ]
    for key, what in (("own", _("added")), ("replaced", _("replaced"))):
        if found[key]:
            lines.append(f"{what}: {', '.join(found[key])}")
    lines += [
        _("not scored: {0}, for {1}").format(claim, retold(reason)) for claim, reason in found["not_used"].items()
    ]
    lines += [_("remark: {0}: {1}").format(row["id"], retold(row["remark"])) for row in found["remarks"]]
    return "\n".join(lines)


def packs_text(rows: Sequence[tuple[str, str, str]]) -> str:
    """Return the packs with their reasons."""
    lines = []
    for name, title, why in rows:
        lines.append(f"{name:<20} {title}")
        lines.append(_wrapped(" ".join(why.split()), " " * 21))
    lines.append("")
    lines.append(_("In a scenario: `priors: {pack: NAME}`; `txsim priors packs NAME` prints one, to copy and change."))
    return "\n".join(lines)


def listing_text(found: Mapping[str, Any]) -> str:
    """Return every parameter in a line, its meaning below."""
    rows = [("", _("prior (90 %)"), _("now (90 %)"), _("narrowed"), _("source"))]
    notes = []
    for p in found["parameters"]:
        after = "–" if p["posterior"] is None else _span(p["posterior"])
        by = "–" if p["narrowed_by"] is None else percent(max(p["narrowed_by"], 0.0))
        rows.append((p["name"], _span(p["prior"]), after, by, retold(p["source"])))
        notes.append(f"    {retold(p['unit'])}: {retold(p['meaning'])}")
    shown = table(rows, (0, 4))
    lines = [_("{0} · {1} claims scored").format(found["scenario"], found["claims_scored"])]
    if found["packs"]:
        lines.append(_("pack: {0}").format(_(" on ").join(found["packs"])))
    lines.append(shown[0])
    for row, note in zip(shown[1:], notes, strict=True):
        lines += [row, note]
    lines.append("")
    moved, of = found["narrowed_by_a_tenth"], sum(p["posterior"] is not None for p in found["parameters"])
    lines.append(
        _(
            "Evidence narrows {0} of {1} parameters by a tenth or more; the others are what "
            "you believed before. `txsim priors show NAME` shows why."
        ).format(moved, of)
    )
    return "\n".join(lines)


def portrait_text(found: Mapping[str, Any]) -> str:
    """Return one parameter whole, with its densities."""
    lines = [f"{found['name']}   {retold(found['meaning'])}, {retold(found['unit'])}"]
    density = found["density"]

    def line(name: str, told: Mapping[str, float], note: str, curve: Sequence[float] | None) -> str:
        shape = "" if curve is None else sparkline(_thinned(curve), 0.0, max(max(curve), 1e-12)).replace("▁", "·")
        return f"{name:<16}{_span(told):<26} {note:<24} {shape}".rstrip()

    lines.append(line(_("prior"), found["prior"], retold(found["source"]), density and density["prior"]))
    if found["posterior"] is not None:
        by = found["narrowed_by"]
        note = _("{0} narrower").format(percent(by)) if by > 0.005 else _("as before: no evidence")
        lines.append(line(_("now"), found["posterior"], note, density["posterior"]))
        low, high = density["x"][0], density["x"][-1]
        lines.append(f"{'':<68}{figure(low)} … {figure(high)}{_(', log scale') if density['axis'] == 'log' else ''}")
    if found["doubt"] is not None:
        lines.append(_named(_("in doubt"), doubt_sentence(found["doubt"])))
    for name, told in (found["variants"] or {}).items():
        lines.append(f"  {name:<14}{retold(told['words'])}")
    if found["why"]:
        who = " · ".join(part for part in (found["by"], found["date"]) if part)
        lines.append(_named(_("because"), f"{retold(plain(found['why']))}{f' ({who})' if who else ''}"))
    if found["gap"] is not None:
        lines += gap_lines(found["gap"])
    if found["claims"]:
        rows = [(_("claims"), _("say"), _("credible, before → now"), "", _("alone it would point to"))]
        for claim in found["claims"]:
            says = "; ".join(_says(s) for s in claim["says"])
            after = "–" if claim["posterior_credibility"] is None else percent(claim["posterior_credibility"])
            shape = sparkline(_thinned(claim["likelihood"], 24), 0.0, 1.0).replace("▁", "·")
            rows.append(
                (claim["id"], says, f"{percent(claim['credibility'])} → {after}", _(_READ[claim["read"]]), shape)
            )
        lines += table(rows, (0, 1, 2, 3, 4))
        lines += [_named(claim["id"], str(harm_denied())) for claim in found["claims"] if claim["denied"]]
    if found["predictions"]:
        lines.append(_("what that means"))
        lines += [_wrapped(f"• {retold(sentence)}", "  ") for sentence in found["predictions"]]
    if found["evidence"]:
        lines.append(_named(_("rests on"), ", ".join(found["evidence"])))
    return "\n".join(lines)


def doubt_sentence(doubt: Mapping[str, float]) -> str:
    """Return how probable it is that a link does nothing, after the evidence and before."""
    told = _("{0} that it does nothing ({1} before the evidence)")
    words = told.format(percent(doubt["after"]), percent(doubt["before"]))
    return words + _("; figures above are of the link in force")


def _says(statement: Mapping[str, Any]) -> str:
    bound = {"at_most": "≤ ", "at_least": "≥ ", None: ""}[statement["bound"]]
    return f"{bound}{figure(statement['value'])} {statement['statistic']}"


def _thinned(values: Sequence[float], count: int = 30) -> list[float]:
    step = max(len(values) / count, 1.0)
    return [
        max(values[int(i * step) : max(int((i + 1) * step), int(i * step) + 1)]) for i in range(int(len(values) / step))
    ]


def gap_lines(gap: Mapping[str, Any]) -> list[str]:
    """Return what surveys see beside what pushing gives, and why they differ."""
    shares = gap["shares"]
    parts = [
        f"{name} {percent(shares[key])}"
        for key, name in (
            ("feedback", _("feedback")),
            ("common_causes", _("common causes such as tools")),
            ("confounding", _("good management that does both")),
            ("mix", _("staff groups that rise and fall together")),
        )
        if abs(shares[key]) >= 0.005
    ]
    lines = [
        _("{0:<16}{1:<26} association on {2}").format(_("surveys see"), _span(gap["association"]), gap["path"]),
        _("{0:<16}{1:<26} effect").format(_("pushing gives"), _span(gap["effect"])),
    ]
    if parts:
        effect = _("effect {0}").format(percent(gap["share_effect"]))
        lines.append(_named("", _("of the association: {0}").format(", ".join([*parts, effect]))))
    return lines


def prior_check_text(found: Mapping[str, Any]) -> str:
    """Return the prior predictive check."""
    lines = [
        _("{0} · what the priors alone say, no claim scored, {1:,} draws").format(found["scenario"], found["draws"])
    ]
    if found["packs"]:
        lines.append(_("pack: {0}").format(_(" on ").join(found["packs"])))
    rows = [(_("if committed"), _("median (90 %)"), "", _("absurd"), _("that is"))]
    for row in found["outcomes"]:
        mark = "  !" if row["absurd"] > found["absurd_mass"] else ""
        outcome, unit, absurd = (retold(row[key]) for key in ("outcome", "unit", "absurd_if"))
        rows.append((outcome, _span(row), unit, f"{percent(row['absurd'])}{mark}", absurd))
    lines += table(rows, (0, 2, 4))
    loop = found["loop_gain"]
    told = _("{0}; above 0.9 in {1}, feeding itself without end in ").format(_span(loop), percent(loop["over_0_9"]))
    told += _("{0} of draws, which are left out").format(percent(loop["impossible"]))
    lines.append(_named(_("loop gain"), f"{told} ({'; '.join(loop['loops']) or _('no loops')})", 20))
    outside = [row for row in found["outside_evidence"] if row["outside"] > 0.1]
    if outside:
        lines.append(_("belief where no study is"))
        wide = [(_("  quantity"), _("prior (90 %)"), _("studies reach"), _("outside"))]
        for row in outside:
            low, high = row["evidence"]
            wide.append(
                (
                    f"  {row['quantity']}",
                    _span(row["prior"]),
                    f"{figure(low)} … {figure(high)}",
                    percent(row["outside"]),
                )
            )
        lines += table(wide, (0,))
    lines.append("")
    lines += [_wrapped(_("finding: {0}").format(retold(sentence))) for sentence in found["findings"]]
    if found["passes"]:
        lines.append(_("The priors are possible: nothing absurd has weight. Claims can be weighed."))
    else:
        lines.append(
            _("Narrow the priors in question before you weigh claims: `txsim priors show NAME` shows what they mean.")
        )
    return "\n".join(lines)
