"""Bars: their lengths are their numbers, and names stay text."""

import pytest

from headlight.viz.gauges import Gauge, against_chance, neighbours


def test_a_share_stands_beside_chance() -> None:
    drawn = against_chance([Gauge(name="<b>", share=0.2054, chance=0.0117)])
    assert "&lt;b&gt;" in drawn
    assert 'style="width:20.54%"' in drawn
    assert 'style="left:1.17%"' in drawn
    assert "20.5 %" in drawn
    assert "chance: 1.2 %" in drawn


def test_a_cosine_below_zero_has_no_bar_but_its_number() -> None:
    drawn = neighbours(["</script>", "b"], [0.66, -0.36], [48.7, 111.1])
    assert "&lt;/script&gt;" in drawn
    assert 'style="width:0.00%"' in drawn
    assert "−0.36 · 111°" in drawn
    assert "0.66 · 49°" in drawn


def test_the_last_row_is_set_apart() -> None:
    assert neighbours(["a"], [0.5, 0.1], [60.0, 84.3], rest="the median").count(" rest") == 1
    with pytest.raises(ValueError, match="shorter"):
        neighbours(["a", "b"], [0.5, 0.1], [60.0, 84.3], rest="the median")
