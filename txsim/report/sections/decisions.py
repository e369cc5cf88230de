# SPDX-License-Identifier: MIT
"""What believing otherwise does to the answer."""

from __future__ import annotations

from txsim.language import _
from txsim.language.numbers import significant
from txsim.report.document import Block, Table
from txsim.report.pictures import claims
from txsim.report.reading import Result

__all__ = ["beliefs_tried"]


def beliefs_tried(result: Result) -> tuple[Block, ...]:
    """Return what believing otherwise does to the answer: scepticism, influence, association against effect."""
    blocks: list[Block] = []
    for draw in (claims.scepticism, claims.influence, claims.gap):
        picture = draw(result)
        if picture is not None:
            blocks.append(picture)
    rows = []
    for claim in result.data.get("claims") or []:
        for conflict in claim.get("conflicts") or []:
            if not conflict.get("conflict"):
                continue
            from txsim.language.numbers import percent

            rows.append(
                (
                    claim["id"],
                    str(conflict["about"]),
                    significant(float(conflict["says"])),
                    percent(
                        conflict["percentile_of_prior"] / 100
                        if conflict["percentile_of_prior"] > 1
                        else conflict["percentile_of_prior"],
                        1,
                    ),
                    percent(
                        conflict["percentile_of_others"] / 100
                        if conflict["percentile_of_others"] > 1
                        else conflict["percentile_of_others"],
                        1,
                    ),
                )
            )
    if rows:
        head = (_("claim"), _("about"), _("says"), _("place in what the prior implies"), _("in what the others imply"))
        blocks.append(
            Table(_("Claims in conflict with the prior or with the others"), head, tuple(rows), frozenset({0, 1}))
        )
    return tuple(blocks)
