"""Rollout, value-weighted lengths and rank correlation against closed forms and slow definitions."""

from itertools import combinations

import numpy as np
import pytest

from headlight.model.science.attention import rank_correlation, ranks, rollout, softmax, value_weighted


def causal_weights(rng: np.random.Generator, n_layers: int, n_heads: int, n_tokens: int) -> np.ndarray:
    scores = np.where(np.tri(n_tokens, dtype=bool), rng.normal(size=(n_layers, n_heads, n_tokens, n_tokens)), -np.inf)
    return softmax(scores)


def test_rollout_is_the_product_of_the_mixed_layers() -> None:
    weights = causal_weights(np.random.default_rng(1), 3, 5, 7)
    steps = [weights[layer].mean(axis=0) / 2 + np.eye(7) / 2 for layer in range(3)]
    got = rollout(weights)
    np.testing.assert_allclose(got[0], steps[0], atol=1e-12)
    np.testing.assert_allclose(got[2], steps[2] @ steps[1] @ steps[0], atol=1e-12)
    np.testing.assert_allclose(got.sum(axis=-1), 1, atol=1e-12)
    assert (got[:, ~np.tri(7, dtype=bool)] == 0).all()


def test_rollout_of_heads_that_read_themselves_is_the_identity() -> None:
    np.testing.assert_array_equal(
        rollout(np.broadcast_to(np.eye(5), (2, 3, 5, 5))), np.broadcast_to(np.eye(5), (2, 5, 5))
    )


def test_rollout_brings_back_what_a_sink_took() -> None:
    weights = causal_weights(np.random.default_rng(2), 2, 3, 5) * 0.7
    np.testing.assert_allclose(rollout(weights).sum(axis=-1), 1, atol=1e-12)


def test_rollout_needs_one_text() -> None:
    with pytest.raises(ValueError, match="not 5 and 7"):
        rollout(np.zeros((2, 3, 5, 7)))


def test_value_weighted_is_the_length_of_each_contribution() -> None:
    rng = np.random.default_rng(3)
    weights = rng.random((2, 3, 5, 7))
    vectors = rng.normal(size=(2, 3, 7, 11))
    contributions = weights[..., None] * vectors[:, :, None]  # (layer, head, query, key, d_model)
    np.testing.assert_allclose(
        value_weighted(weights, np.linalg.norm(vectors, axis=-1)), np.linalg.norm(contributions, axis=-1), atol=1e-12
    )


def test_ranks_share_among_equals() -> None:
    np.testing.assert_array_equal(ranks(np.array([3.0, 1.0, 3.0, 2.0, 3.0])), [3, 0, 3, 1, 3])


def test_rank_correlation_counts_pairs_as_its_definition_does() -> None:
    rng = np.random.default_rng(4)
    p, q = rng.integers(0, 6, 13).astype(float), rng.integers(0, 6, 13).astype(float)

    def slow(values: np.ndarray) -> np.ndarray:
        return np.array([sum(other < each for other in values) + (sum(values == each) - 1) / 2 for each in values])

    assert rank_correlation(p, q) == pytest.approx(float(np.corrcoef(slow(p), slow(q))[0, 1]))
    assert rank_correlation(p, p) == pytest.approx(1)
    assert rank_correlation(p, -p) == pytest.approx(-1)
    assert rank_correlation(p, np.exp(p)) == pytest.approx(1)
    assert np.isnan(rank_correlation(p, np.ones(13)))


def test_rank_correlation_of_unrelated_lists_is_small() -> None:
    rng = np.random.default_rng(5)
    lists = [rng.random(4001) for _ in range(4)]
    assert all(abs(rank_correlation(a, b)) < 0.06 for a, b in combinations(lists, 2))
