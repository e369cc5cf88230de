# SPDX-License-Identifier: MIT
"""Pictures where there is little width: labels of bars have room in shares of the axis, names of a graph take turns."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
import vl_convert

from txsim.report.document import Picture
from txsim.report.drawing import spec_of
from txsim.report.pictures.forms import bars, height_of, in_lines
from txsim.report.pictures.graph import layers
from txsim.report.theme import read_theme


def _drawn(spec: object, width: int) -> str:
    picture = Picture("bars", "Title", "", spec)  # type: ignore[arg-type]
    theme = read_theme()
    return theme.fixed(vl_convert.vegalite_to_svg(spec_of(picture, theme, width, 200)))


def _bars(values: Sequence[float]) -> dict[str, object]:
    rows = [{"name": f"row {i}", "value": v, "role": "good", "label": f"{v:+.0f}"} for i, v in enumerate(values)]
    return bars(rows, "k EUR", None, [])


@pytest.mark.parametrize("values", [(-345.0, 323.0), (-345.0, -20.0), (0.2, 0.7)])
def test_an_axis_of_bars_is_about_as_long_as_its_bars_at_any_width(values: tuple[float, float]) -> None:
    """Room in px made axes of a narrow plot many times as long as what they show, or turned them round."""
    scale = _bars(values)["layer"][0]["layer"][0]["encoding"]["x"]["scale"]  # type: ignore[index]
    low, high = scale["domain"]
    assert low <= min(0.0, *values)
    assert high >= max(0.0, *values)
    assert high - low <= 1.7 * (max(0.0, *values) - min(0.0, *values))
    for width in (150, 800):
        assert re.search("row 1", _drawn(_bars(values), width))


def test_names_of_neighbouring_columns_do_not_stand_on_one_line_of_a_phone() -> None:
    boxes = [{"x": x / 3, "y": 0.5, "name": f"name of node {x}", "role": "panel"} for x in range(4)]
    heights = {}
    for width in (320, 800):
        found = re.findall(
            r'translate\([\d.-]+,([\d.-]+)\)"[^>]*>name of node (\d)', _drawn(layers([], boxes, "w"), width)
        )
        heights[width] = {int(name): float(y) for y, name in found}
    assert len(set(heights[800].values())) == 1
    narrow = heights[320]
    assert all(abs(narrow[i] - narrow[i + 1]) > 15 for i in range(3))


def test_names_of_several_lines_do_not_run_into_their_neighbours() -> None:
    """Rows are equally high: two long names beside each other need more than the mean of all names."""
    name = "a name that is long enough to go on in the next line and in another after that"
    rows = [{"name": in_lines(n), "value": 1.0, "role": "good", "label": "1"} for n in (name, f"b {name}", *"cdefghij")]
    picture = Picture("bars", "Title", "", bars(rows, "k", None, []), height_of(str(row["name"]) for row in rows))
    theme = read_theme()
    drawn = vl_convert.vegalite_to_svg(spec_of(picture, theme, 800, picture.height))
    places = [float(y) for y in re.findall(r',([\d.]+)\)"[^>]*><tspan>(?:b )?a name', drawn)]
    short = float(re.search(r',([\d.]+)\)"[^>]*>c<', drawn)[1])  # type: ignore[index]
    step = places[1] - places[0]
    # The middle of three lines stands where the only line of the others does, a row apart.
    assert places[0] + 14 + 2 * step == pytest.approx(short, abs=1)
    lines = [str(row["name"]).count("\n") + 1 for row in rows]
    assert len(places) == 2
    assert places[1] - places[0] >= (theme.size - 1) * (lines[0] + lines[1]) / 2
