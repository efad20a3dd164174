"""HTML pieces: hostile tokens stay text, and lengths that differ are refused."""

import numpy as np
import pytest

from headlight.viz import pipeline_strip
from headlight.viz.chips import token_cards, token_strip
from tests.viz.test_escape import HOSTILE

MARKUP = ("<script", "<img", "<svg", "<a ", 'onmouseover="', "onfocus='")


@pytest.mark.parametrize("token", HOSTILE)
def test_no_token_becomes_markup(token: str) -> None:
    pieces = (
        token_strip([token], [False]),
        token_cards([token], [3], [True], [token]),
        pipeline_strip.quoted(token),
        pipeline_strip.numbered_chips([token], [3], [False], most=1),
        pipeline_strip.shares([token], [0.5], rest=0.5),
        pipeline_strip.histogram(np.array([0.0, 1.0]), 1.0, token),
        pipeline_strip.big(token, token),
        pipeline_strip.stage(1, token, "", token),
    )
    for piece in pieces:
        assert not any(sign in piece for sign in MARKUP)


def test_special_tokens_are_marked_and_neighbours_differ() -> None:
    strip = token_strip(["<s>", "a", "b"], [True, False, False])
    assert strip.count("special") == 1
    assert "hue1" in strip
    assert "hue2" in strip


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="argument"):
        token_strip(["a", "b"], [False])
    with pytest.raises(ValueError, match="argument"):
        token_cards(["a"], [1, 2], [False], [""])
    with pytest.raises(ValueError, match="argument"):
        pipeline_strip.shares(["a"], [0.1, 0.2])


def test_bars_of_shares_are_as_long_as_their_share() -> None:
    drawn = pipeline_strip.shares(["a", "b"], [0.5, 0.125], rest=0.375)
    for length, amount in (("50.00%", "50.0 %"), ("12.50%", "12.5 %"), ("37.50%", "37.5 %")):
        assert f"width:{length}" in drawn
        assert f">{amount}<" in drawn


def test_the_histogram_marks_the_bin_that_holds_the_value() -> None:
    values = np.linspace(0, 1, 101)
    drawn = pipeline_strip.histogram(values, 0.52, "here", n_bins=10)
    bars = drawn.split("<i ")[1:]
    assert len(bars) == 10
    assert ['class="marked"' in bar for bar in bars].index(True) == 5
    assert 'class="marked"' in pipeline_strip.histogram(values, 1.0, "top", n_bins=10).split("<i ")[10]


def test_cards_of_a_group_stand_under_one_bracket() -> None:
    drawn = token_cards(["a", "b", "c"], [1, 2, 3], [False] * 3, [""] * 3, groups=[(1, 3, "<b>")])
    before, group = drawn.split('<div class="group"')
    assert before.count('class="card ') == 1
    assert group.count('class="card ') == 2
    assert "together &lt;b&gt;" in group
