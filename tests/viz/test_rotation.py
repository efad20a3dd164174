"""Arrows stand where the numbers point, and position numbers never touch."""

import re

import numpy as np
import pytest

from headlight.viz.rotation import ROOM, rotation


def degrees(html: str, element: str) -> list[float]:
    return [float(each) for each in re.findall(rf"<{element}[^>]*--at:([\d.]+)deg", html)]


def test_an_arrow_stands_at_every_position() -> None:
    html = rotation(np.array([0.0, 2.0]), np.radians([0, 30, 60, 90, 120]), name="x", role="query", marked=3)
    assert degrees(html, "i") == [90, 120, 150, 210, 180]  # the marked one last, on top of the others
    assert re.findall(r"<span class=marked [^>]*>(\d+)</span>", html) == ["3"]
    assert sorted(re.findall(r">(\d+)</span>", html)) == ["0", "1", "2", "3", "4"]


def test_numbers_that_would_touch_are_left_out_but_never_the_marked_one() -> None:
    html = rotation(np.array([1.0, 0.0]), np.radians(np.arange(0, 46, 3.0)), name="x", role="key", marked=2, most=31)
    kept = np.array(degrees(html, "span"))
    assert kept[0] == 6
    apart = np.abs((kept[:, None] - kept + 180) % 360 - 180)[~np.eye(len(kept), dtype=bool)]
    assert apart.min() >= ROOM
    assert len(degrees(html, "i")) == 16


def test_many_positions_are_cut_and_the_marked_one_stays() -> None:
    html = rotation(np.array([1.0, 0.0]), np.arange(200.0), name="x", role="key", marked=150, most=24)
    assert len(degrees(html, "i")) == 25


def test_a_name_is_data() -> None:
    html = rotation(np.array([0.0, 0.0]), np.zeros(1), name="<img onerror=x>", role="query", marked=0)
    assert "<img" not in html
    assert html.count("&lt;img onerror=x&gt;") == 2


def test_a_position_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="position 3 is marked, but there are 3"):
        rotation(np.ones(2), np.zeros(3), name="x", role="key", marked=3)
