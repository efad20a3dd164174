"""Positions, checked against what is known of them: closed forms, invariants, the library's own formulas."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

from headlight.model.science.positions import (
    alibi_bias,
    alibi_slopes,
    by_distance,
    in_halves,
    rotary_scores,
    rotate,
    similarity,
    sinusoid_layout,
    sinusoids,
)

SIZES = st.tuples(st.integers(1, 41), st.integers(1, 37).map(lambda half: 2 * half), st.floats(1.5, 1e6))


@settings(deadline=None, max_examples=200)
@given(SIZES)
def test_sinusoids_have_one_length_and_their_products_depend_on_distance_only(size: tuple[int, int, float]) -> None:
    n_positions, d_model, base = size
    vectors = sinusoids(n_positions, d_model, base)
    np.testing.assert_allclose((vectors**2).sum(axis=1), d_model / 2, rtol=1e-12)
    np.testing.assert_array_equal(vectors[0], np.tile([0.0, 1.0], d_model // 2))
    products = by_distance(similarity(vectors, "dot product"))
    np.testing.assert_allclose(products.low, products.high, atol=1e-10 * d_model)


def test_sinusoids_are_the_closed_form() -> None:
    vectors = sinusoids(13, 10, 500.0)
    assert vectors[7, 4] == pytest.approx(np.sin(7 / 500 ** (4 / 10)), abs=1e-14)
    assert vectors[7, 5] == pytest.approx(np.cos(7 / 500 ** (4 / 10)), abs=1e-14)


def test_marian_keeps_the_sinusoids_in_halves() -> None:
    module = MarianSinusoidalPositionalEmbedding(23, 14)
    module.weight.data.copy_(module.create_weight())  # type: ignore[no-untyped-call]
    weight = module.weight.detach().numpy()
    np.testing.assert_allclose(weight, in_halves(sinusoids(23, 14)), atol=1e-6)
    assert sinusoid_layout(weight) == "halves"


def test_a_layout_is_named_only_when_the_numbers_are_those() -> None:
    vectors = sinusoids(11, 6)
    assert sinusoid_layout(vectors) == "interleaved"
    assert sinusoid_layout(in_halves(vectors)) == "halves"
    assert sinusoid_layout(vectors[:, ::-1]) is None
    assert sinusoid_layout(sinusoids(11, 6, 500.0)) is None
    assert sinusoid_layout(vectors[:1]) is None


def test_similarity_is_the_cosine() -> None:
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((7, 11)).astype(np.float32) + 2
    cosines = similarity(vectors, "cosine")
    expected = vectors[2] @ vectors[5] / np.linalg.norm(vectors[2]) / np.linalg.norm(vectors[5])
    assert cosines[2, 5] == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(np.diagonal(cosines), 1, atol=1e-12)
    np.testing.assert_array_equal(similarity(vectors, "dot product")[2, 5], vectors[2].astype(float) @ vectors[5])
    np.testing.assert_allclose(
        similarity(vectors, "centred cosine"), similarity(vectors - vectors.mean(axis=0), "cosine"), atol=1e-6
    )


def test_a_row_of_zeros_has_no_direction() -> None:
    cosines = similarity(np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 2.0]]), "cosine")
    assert np.isnan(cosines[0]).all()
    assert cosines[1, 1] == pytest.approx(1)
    assert np.isnan(similarity(np.ones((1, 3)), "centred cosine")).all()


def test_values_are_sorted_by_distance() -> None:
    table = np.arange(25.0).reshape(5, 5)
    found = by_distance(table)
    np.testing.assert_array_equal(found.mean, [12, 10, 8, 6, 4])
    np.testing.assert_array_equal(found.low, [0, 1, 2, 3, 4])
    np.testing.assert_array_equal(found.high, [24, 19, 14, 9, 4])


def test_turning_is_multiplication_by_a_complex_number() -> None:
    rng = np.random.default_rng(6)
    vectors, frequencies, places = rng.standard_normal((5, 6)), rng.random(3), np.array([0, 3, 8, 1, 40])
    numbers = (vectors[:, :3] + 1j * vectors[:, 3:]) * np.exp(1j * places[:, None] * frequencies)
    expected = np.concatenate([numbers.real, numbers.imag], axis=1)
    np.testing.assert_allclose(rotate(vectors, places, frequencies), expected, atol=1e-12)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 2**31), st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_the_score_of_turned_vectors_depends_on_distance_only(seed: int, m: int, n: int, shift: int) -> None:
    rng = np.random.default_rng(seed)
    query, key = rng.standard_normal((2, 1, 13))
    frequencies = rng.random(5)  # 10 of 13 entries turn

    def at(vectors: np.ndarray, place: int) -> np.ndarray:
        return rotate(vectors, np.array([place]), frequencies)

    score = float((at(query, m) @ at(key, n).T)[0, 0])
    assert float((at(query, m + shift) @ at(key, n + shift).T)[0, 0]) == pytest.approx(score, abs=1e-10)
    assert rotary_scores(query[0], key[0], np.array([m - n]), frequencies, 0.5)[0] == pytest.approx(
        score / 2, abs=1e-10
    )
    assert np.linalg.norm(at(query, m)) == pytest.approx(np.linalg.norm(query))
    np.testing.assert_array_equal(at(query, 0), query)
    np.testing.assert_array_equal(at(query, m)[:, 10:], query[:, 10:])
    np.testing.assert_allclose(rotate(at(query, m), np.array([-m]), frequencies), query, atol=1e-12)


@pytest.mark.parametrize("n_heads", [1, 5, 8, 12])
def test_alibi_gives_the_weights_that_bloom_gives(n_heads: int) -> None:
    n_tokens = 7
    theirs = build_alibi_tensor(torch.ones(1, n_tokens), n_heads, torch.float64).numpy()  # (head, 1, key)
    ours = alibi_bias(alibi_slopes(n_heads), n_tokens)  # (head, query, key)
    seen = np.tri(n_tokens, dtype=bool)
    difference = np.where(seen, theirs - ours, np.nan)
    np.testing.assert_allclose(np.nanmax(difference, axis=2), np.nanmin(difference, axis=2), atol=1e-6)
    np.testing.assert_allclose(ours[:, 4, 1], -3 * alibi_slopes(n_heads))
