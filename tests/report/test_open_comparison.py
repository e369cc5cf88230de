# SPDX-License-Identifier: MIT
"""A comparison that leaves the question open names no winner: not in a title, nor by a colour, nor by a file's key."""

from __future__ import annotations

import re

import pytest

from tests.report.handmade import COMPARE, advice, drawn, flat, of, page, picture, read, terminal
from txsim.report.compose import compose
from txsim.report.document import Table, plain

UNSETTLED = of(
    COMPARE,
    scenarios=[
        {**each, "title": title} for each, title in zip(COMPARE["scenarios"], ("A desk", "A shop"), strict=True)
    ],
    recommendation=advice(
        "do_nothing", "north/commit", state="open", too_close=True, best="south/commit",
        contenders=["south/commit", "do_nothing"], mean_npv={"south/commit": 250_000.0, "do_nothing": 0.0},
    ),
)  # fmt: skip


def test_an_open_comparison_draws_no_leader() -> None:
    for kind, column in (("compared", "mid"), ("best", "value")):
        found = picture("compare", UNSETTLED, kind)
        assert {row["role"] for row in drawn(found.spec, column)} == {"neutral"}
        assert not re.search(r"A desk|A shop|pays most", found.title)
    settled = picture("compare", COMPARE, "best")
    assert next(row["role"] for row in drawn(settled.spec, "value")) == "accent"


def test_what_a_limit_excludes_is_marked_and_not_drawn_as_first() -> None:
    """The dearest initiative pays most and is most often the best, and the budget has no room for it."""
    by_mean = sorted(COMPARE["options"], key=lambda option: -option["npv"]["mean"])
    by_share = sorted(COMPARE["p_best_together"], key=lambda name: -COMPARE["p_best_together"][name]["value"])
    for kind, column, names in (
        ("compared", "mid", [option["name"] for option in by_mean]),
        ("best", "value", by_share),
    ):
        recommendation = {**COMPARE["recommendation"], "refused": [names[0]], "max_pv_cost": 9.0}
        within = {"north/commit": {"value": 0.7, "mcse": 0.0}, "do_nothing": {"value": 0.3, "mcse": 0.0}}
        found = picture("compare", of(COMPARE, recommendation=recommendation, p_best_within=within), kind)
        rows = drawn(found.spec, column)
        led = [row for row in rows if row["role"] != "neutral"]
        # Means stand of all; how often which is best is counted among what is left, as the title counts.
        first = 1 if kind == "compared" else 0
        assert [rows.index(row) for row in led] == [first]
        assert ["beyond" in " ".join(str(row["name"]).split()) for row in rows[: first + 1]] == [True, False][
            -first - 1 :
        ]
        assert found.title.startswith("Within the limits" if kind == "compared" else "Of what is within the limits")
    assert "in 70 of 100 futures" in found.title
    assert [row["value"] for row in rows] == [0.7, 0.3]
    assert "What is excluded is not counted here" in found.note


@pytest.mark.parametrize("data", [COMPARE, UNSETTLED], ids=["settled", "open"])
def test_no_title_head_or_sentence_holds_the_key_of_a_file(data: dict[str, object]) -> None:
    document = compose([read("compare", data)])
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                assert not re.search(r"\b(north|south)\b", " ".join((block.caption, *block.head)))
                for row in block.rows:
                    told = [plain(cell) for i, cell in enumerate(row) if i not in block.keys]
                    assert not re.search(r"\b(north|south)\b", " ".join(told))
    for found in document.pictures():
        assert not re.search(r"\b(north|south)[:/]", found.title + found.description)
    assert not re.search(r"\b(north|south): ", flat(terminal("compare", data)))
    assert "north/commit" not in page("compare", data)


def test_what_is_counted_together_sums_to_one_in_every_table() -> None:
    """The share of a first step stands once, in the row of its best option; the other rows point to it."""
    document = compose([read("compare", UNSETTLED)])
    table = next(
        block for section in document.sections for block in section.blocks
        if isinstance(block, Table) and "best in" in block.head
    )  # fmt: skip
    place = table.head.index("best in")
    shares = [plain(row[place]) for row in table.rows]
    assert shares.count("↑") == 1
    assert sum(float(share.split()[0]) for share in shares if share != "↑") == pytest.approx(92, abs=1)
    # The pictures tell what the table tells, by the same option and to the same digits.
    bars = {flat(str(row["name"])): row["label"] for row in drawn(picture("compare", UNSETTLED, "best").spec, "value")}
    means = drawn(picture("compare", UNSETTLED, "compared").spec, "mid")
    whole = {flat(str(row["name"])): (row["mean"], row["told"]) for row in means}
    for row, share in zip(table.rows, shares, strict=True):
        name, mean, ends = (plain(cell) for cell in row[:3])
        short = name.replace("commit now", "commit").replace("pilot first, then scale or stop", "pilot, decide")
        short = short.replace("commit and review", "commit, review")
        assert (bars.pop(short) == share) if share != "↑" else (short not in bars)
        unit = "\N{NO-BREAK SPACE}k\N{NO-BREAK SPACE}EUR"
        assert whole[short] == (mean.partition("\N{NO-BREAK SPACE}±")[0] + unit, ends)
    assert bars.keys() <= {"Do nothing"}  # which this comparison by hand has no row of
