"""The position schemes in NumPy: what must hold for all sizes, and the library's own code beside ours."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb
from transformers.models.t5.modeling_t5 import T5Attention

from headlight.model import questions
from headlight.model.science.positions import (
    AddedPositions,
    AlibiPositions,
    RelativePositions,
    RotaryPositions,
    alibi_slopes,
    relative_buckets,
    rotate,
    sinusoids,
)
from tests.model.conftest import Subject, Tiny

even = st.integers(1, 40).map(lambda half: 2 * half)
bases = st.floats(1.5, 1e6)
seeds = st.integers(0, 2**32 - 1)


@given(n_positions=st.integers(1, 50), d_model=even, base=bases)
def test_every_sinusoid_has_the_same_length(n_positions: int, d_model: int, base: float) -> None:
    vectors = sinusoids(n_positions, d_model, base)
    assert vectors.shape == (n_positions, d_model)
    np.testing.assert_allclose((vectors**2).sum(axis=1), d_model / 2, atol=1e-10)
    np.testing.assert_array_equal(vectors[0], np.tile([0.0, 1.0], d_model // 2))


@given(d_model=even, base=bases, p=st.integers(0, 30), q=st.integers(0, 30), shift=st.integers(0, 30))
def test_the_product_of_two_sinusoids_depends_on_their_distance_alone(
    d_model: int, base: float, p: int, q: int, shift: int
) -> None:
    vectors = sinusoids(61, d_model, base)
    np.testing.assert_allclose(vectors[p] @ vectors[q], vectors[p + shift] @ vectors[q + shift], atol=1e-9)


@given(d_model=even, base=bases, shift=st.integers(0, 20))
def test_a_step_turns_every_pair_by_the_same_angle(d_model: int, base: float, shift: int) -> None:
    vectors = sinusoids(31, d_model, base).reshape(31, -1, 2)
    numbers = vectors[..., 1] + 1j * vectors[..., 0]  # cos + i sin
    turn = numbers[shift]
    np.testing.assert_allclose(numbers[:10] * turn, numbers[shift : shift + 10], atol=1e-10)


@pytest.mark.parametrize(
    ("n_positions", "d_model", "base"), [(3, 0, 10.0), (3, 7, 10.0), (0, 4, 10.0), (3, 4, 1.0), (3, 4, float("nan"))]
)
def test_sizes_that_make_no_sinusoids_are_refused(n_positions: int, d_model: int, base: float) -> None:
    with pytest.raises(ValueError, match="but must be"):
        sinusoids(n_positions, d_model, base)


def test_marian_adds_the_sinusoids_with_all_sines_first(tiny: Tiny) -> None:
    subject = Subject(kind="marian", folder=tiny("marian"))
    scheme = questions.positions(subject.trace)
    assert isinstance(scheme, AddedPositions)
    table = scheme.vectors
    ours = sinusoids(*table.shape)
    np.testing.assert_allclose(table, np.concatenate([ours[:, 0::2], ours[:, 1::2]], axis=1), atol=1e-6)


def _frequencies(n_pairs: int, base: float) -> np.ndarray:
    return base ** (-np.arange(n_pairs) / n_pairs)


@given(seed=seeds, n_tokens=st.integers(1, 17), n_pairs=st.integers(1, 7), rest=st.integers(0, 5), base=bases)
def test_turning_keeps_length_and_the_first_token(
    seed: int, n_tokens: int, n_pairs: int, rest: int, base: float
) -> None:
    vectors = np.random.default_rng(seed).normal(size=(n_tokens, 2 * n_pairs + rest))
    turned = rotate(vectors, np.arange(n_tokens), _frequencies(n_pairs, base))
    np.testing.assert_allclose((turned**2).sum(axis=1), (vectors**2).sum(axis=1), atol=1e-10)
    np.testing.assert_array_equal(turned[0], vectors[0])
    np.testing.assert_array_equal(turned[:, 2 * n_pairs :], vectors[:, 2 * n_pairs :])


@given(seed=seeds, n_pairs=st.integers(1, 7), base=bases)
def test_the_product_of_turned_vectors_depends_on_their_distance_alone(seed: int, n_pairs: int, base: float) -> None:
    query, key = np.random.default_rng(seed).normal(size=(2, 2 * n_pairs))
    places, frequencies = np.arange(13), _frequencies(n_pairs, base)
    scores = rotate(np.tile(query, (13, 1)), places, frequencies) @ rotate(np.tile(key, (13, 1)), places, frequencies).T
    for distance in range(-12, 13):
        diagonal = np.diagonal(scores, distance)
        np.testing.assert_allclose(diagonal, diagonal[0], atol=1e-9)


@settings(deadline=None)
@given(seed=seeds, n_tokens=st.integers(1, 19), n_pairs=st.integers(1, 11), base=bases, scale=st.floats(0.5, 2.0))
def test_rotation_is_the_librarys(seed: int, n_tokens: int, n_pairs: int, base: float, scale: float) -> None:
    vectors = np.random.default_rng(seed).normal(size=(n_tokens, 2 * n_pairs))
    frequencies = _frequencies(n_pairs, base)
    angles = torch.from_numpy(np.outer(np.arange(n_tokens), np.concatenate([frequencies, frequencies])))
    tensor = torch.from_numpy(vectors)[None, None]  # (1, 1, token, d_head)
    theirs, _ = apply_rotary_pos_emb(tensor, tensor, angles.cos()[None] * scale, angles.sin()[None] * scale)
    np.testing.assert_allclose(rotate(vectors, np.arange(n_tokens), frequencies, scale=scale), theirs[0, 0], atol=1e-10)


def test_more_pairs_than_the_head_has_room_for_are_refused() -> None:
    with pytest.raises(ValueError, match="turn 6 entries, but d_head is 5"):
        rotate(np.zeros((2, 5)), np.arange(2), np.ones(3))


def test_the_scheme_of_a_rotary_model_is_what_it_turns_by(rotary: Subject) -> None:
    scheme = questions.positions(rotary.trace)
    assert isinstance(scheme, RotaryPositions)
    assert scheme.d_head == rotary.facts.d_head == 2 * len(scheme.frequencies)
    plain = scheme.base ** (-np.arange(0, scheme.d_head, 2) / scheme.d_head)
    if rotary.kind == "llama3-rope":  # stretches the slow pairs, so that it can read further than it was trained to
        assert (scheme.frequencies <= plain + 1e-7).all()
        assert not np.allclose(scheme.frequencies, plain)
    else:
        np.testing.assert_allclose(scheme.frequencies, plain, rtol=1e-6)


BUCKETS = [(0, 0), (-1, 1), (-7, 7), (-8, 8), (-128, 15), (1, 17), (128, 31)]
BUCKETS_BACKWARDS = [(-15, 15), (-16, 16), (-200, 31), (5, 0), (0, 0)]


def test_buckets_are_those_of_the_paper() -> None:
    for both_ways, table in ((True, BUCKETS), (False, BUCKETS_BACKWARDS)):
        distances, buckets = np.array(table).T
        np.testing.assert_array_equal(relative_buckets(distances, both_ways=both_ways), buckets)


@settings(deadline=None)
@given(quarters=st.integers(1, 12), max_distance=st.integers(13, 200), both_ways=st.booleans())
def test_buckets_are_the_librarys(quarters: int, max_distance: int, both_ways: bool) -> None:
    distances = np.arange(-300, 301)
    theirs = T5Attention._relative_position_bucket(  # type: ignore[no-untyped-call]
        torch.from_numpy(distances),
        bidirectional=both_ways,
        num_buckets=4 * quarters,
        max_distance=max(max_distance, 25),
    )
    ours = relative_buckets(distances, both_ways=both_ways, n_buckets=4 * quarters, max_distance=max(max_distance, 25))
    np.testing.assert_array_equal(ours, theirs)


def test_a_relative_bias_depends_on_distance_alone(relative: Subject) -> None:
    for stack in relative.trace.stacks:
        scheme = questions.positions(relative.trace, stack.name)
        assert isinstance(scheme, RelativePositions)
        n_tokens = len(stack.tokens)
        assert scheme.bias.shape == (4, n_tokens, n_tokens)
        assert scheme.distances == tuple(range(1 - n_tokens, n_tokens))
        for place, distance in enumerate(scheme.distances):
            diagonal = np.diagonal(scheme.bias, distance, axis1=1, axis2=2)  # (head, cell)
            np.testing.assert_array_equal(
                diagonal, np.repeat(scheme.by_distance[:, [place]], diagonal.shape[1], axis=1)
            )
        attend = getattr(relative.module, stack.name).block[0].layer[0].SelfAttention
        with torch.inference_mode():
            np.testing.assert_array_equal(scheme.bias, attend.compute_bias(n_tokens, n_tokens)[0])


def test_slopes_of_a_power_of_two_halve() -> None:
    np.testing.assert_allclose(alibi_slopes(8), 2.0 ** -np.arange(1, 9))


def test_slopes_of_twelve_heads() -> None:
    expected = [*(2.0 ** -np.arange(1, 9)), 0.7071, 0.3536, 0.1768, 0.0884]
    np.testing.assert_allclose(alibi_slopes(12), expected, atol=1e-4)


@settings(deadline=None)
@given(n_heads=st.integers(1, 130))
def test_slopes_are_the_librarys(n_heads: int) -> None:
    theirs = build_alibi_tensor(torch.ones(1, 2), n_heads, torch.float32)[:, 0, 1]  # slope times position 1
    np.testing.assert_allclose(alibi_slopes(n_heads), theirs, rtol=1e-4)


def test_alibi_is_a_penalty_on_distance(tiny: Tiny) -> None:
    trace = Subject(kind="bloom", folder=tiny("bloom")).trace
    scheme = questions.positions(trace)
    assert isinstance(scheme, AlibiPositions)
    slopes = scheme.slopes
    vectors = questions.head_vectors(trace, trace.attentions[0], 0, 2)
    assert vectors.bias is not None
    n_tokens = len(vectors.query)
    distance = np.arange(n_tokens)[:, None] - np.arange(n_tokens)[None, :]
    # Equal up to one number per row, which softmax does not see.
    shift = vectors.bias + slopes[2] * distance
    np.testing.assert_allclose(shift, np.repeat(shift[:, :1], n_tokens, axis=1), atol=1e-5)
