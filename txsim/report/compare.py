# SPDX-License-Identifier: MIT
"""What claims and beliefs do to the answer, as text for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from txsim.report.beliefs import gap_lines, table
from txsim.report.words import OPTION_NAMES, figure, money, percent, plain, signed

__all__ = ["claim_sentence", "compare_text"]


def compare_text(found: Mapping[str, Any]) -> str:
    """Return the report of ``txsim priors compare``: beliefs, then claims, then what the answer leans on."""
    lines = [f"{plain(found['scenario'])} · {found['currency']} · what beliefs and claims do to committing now"]
    if found["packs"]:
        lines.append(f"pack: {' on '.join(found['packs'])}")
    lines += _beliefs(found)
    if found["influence"]:
        lines += ["", *_influence(found)]
    lines += ["", *_claims(found)]
    if found["sensitivity"] is not None:
        lines += ["", *_leans(found)]
    lines += ["", "What surveys see, and what pushing gives", *gap_lines(found["gap"])]
    lines += ["", _evidence(found)]
    return "\n".join(lines)


def _beliefs(found: Mapping[str, Any]) -> list[str]:
    rows = [("belief", "NPV", "90 %", "P(loss)", "change", "best", "draws")]
    for label, row in [("as the scenario says", found["base"]), *((v["label"], v) for v in found["variants"])]:
        if row.get("error"):
            rows.append((label, "–", "–", "–", "–", "–", "no trustworthy draws, see below"))
            continue
        commit = row["options"]["commit"]
        npv = commit["npv"]
        change = commit.get("change")
        moved = "" if change is None else f"{signed_money(change['mean'])} ±{money(change['mcse'])}"
        rows.append(
            (
                label,
                f"{money(npv['mean'])} ±{money(npv['mcse'])}",
                f"{money(npv['p05'])} … {money(npv['p95'])}",
                percent(commit["p_loss"]["value"]),
                moved,
                OPTION_NAMES[row["verdict"]["option"]],
                row["how"],
            )
        )
    lines = table(rows, (0, 5, 6))
    for row in found["variants"]:
        if row.get("error"):
            lines.append(textwrap.fill(f"{row['label']}: {row['error']}", 100))
    weighed = sorted({row["how_in_words"] for row in found["variants"] if row.get("how") == "weighed"})
    if weighed:
        lines.append(
            f"weighed: {weighed[0] if len(weighed) == 1 else 'stored draws weighed anew, k̂ under 0.7 in each'}"
        )
    if any(row.get("how") == "resampled" for row in found["variants"]):
        lines.append("resampled: sampled anew, the gate passed")
    return lines


def signed_money(value: float) -> str:
    """Return an amount with its sign, always."""
    return f"{'+' if value >= 0 else '−'}{money(abs(value))}"


def _influence(found: Mapping[str, Any]) -> list[str]:
    rows = [("without the claim", "NPV changes by", "P(loss)", "the best would be")]
    for row in found["influence"]:
        if row["error"]:
            rows.append((row["id"], "–", "–", "no trustworthy draws without it"))
            continue
        change = row["change_npv"]
        noise = "" if abs(change["mean"]) > 2 * change["mcse"] else "  (within noise)"
        best = f"{OPTION_NAMES[row['verdict']]}: it flips" if row["flips"] else "the same"
        rows.append(
            (
                row["id"],
                f"{signed_money(change['mean'])} ±{money(change['mcse'])}{noise}",
                f"{signed(100 * row['change_p_loss'], 1)} pp",
                best,
            )
        )
    remark = (
        "; as it stands it is too close to call, so that little flips it"
        if found["base"]["verdict"]["too_close"]
        else ""
    )
    return [f"Leaving out one claim at a time, the strongest first{remark}", *table(rows, (0, 1, 3))]


def _claims(found: Mapping[str, Any]) -> list[str]:
    lines = ["How far each claim is believed"]
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
    believed = "" if after is None else f"we now give it {percent(after)}, from {percent(before)}"
    parts = []
    for row in claim["conflicts"] or ():
        about = row["about"]
        if row["bound"] is None:
            place = f"the {_ordinal(row['percentile_of_others'])} percentile of what the other claims imply"
            text = f"{figure(row['says'])} for {about} sits at {place}"
            if row["tail_of_prior"] < 0.05:
                text += f" ({_ordinal(row['percentile_of_prior'])} of the prior)"
        else:
            side = "at most" if row["bound"] == "at_most" else "at least"
            chance = percent(row["percentile_of_others"])
            text = f"{side} {figure(row['says'])} for {about} holds with {chance} by the others"
        parts.append(text + (", a conflict" if row["conflict"] else ""))
    told = "; ".join(parts)
    return f"{claim['id']}: {told}; {believed}" if told and believed else f"{claim['id']}: {told or believed}"


def _ordinal(share: float) -> str:
    value = 100 * share
    if 1 <= value <= 99:
        whole = round(value)
        ending = "th" if 10 <= whole % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
        return f"{whole}{ending}"
    return f"{value:.1f}th"


def _leans(found: Mapping[str, Any]) -> list[str]:
    leaning = [row for row in found["sensitivity"] if row["leans"]]
    lines = ["What the answer leans on (power-scaling sensitivity of the NPV, above 0.05)"]
    if not leaning:
        return [*lines, "  nothing by itself: no single prior or claim moves it much"]
    for row in leaning:
        what = f"the prior of {row['name']}" if row["of"] == "prior" else f"the claims of {row['name']}"
        lines.append(f"  {row['sensitivity']:.2f}  {what}")
    return lines


def _evidence(found: Mapping[str, Any]) -> str:
    told = found["evidence"]
    without, with_ = told["npv_without_claims"], told["npv_with_claims"]
    by = told["interval_narrowed_by"]
    effect = f"narrow that interval by {percent(by)}" if by >= 0 else f"widen that interval by {percent(-by)}"
    return textwrap.fill(
        f"How much rests on evidence: by priors alone the NPV would be {money(without['mean'])} on average "
        f"(90 %: {money(without['p05'])} … {money(without['p95'])}); claims bring it to {money(with_['mean'])} "
        f"({money(with_['p05'])} … {money(with_['p95'])}) and {effect}.",
        100,
    )
