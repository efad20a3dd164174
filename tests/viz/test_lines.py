"""What a line chart is sent: every value, round ticks, and nothing that JSON has no word for."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headlight.viz.lines import Line, pack_lines, ticks
from headlight.viz.theme import DARK, LIGHT, VARIABLES


def unpack(data: bytes) -> dict[str, Any]:
    chart: dict[str, Any] = json.loads(data)
    return chart


def test_values_names_and_colours_come_back() -> None:
    x, y = np.arange(5.0), np.array([0.5, -1.25, np.nan, 3.0, 1 / 3])
    chart = unpack(
        pack_lines(
            [
                Line(x=x, y=y, name="</script>", series=3, style="dashed"),
                Line(x=x, y=np.zeros(5), top=np.full(5, 4.0)),
            ],
            x_name="position",
        )
    )
    first, second = chart["lines"]
    assert first["x"] == [0, 1, 2, 3, 4]
    assert first["y"] == [0.5, -1.25, None, 3.0, pytest.approx(1 / 3, abs=1e-7)]
    assert (first["name"], first["style"], first["top"]) == ("</script>", "dashed", None)
    assert first["colour"] == "var(--headlight-series-3)"
    assert f"--headlight-series-3: light-dark({LIGHT.series[3]}, {DARK.series[3]});" in VARIABLES
    assert second["top"] == [4.0] * 5
    assert chart["x"]["ends"] == [0, 4]
    assert chart["y"]["ends"] == [-1.25, 4]


def test_the_axis_holds_zero_and_what_is_asked() -> None:
    line = Line(x=np.arange(3.0), y=np.array([2.0, 3.0, 4.0]))
    assert unpack(pack_lines([line], x_name="x"))["y"]["ends"] == [0, 4]
    assert unpack(pack_lines([line], x_name="x", low=-1.0, high=5.0))["y"]["ends"] == [-1, 5]


def test_one_point_is_a_chart() -> None:
    chart = unpack(pack_lines([Line(x=np.zeros(1), y=np.zeros(1), style="dots")], x_name="x"))
    assert chart["x"]["ends"] == [0, 1]
    assert chart["y"]["ends"] == [0, 1]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="there are no lines"):
        pack_lines([], x_name="x")
    line = Line(name="a", x=np.zeros(3), y=np.zeros(3), top=np.zeros(3))
    object.__setattr__(line, "top", np.zeros(2))  # past the types, which tests enforce and users do not
    with pytest.raises(ValueError, match=r"'a' has x, y and top of \[3, 3, 2\] points"):
        pack_lines([line], x_name="x")


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 12))
def test_ticks_are_few_even_and_inside(low: float, width: float, most: int) -> None:
    found = ticks(low, low + width, most=most)
    assert 1 <= len(found) <= most + 1
    assert all(low - 1e-6 * width <= tick <= low + width + 1e-6 * width for tick in found)
    np.testing.assert_allclose(np.diff(found), found[1] - found[0] if len(found) > 1 else [], rtol=1e-3)


def test_ticks_are_round() -> None:
    assert ticks(-1.0, 1.0, most=4) == [-1, -0.5, 0, 0.5, 1]
    assert ticks(0.0, 63.0, most=9) == [0, 10, 20, 30, 40, 50, 60]
    assert ticks(0.0, 1.0, most=9, least_step=1.0) == [0, 1]
    assert str(ticks(-0.4, 0.4, most=4)[2]) == "0.0"
