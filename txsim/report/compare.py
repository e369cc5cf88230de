# SPDX-License-Identifier: MIT
"""What claims and beliefs do to the answer, as text for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from txsim.language import N_, _
from txsim.language.numbers import number
from txsim.report.beliefs import gap_lines, table
from txsim.report.words import figure, money, option_name, percent, plain, signed
from txsim.retold import retold

__all__ = ["claim_sentence", "compare_text"]

#: How a result came about.
_HOW = {"weighed": N_("weighed"), "resampled": N_("resampled"), "exact": N_("exact"), "same": N_("same")}


def compare_text(found: Mapping[str, Any]) -> str:
    """Return the report of ``txsim priors compare``: beliefs, then claims, then what the answer leans on."""
    lines = [
        _("{0} · {1} · what beliefs and claims do to committing now").format(
            plain(found["scenario"]), found["currency"]
        )
    ]
    if found["packs"]:
        lines.append(_("pack: {0}").format(_(" on ").join(found["packs"])))
    lines += _beliefs(found)
    if found["influence"]:
        lines += ["", *_influence(found)]
    lines += ["", *_claims(found)]
    if found["sensitivity"] is not None:
        lines += ["", *_leans(found)]
    lines += ["", _("What surveys see, and what pushing gives"), *gap_lines(found["gap"])]
    lines += ["", _evidence(found)]
    return "\n".join(lines)


def _beliefs(found: Mapping[str, Any]) -> list[str]:
    rows = [(_("belief"), _("NPV"), "90 %", _("P(loss)"), _("change"), _("best"), _("draws"))]
    for label, row in [(_("as the scenario says"), found["base"]), *((v["label"], v) for v in found["variants"])]:
        if row.get("error"):
            rows.append((label, "–", "–", "–", "–", "–", _("no trustworthy draws, see below")))
            continue
        commit = row["options"]["commit"]
        npv = commit["npv"]
        change = commit.get("change")
        moved = "" if change is None else f"{signed_money(change['mean'])} ±{money(change['mcse'])}"
        rows.append(
            (
                retold(label),
                f"{money(npv['mean'])} ±{money(npv['mcse'])}",
                f"{money(npv['p05'])} … {money(npv['p95'])}",
                percent(commit["p_loss"]["value"]),
                moved,
                option_name(row["verdict"]["option"]),
                _(_HOW.get(row["how"], row["how"])),
            )
        )
    lines = table(rows, (0, 5, 6))
    for row in found["variants"]:
        if row.get("error"):
            lines.append(textwrap.fill(f"{retold(row['label'])}: {retold(row['error'], figures=False)}", 100))
    weighed = sorted({row["how_in_words"] for row in found["variants"] if row.get("how") == "weighed"})
    if weighed:
        lines.append(
            _("weighed: {0}").format(
                retold(weighed[0]) if len(weighed) == 1 else _("stored draws weighed anew, k̂ under 0.7 in each")
            )
        )
    if any(row.get("how") == "resampled" for row in found["variants"]):
        lines.append(_("resampled: sampled anew, the gate passed"))
    return lines


def signed_money(value: float) -> str:
    """Return an amount with its sign, always."""
    return f"{'+' if value >= 0 else '−'}{money(abs(value))}"


def _influence(found: Mapping[str, Any]) -> list[str]:
    rows = [(_("without the claim"), _("NPV changes by"), _("P(loss)"), _("the best would be"))]
    for row in found["influence"]:
        if row["error"]:
            rows.append((row["id"], "–", "–", _("no trustworthy draws without it")))
            continue
        change = row["change_npv"]
        noise = "" if abs(change["mean"]) > 2 * change["mcse"] else _("  (within noise)")
        best = _("{0}: it flips").format(option_name(row["verdict"])) if row["flips"] else _("the same")
        rows.append(
            (
                row["id"],
                f"{signed_money(change['mean'])} ±{money(change['mcse'])}{noise}",
                _("{0} pp").format(signed(100 * row["change_p_loss"], 1)),
                best,
            )
        )
    remark = (
        _("; as it stands it is too close to call, so that little flips it")
        if found["base"]["verdict"]["too_close"]
        else ""
    )
    return [_("Leaving out one claim at a time, the strongest first{0}").format(remark), *table(rows, (0, 1, 3))]


def _claims(found: Mapping[str, Any]) -> list[str]:
    lines = [_("How far each claim is believed")]
    ordered = sorted(found["claims"], key=lambda c: -abs((c["posterior_credibility"] or 0) - c["credibility"]))
    for claim in ordered:
        lines.append(
            textwrap.fill(
                claim_sentence(claim), 100, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
            )
        )
    return lines


def claim_sentence(claim: Mapping[str, Any]) -> str:
    """Return where a claim sits and how far it is believed, in a sentence."""
    before, after = claim["credibility"], claim["posterior_credibility"]
    believed = "" if after is None else _("we now give it {0}, from {1}").format(percent(after), percent(before))
    parts = []
    for row in claim["conflicts"] or ():
        about = row["about"]
        if row["bound"] is None:
            place = _("the {0} percentile of what the other claims imply").format(_ordinal(row["percentile_of_others"]))
            text = _("{0} for {1} sits at {2}").format(figure(row["says"]), about, place)
            if row["tail_of_prior"] < 0.05:
                text += _(" ({0} of the prior)").format(_ordinal(row["percentile_of_prior"]))
        else:
            side = _("at most") if row["bound"] == "at_most" else _("at least")
            chance = percent(row["percentile_of_others"])
            text = _("{0} {1} for {2} holds with {3} by the others").format(side, figure(row["says"]), about, chance)
        parts.append(text + (_(", a conflict") if row["conflict"] else ""))
    told = "; ".join(parts)
    return f"{claim['id']}: {told}; {believed}" if told and believed else f"{claim['id']}: {told or believed}"


def _ordinal(share: float) -> str:
    value = 100 * share
    if 1 <= value <= 99:
        whole = round(value)
        last = 0 if 10 <= whole % 100 <= 20 else whole % 10
        form = {1: _("{0}st"), 2: _("{0}nd"), 3: _("{0}rd")}.get(last, _("{0}th"))
        return form.format(whole)
    return _("{0:.1f}th").format(value)


def _leans(found: Mapping[str, Any]) -> list[str]:
    leaning = [row for row in found["sensitivity"] if row["leans"]]
    lines = [_("What the answer leans on (power-scaling sensitivity of the NPV, above 0.05)")]
    if not leaning:
        return [*lines, _("  nothing by itself: no single prior or claim moves it much")]
    for row in leaning:
        what = (
            _("the prior of {0}").format(row["name"])
            if row["of"] == "prior"
            else _("the claims of {0}").format(row["name"])
        )
        lines.append(f"  {number(row['sensitivity'], 2)}  {what}")
    return lines


def _evidence(found: Mapping[str, Any]) -> str:
    told = found["evidence"]
    without, with_ = told["npv_without_claims"], told["npv_with_claims"]
    by = told["interval_narrowed_by"]
    effect = (
        _("narrow that interval by {0}").format(percent(by))
        if by >= 0
        else _("widen that interval by {0}").format(percent(-by))
    )
    return textwrap.fill(
        _(
            "How much rests on evidence: by priors alone the NPV would be {0} on average (90 "
            "%: {1} … {2}); claims bring it to {3} ({4} … {5}) and {6}."
        ).format(
            money(without["mean"]),
            money(without["p05"]),
            money(without["p95"]),
            money(with_["mean"]),
            money(with_["p05"]),
            money(with_["p95"]),
            effect,
        ),
        100,
    )
