"""Planted heads score what they must, and an even head what chance gives."""

import numpy as np
import pytest

from headlight.model.science.attention import visible_cells
from headlight.model.science.head_scores import SCORE_NAMES, ScoreName, chance_scores, head_scores, patterns
from headlight.model.trace import Trace

REPEATED = np.array([0, 5, 8, 3, 5, 8, 3])  # one start token, three tokens twice


def seen(n_layers: int, n_tokens: int, *, causal: bool) -> np.ndarray:
    return np.broadcast_to(visible_cells(n_tokens, n_tokens, causal=causal), (n_layers, n_tokens, n_tokens))


@pytest.mark.parametrize("name", ["previous", "duplicate", "induction", "first", "self"])
@pytest.mark.parametrize("causal", [True, False])
def test_a_planted_head_has_score_1(name: ScoreName, causal: bool) -> None:
    pattern = patterns(REPEATED, causal=causal)[name]
    rows = pattern / np.maximum(pattern.sum(axis=-1, keepdims=True), 1)
    weights = np.zeros((2, 3, 7, 7))
    weights[1, 2] = rows + np.eye(7) * (rows.sum(axis=-1, keepdims=True) == 0)
    scores = head_scores(weights, seen(2, 7, causal=causal), REPEATED, causal=causal)
    assert scores[name][1, 2] == pytest.approx(1)
    assert scores[name][0, 0] == 0


def test_the_patterns_are_what_they_are_called() -> None:
    found = patterns(REPEATED, causal=True)
    assert [tuple(each) for each in np.argwhere(found["induction"])] == [(4, 2), (5, 3), (6, 4)]
    assert [tuple(each) for each in np.argwhere(found["duplicate"])] == [(4, 1), (5, 2), (6, 3)]
    assert np.argwhere(found["previous"]).tolist() == [[i, i - 1] for i in range(1, 7)]
    assert np.argwhere(found["self"]).tolist() == [[i, i] for i in range(1, 7)], "the first row has no choice"


def test_the_token_after_the_same_one_may_be_the_query_itself() -> None:
    found = patterns(np.array([4, 4, 4]), causal=True)["induction"]
    assert np.argwhere(found).tolist() == [[1, 1], [2, 1], [2, 2]]


def test_an_even_head_scores_the_closed_forms() -> None:
    n = 11
    ids = np.arange(n)
    chance = chance_scores(seen(3, n, causal=True), ids, causal=True)
    rows = 1 / np.arange(2, n + 1)  # of rows 1 to n - 1
    for name in ("previous", "first", "self"):
        assert chance[name] == pytest.approx(rows.mean())
    assert chance["distance"] == pytest.approx(np.mean(np.arange(n) / 2))
    assert chance["entropy"] == pytest.approx(1)
    assert "induction" not in chance
    assert "duplicate" not in chance


def test_distance_and_entropy_of_a_head_that_reads_itself_are_0() -> None:
    weights = np.broadcast_to(np.eye(5), (2, 3, 5, 5))
    scores = head_scores(weights, seen(2, 5, causal=False), np.arange(5), causal=False)
    assert (scores["distance"] == 0).all()
    assert (scores["entropy"] == 0).all()


def test_across_two_texts_only_what_needs_no_places_is_said() -> None:
    weights = np.full((2, 3, 5, 7), 1 / 7)
    every = np.ones((2, 5, 7), dtype=bool)
    scores = head_scores(weights, every, None, causal=False)
    assert set(scores) == {"first", "entropy"}
    assert scores["first"] == pytest.approx(1 / 7)
    assert scores["entropy"] == pytest.approx(1)


def test_the_bundled_decoder_has_a_previous_token_head(house_trace: Trace) -> None:
    attention = house_trace.attentions[0]
    ids = house_trace.stacks[0].ids
    mask = seen(attention.n_layers, len(ids), causal=True)
    scores = head_scores(attention.weights, mask, ids, causal=True)
    assert set(scores) <= set(SCORE_NAMES)
    assert scores["previous"].max() > 2 * chance_scores(mask, ids, causal=True)["previous"]


def test_one_token_leaves_only_the_distance() -> None:
    scores = head_scores(np.ones((2, 3, 1, 1)), np.ones((2, 1, 1), bool), np.array([7]), causal=True)
    assert set(scores) == {"distance"}
